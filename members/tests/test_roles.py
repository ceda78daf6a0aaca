"""Every role at every page: who gets in, who gets a clear refusal, nobody a broken page."""

import pytest
from django.urls import reverse

from members.models import DuplicatePair
from members.services.merging import merge_members
from members.tests.factories import make_buyer, make_contact, make_group, make_member
from members.urls import urlpatterns
from staff.roles import Role
from staff.tests.factories import make_user

EVERYBODY = {"clerk", "associate", "agent", "marketer", "manager", "ceo"}
FRONT = {"clerk", "associate", "agent", "manager"}
DESK = {"clerk", "agent", "manager"}
CHIEF = {"clerk", "manager"}

MAY = {
    "member_list": EVERYBODY, "member_search": EVERYBODY, "desk": EVERYBODY, "member_detail": EVERYBODY,
    "member_enrol": FRONT, "group_enrol": CHIEF, "care_list": {"clerk", "associate", "manager"},
    "member_edit": DESK, "member_categorise": {"manager"}, "member_freeze": {"manager"}, "member_close": {"manager"},
    "member_reactivate": {"manager"}, "member_merge": CHIEF,
    "card_issue": DESK, "buyer_card_issue": DESK, "card_replace": DESK, "card_block": DESK, "card_unblock": DESK,
    "card_lose": DESK, "card_close": DESK,
    "phone_add": DESK, "phone_change": DESK, "phone_remove": DESK, "phone_make_primary": DESK,
    "phone_mark_invalid": DESK, "phone_reveal": FRONT,
    "consent_change": FRONT, "note_add": FRONT, "facts_learn": EVERYBODY, "care_assign": CHIEF, "care_end": CHIEF,
    "group_contact_add": CHIEF, "group_contact_retire": CHIEF, "buyer_add": CHIEF, "buyer_retire": CHIEF,
    "discount_agree": CHIEF,
    "merge_list": CHIEF, "merge_undo": CHIEF, "duplicate_list": CHIEF, "duplicates_scan": CHIEF,
    "duplicate_keep_apart": CHIEF,
    "contact_list": FRONT | {"marketer", "ceo"}, "contact_new": FRONT, "contact_convert": FRONT,
}  # fmt: skip
POST_ONLY = {
    "member_reactivate", "card_unblock", "card_lose", "phone_remove", "phone_make_primary", "phone_mark_invalid",
    "care_end", "group_contact_retire", "buyer_retire", "duplicates_scan", "duplicate_keep_apart",
}  # fmt: skip


def arguments(name, store, user):
    """What the address of a page needs, and a member the person looks after where scope would decide."""
    subject = (
        make_group(store=store)
        if "buyer" in name or "group" in name or "discount" in name
        else make_member(store=store)
    )
    care = subject.care.create(associate=user)
    if name in (
        "member_list",
        "member_search",
        "desk",
        "member_enrol",
        "group_enrol",
        "care_list",
        "contact_list",
        "contact_new",
        "merge_list",
        "duplicate_list",
        "duplicates_scan",
    ):
        return []
    if name == "merge_undo":
        other = make_member(store=store)
        return [merge_members(winner_id=subject.pk, loser_id=other.pk, actor=user).pk]
    if name == "duplicate_keep_apart":
        pair = sorted([subject.pk, make_member(store=store).pk])
        made = {"first_id": pair[0], "second_id": pair[1], "likeness": "likely", "weight": 30}
        return [DuplicatePair.objects.create(**made).pk]
    if name.startswith("contact_"):
        return [make_contact(store, noted_by=user).pk]
    if name == "buyer_card_issue":
        return [subject.pk, make_buyer(subject).pk]
    if name == "buyer_retire":
        return [make_buyer(subject).pk]
    if name == "group_contact_retire":
        return [subject.contacts.create(name="王经理").pk]
    if name == "care_end":
        return [care.pk]
    if name.startswith("card_") and name != "card_issue":
        return [subject.cards.get().pk]
    if name.startswith("phone_") and name != "phone_add":
        return [subject.phones.get().pk]
    return [subject.pk]


def test_every_page_is_in_this_test():
    assert {pattern.name for pattern in urlpatterns} == set(MAY)


@pytest.mark.parametrize("name", sorted(MAY))
def test_those_who_may_get_in_and_the_others_a_clear_refusal(client, store_a, name):
    for role in Role.values:
        user = make_user(role, [store_a])
        client.force_login(user)
        address = reverse(f"members:{name}", args=arguments(name, store_a, user))
        answer = client.post(address) if name in POST_ONLY else client.get(address)
        allowed = role in MAY[name] or role == "admin"
        assert (answer.status_code in (200, 302)) if allowed else (answer.status_code == 403), (
            role,
            answer.status_code,
        )


@pytest.mark.parametrize("name", sorted(MAY))
def test_nobody_gets_in_without_signing_in(client, store_a, ada, name):
    address = reverse(f"members:{name}", args=arguments(name, store_a, ada))
    answer = client.post(address) if name in POST_ONLY else client.get(address)
    assert answer.status_code == 302
    assert answer.url.startswith("/login/")


@pytest.mark.parametrize("name", sorted(name for name in MAY if name not in POST_ONLY))
def test_an_empty_form_is_answered_not_broken(client, store_a, name):
    manager = make_user("manager", [store_a])
    client.force_login(manager)
    answer = client.post(reverse(f"members:{name}", args=arguments(name, store_a, manager)), {})
    assert answer.status_code in (200, 302, 405, 422)
