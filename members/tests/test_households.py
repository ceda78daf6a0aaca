"""Households: who founds, joins and leaves them, what a merge does, what the pages show and refuse."""

import pytest
from django.urls import reverse

from kit.errors import DomainError
from kit.testing import assert_same_queries
from members.models import Household, HouseholdMember
from members.selectors.households import spenders
from members.services.households import change_spending, found_household, join_household, leave_household
from members.services.merging import merge_members, unmerge_members
from members.tests.factories import make_group, make_member
from staff.models import AuditEntry
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(store_a):
    return make_member(name="张大山", store=store_a)


@pytest.fixture
def household(head):
    return found_household(member_id=head.pk, name="张家", agreed="表单 17", actor=None)


def joined(household, member, *, role="adult", may_spend=False, limit=None, agreed="电话录音") -> HouseholdMember:
    return join_household(
        household_id=household.pk, member_id=member.pk, role=role, may_spend=may_spend, monthly_limit=limit,
        agreed=agreed, actor=None,
    )  # fmt: skip


def page(name, *args) -> str:
    return reverse(f"members:{name}", args=args)


def test_a_member_founds_one_household_and_is_its_head(head, household):
    again = found_household(member_id=head.pk, name="别的", agreed="x", actor=None)
    assert again.pk == household.pk
    place = household.places.get()
    assert (place.role, place.may_spend, place.monthly_limit, place.agreed) == ("head", True, None, "表单 17")
    assert AuditEntry.objects.filter(action="members.household_founded").count() == 1


def test_adults_must_have_agreed_and_children_need_not(store_a, household):
    with pytest.raises(DomainError) as caught:
        joined(household, make_member(store=store_a), agreed=" ")
    assert "agreed" in caught.value.fields
    joined(household, make_member(store=store_a), role="child", agreed="")


def test_a_member_belongs_to_one_household_at_a_time(store_a, head, household):
    other = make_member(store=store_a)
    elsewhere = found_household(member_id=other.pk, name="李家", agreed="x", actor=None)
    with pytest.raises(DomainError):
        joined(household, other)
    leave_household(place_id=elsewhere.places.get().pk, actor=None)
    assert joined(household, other).pk == joined(household, other).pk
    assert household.places.count() == 2


def test_there_is_one_head_and_no_company(store_a, household):
    with pytest.raises(DomainError):
        joined(household, make_member(store=store_a), role="head")
    with pytest.raises(DomainError):
        joined(household, make_group(store=store_a))


def test_leaving_twice_changes_nothing_and_ends_spending(store_a, head, household):
    place = joined(household, make_member(store=store_a), may_spend=True, limit=5)
    assert spenders([place.member_id])[place.member_id].others == (head.pk,)
    left_on = leave_household(place_id=place.pk, actor=None).left_on
    assert leave_household(place_id=place.pk, actor=None).left_on == left_on
    assert AuditEntry.objects.filter(action="members.household_left").count() == 1
    assert spenders([place.member_id, head.pk]) == {}
    with pytest.raises(DomainError):
        change_spending(place_id=place.pk, may_spend=True, monthly_limit=None, actor=None)


def test_merging_two_of_a_household_ends_the_losers_place_and_undoing_opens_it_again(store_a, head, household):
    wife = make_member(store=store_a)
    place = joined(household, wife)
    operation = merge_members(winner_id=head.pk, loser_id=wife.pk, actor=None)
    place.refresh_from_db()
    assert (place.member_id, place.left_on is None) == (head.pk, False)
    assert HouseholdMember.objects.filter(member=head, left_on__isnull=True).count() == 1
    unmerge_members(operation_id=operation.pk, actor=None)
    place.refresh_from_db()
    assert (place.member_id, place.left_on) == (wife.pk, None)


def test_a_winner_without_household_takes_the_losers_place(store_a, head, household):
    winner = make_member(store=store_a)
    merge_members(winner_id=winner.pk, loser_id=head.pk, actor=None)
    assert household.places.get().member_id == winner.pk


def test_founded_joined_changed_and_left_at_the_desk(client, store_a, head, role):
    clerk = make_user("clerk", [store_a])
    client.force_login(clerk)
    answer = client.post(page("household_found", head.pk), {"name": "张家", "agreed": "表单 9"})
    household = Household.objects.get()
    assert answer.url == page("household_detail", household.pk)
    assert client.get(page("household_found", head.pk)).url == answer.url
    child = make_member(name="张小山", store=store_a)
    found = client.get(page("household_detail", household.pk), {"q": "张小山"}).content.decode()
    assert page("household_join", household.pk, child.pk) in found
    refused = client.post(page("household_join", household.pk, child.pk), {"role": "adult", "agreed": ""})
    assert refused.status_code == 422
    client.post(
        page("household_join", household.pk, child.pk), {"role": "child", "may_spend": "on", "monthly_limit": "200"}
    )
    place = household.places.get(member=child)
    assert (place.role, place.may_spend, place.monthly_limit) == ("child", True, 200)
    shown = client.get(page("household_detail", household.pk)).content.decode()
    assert "200" in shown
    assert "张小山" in shown
    client.post(page("household_spending", place.pk), {"monthly_limit": ""})
    place.refresh_from_db()
    assert (place.may_spend, place.monthly_limit) == (False, None)
    client.post(page("household_edit", household.pk), {"name": "张宅"})
    household.refresh_from_db()
    assert (household.name, household.pools_points) == ("张宅", False)
    client.post(page("household_leave", place.pk))
    place.refresh_from_db()
    assert place.left_on is not None
    assert "张宅" in client.get(page("household_list")).content.decode()


@pytest.mark.parametrize("limit", ["-1", "1.5", "x", "9" * 40, "<script>"])
def test_a_limit_that_is_none_is_refused(client, store_a, household, limit):
    client.force_login(make_user("clerk", [store_a]))
    place = household.places.get()
    answer = client.post(page("household_spending", place.pk), {"may_spend": "on", "monthly_limit": limit})
    assert answer.status_code == 422
    place.refresh_from_db()
    assert place.monthly_limit is None


def test_another_store_sees_nothing_and_changes_nothing(client, store_a, store_b, household):
    from stores.models import Chain

    Chain.objects.update(shares_member_base=False)
    Chain.forget()
    client.force_login(make_user("clerk", [store_b]))
    assert client.get(page("household_detail", household.pk)).status_code == 404
    assert client.post(page("household_leave", household.places.get().pk)).status_code == 403
    assert "张家" not in client.get(page("household_list")).content.decode()
    assert household.places.get().left_on is None


def test_who_may_only_look_is_refused(client, store_a, household):
    client.force_login(make_user("agent", [store_a]))
    assert client.get(page("household_detail", household.pk)).status_code == 200
    assert client.post(page("household_leave", household.places.get().pk)).status_code == 403
    assert client.get(page("household_edit", household.pk)).status_code == 403


def test_the_pages_do_not_grow_with_rows(client, store_a, household):
    client.force_login(make_user("clerk", [store_a]))

    def grow() -> None:
        for _number in range(4):
            joined(household, make_member(store=store_a))
            found_household(member_id=make_member(store=store_a).pk, name="李家", agreed="x", actor=None)

    assert_same_queries(lambda: client.get(page("household_list")), grow)
    assert_same_queries(lambda: client.get(page("household_detail", household.pk)), grow)
