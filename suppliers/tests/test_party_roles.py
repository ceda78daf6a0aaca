"""Every role at every page about suppliers and scores: who gets in, who gets a clear refusal."""

import pytest
from django.urls import reverse

from staff.roles import Role
from staff.tests.factories import make_user
from stores.tests.factories import make_counter
from suppliers.tests.pages_parties import party_address, party_objects

VIEW = {"buyer", "finance", "manager", "ceo"}
CHANGE = {"buyer", "manager"}
BLOCK = {"manager"}
MAY = {
    "party_list": VIEW, "desk": VIEW, "party_board": VIEW, "party_detail": VIEW, "party_standing": VIEW,
    "licence_list": VIEW, "person_list": VIEW, "licence_scan": VIEW,
    "party_note": CHANGE, "party_edit": CHANGE, "party_move": CHANGE, "party_give_up": CHANGE, "event_log": CHANGE,
    "contact_add": CHANGE, "contact_edit": CHANGE, "contact_retire": CHANGE, "task_add": CHANGE, "task_finish": VIEW,
    "licence_add": CHANGE, "licence_withdraw": CHANGE, "person_add": CHANGE, "person_edit": CHANGE,
    "person_leave": CHANGE, "certificate_add": CHANGE, "override_ask": CHANGE, "leaving_start": CHANGE,
    "leaving_call_off": CHANGE, "step_finish": CHANGE | {"finance"},
    "bank_edit": {"buyer", "finance"}, "party_block": BLOCK, "party_unblock": BLOCK,
    "score_list": VIEW, "score_detail": VIEW, "counter_scores": VIEW, "scheme_list": VIEW,
    "score_calculate": CHANGE, "scheme_edit": BLOCK, "month_close": BLOCK,
}  # fmt: skip
POST_ONLY = {"party_move", "contact_retire", "task_finish", "month_close"}
BARE = {
    "party_list", "desk", "party_board", "party_note", "licence_list", "person_list", "score_list", "score_calculate",
    "scheme_list",
}  # fmt: skip


@pytest.fixture
def objects(store_a):
    return party_objects(make_user("buyer", [store_a]), store_a, make_counter(store_a))


def address(name, objects):
    full = f"suppliers:{name}"
    if name in BARE:
        return reverse(full)
    if special := party_address(full, objects):
        return special
    key = max((key for key in objects if full.startswith(key)), key=len)
    return reverse(full, args=[objects[key].pk])


@pytest.mark.parametrize("name", sorted(MAY))
def test_those_who_may_get_in_and_the_others_a_clear_refusal(client, settings, store_a, objects, name):
    url = address(name, objects)
    for number, role in enumerate(Role.values):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = ("zh-hans", "en")[number % 2]
        client.force_login(make_user(role, [store_a]))
        response = client.post(url) if name in POST_ONLY else client.get(url)
        if role in MAY[name] or role == "admin":
            assert response.status_code in (200, 302, 404 if name in ("licence_scan", "contact_retire") else 200), (
                role,
                response.status_code,
            )
        else:
            assert response.status_code == 403, (role, response.status_code)


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_a_transition_is_not_done_by_looking(client, store_a, objects, name):
    client.force_login(make_user("manager", [store_a]))
    assert client.get(address(name, objects)).status_code == 405
