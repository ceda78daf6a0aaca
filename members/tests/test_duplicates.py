"""Possible duplicates: found by rules that say why, against a naive second look; never merged by themselves."""

from itertools import combinations

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import names
from members.models import DuplicatePair, Member
from members.services.duplicates import CERTAIN, RULES, keep_apart, scan_for_duplicates
from members.services.merging import merge_members, unmerge_members
from members.tests.factories import make_member

pytestmark = pytest.mark.django_db


def naive(members):
    """Every pair looked at one by one."""
    found = {}
    for a, b in combinations(sorted(members, key=lambda m: m.pk), 2):
        phones = [{p.e164 for p in m.phones.all()} for m in (a, b)]
        said = [names.readings(m.name, m.name_en) for m in (a, b)]
        same_name = said[0].py == said[1].py and said[0].py != ""
        rules = set()
        if phones[0] & phones[1]:
            if same_name:
                rules.add("phone_and_name")
            elif said[0].name and said[0].name[:1] == said[1].name[:1]:
                rules.add("phone_and_surname")
        if a.email and a.email.lower() == b.email.lower() and same_name:
            rules.add("email_and_name")
        if said[0].name and said[0].name == said[1].name:
            day = [(m.birth_calendar, m.birth_month, m.birth_day) for m in (a, b)]
            if a.birth_month and day[0] == day[1]:
                if a.birth_year and a.birth_year == b.birth_year:
                    rules.add("name_and_birthday")
                elif not a.birth_year or not b.birth_year:
                    rules.add("name_and_day")
            if a.street and a.street == b.street:
                rules.add("name_and_address")
        if rules and a.kind == b.kind:
            found[a.pk, b.pk] = (sorted(rules), min(100, sum(RULES[rule][1] for rule in rules)))
    return found


people = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["张晓敏", "张小敏", "王海燕", ""]),
            "phone": st.sampled_from([None, "+8613812344821", "+8613900000001"]),
            "email": st.sampled_from(["", "a@example.com", "A@example.com"]),
            "street": st.sampled_from(["", "闽江路 1 号"]),
            "birth_year": st.sampled_from([None, 1986, 1990]),
            "birth_month": st.sampled_from([None, 6]),
        }
    ),
    max_size=7,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people)
def test_the_scan_finds_what_looking_at_every_pair_finds(store_a, rows):
    from django.db import transaction

    with transaction.atomic():
        members = [
            make_member(store=store_a, card=False, birth_day=1 if row["birth_month"] else None, **row) for row in rows
        ]
        scan_for_duplicates()
        found = {(p.first_id, p.second_id): (sorted(p.evidence), p.weight) for p in DuplicatePair.objects.all()}
        assert found == naive(members)
        assert all((p.likeness == "exact") == (p.weight >= CERTAIN) for p in DuplicatePair.objects.all())
        transaction.set_rollback(True)


@pytest.fixture
def pair(store_a):
    return [make_member(store=store_a, phone="+8613812344821") for _twice in range(2)]


def test_two_people_are_never_proposed_again(ada, pair):
    assert scan_for_duplicates() == 1
    keep_apart(pair_id=DuplicatePair.objects.get().pk, actor=ada)
    assert scan_for_duplicates() == 0
    assert DuplicatePair.objects.get().state == "different"


def test_a_merge_settles_the_pair_and_taking_it_back_opens_it_again(ada, pair):
    scan_for_duplicates()
    operation = merge_members(winner_id=pair[0].pk, loser_id=pair[1].pk, actor=ada)
    assert DuplicatePair.objects.get().state == "merged"
    assert scan_for_duplicates() == 0
    unmerge_members(operation_id=operation.pk, actor=ada)
    assert DuplicatePair.objects.get().state == "open"


def test_what_no_rule_finds_any_more_leaves_the_list(ada, pair):
    scan_for_duplicates()
    pair[1].phones.all().delete()
    assert scan_for_duplicates() == 0
    assert not DuplicatePair.objects.exists()


def test_a_switchboard_is_no_evidence(store_a):
    for _n in range(21):
        make_member(store=store_a, phone="+8653281234567", card=False)
    assert scan_for_duplicates() == 0


def test_the_list_leads_to_comparing_and_to_keeping_apart(client, ada, cho, pair):
    scan_for_duplicates()
    client.force_login(ada)
    page = client.get(reverse("members:duplicate_list")).content.decode()
    assert f"{reverse('members:member_merge', args=[pair[0].pk])}?with={pair[1].pk}" in page
    assert "同一电话、同名" in page
    assert '<option value="open" selected>' in page
    answer = client.post(reverse("members:duplicate_keep_apart", args=[DuplicatePair.objects.get().pk]))
    assert answer.status_code == 302
    assert "张晓敏" not in client.get(reverse("members:duplicate_list")).content.decode()
    assert "张晓敏" in client.get(reverse("members:duplicate_list"), {"state": "different"}).content.decode()
    assert "张晓敏" in client.get(reverse("members:duplicate_list"), {"state": ""}).content.decode()
    client.force_login(cho)
    assert client.get(reverse("members:duplicate_list")).status_code == 403


def test_choosing_details_merging_and_taking_back_in_the_browser(client, ada, store_a):
    winner = make_member(store=store_a, name="张晓敏", email="old@example.com")
    loser = make_member(store=store_a, name="张小敏", email="new@example.com")
    client.force_login(ada)
    address = reverse("members:member_merge", args=[winner.pk])
    page = client.get(address, {"with": loser.pk}).content.decode()
    assert "old@example.com" in page
    assert "new@example.com" in page
    choices = {"loser": loser.pk, "reason": "同一人", "take_name": "winner", "take_email": "loser"}
    assert client.post(address, choices).status_code == 302
    winner.refresh_from_db()
    assert (winner.name, winner.email) == ("张晓敏", "new@example.com")
    operation = winner.merges_won.get()
    way_back = reverse("members:merge_undo", args=[operation.pk])
    assert "张小敏" in client.get(way_back).content.decode()
    assert client.post(way_back, {"reason": "两个人"}).status_code == 302
    winner.refresh_from_db()
    assert winner.email == "old@example.com"
    assert not Member.objects.get(pk=loser.pk).is_merged
    assert "已撤销" in client.get(reverse("members:merge_list")).content.decode()
