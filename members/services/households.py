"""Households: founded, joined, left; who may spend the points of the others, and how many a month."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import names
from kit.errors import DomainError, NotFound
from members.locks import lock_household, lock_member
from members.models import Household, HouseholdMember, Member
from staff.audit import record
from staff.models import User

Role = HouseholdMember.Role


@transaction.atomic
def found_household(*, member_id: int, name: str, agreed: str, actor: User | None) -> Household:
    """Found a household with its head, who may spend without limit. A head who has one gets that one back."""
    member = lock_member(member_id)
    if place := _place_of(member):
        if place.role == Role.HEAD:
            return place.household
        raise _taken()
    household = Household.objects.create(name=names.tidy(name) or member.display_name, created_by=actor)
    _take_place(household, member, role=Role.HEAD, may_spend=True, monthly_limit=None, agreed=agreed)
    record(actor, "members.household_founded", household, store=member.home_store_id, member=member.pk, agreed=agreed)
    return household


@transaction.atomic
def join_household(
    *,
    household_id: int,
    member_id: int,
    role: str,
    may_spend: bool,
    monthly_limit: int | None,
    agreed: str,
    actor: User | None,
) -> HouseholdMember:
    """Let a member join. An adult must have agreed, and how is noted. Joining the same household again changes
    nothing and returns the place."""
    member = lock_member(member_id)
    household = lock_household(household_id)
    if place := _place_of(member):
        if place.household_id == household.pk:
            return place
        raise _taken()
    if role == Role.HEAD:
        raise DomainError(_("A household has one head: who founded it."), fields={"role": ""})
    place = _take_place(household, member, role=role, may_spend=may_spend, monthly_limit=monthly_limit, agreed=agreed)
    record(
        actor, "members.household_joined", household, store=member.home_store_id, member=member.pk, role=role,
        may_spend=may_spend, monthly_limit=monthly_limit, agreed=agreed,
    )  # fmt: skip
    return place


@transaction.atomic
def leave_household(*, place_id: int, actor: User | None) -> HouseholdMember:
    """End a member's place today. Points stay where they are. A second call changes nothing."""
    place, household = _locked(place_id)
    if place.left_on is None:
        place.left_on = max(timezone.localdate(), place.joined_on)
        place.save(update_fields=["left_on"])
        record(actor, "members.household_left", household, store=place.member.home_store_id, member=place.member_id)
    return place


@transaction.atomic
def change_spending(
    *, place_id: int, may_spend: bool, monthly_limit: int | None, actor: User | None
) -> HouseholdMember:
    """Say whether a member may spend the others' points, and how many a month (None: any number)."""
    place, household = _locked(place_id)
    if place.left_on is not None:
        raise DomainError(_("This member has left the household."))
    before = {"may_spend": place.may_spend, "monthly_limit": place.monthly_limit}
    place.may_spend, place.monthly_limit = may_spend, monthly_limit
    place.save(update_fields=["may_spend", "monthly_limit"])
    record(
        actor, "members.household_rule_changed", household, store=place.member.home_store_id, member=place.member_id,
        before=before, may_spend=may_spend, monthly_limit=monthly_limit,
    )  # fmt: skip
    return place


@transaction.atomic
def change_household(*, household_id: int, name: str, pools_points: bool, actor: User | None) -> Household:
    """Rename a household; let its points be pooled or no longer."""
    household = lock_household(household_id)
    before = {"name": household.name, "pools_points": household.pools_points}
    household.name, household.pools_points = names.tidy(name) or household.name, pools_points
    household.save(update_fields=["name", "pools_points"])
    record(actor, "members.household_changed", household, before=before, pools_points=pools_points)
    return household


def _place_of(member: Member) -> HouseholdMember | None:
    return HouseholdMember.objects.select_related("household").filter(member=member, left_on__isnull=True).first()


def _take_place(household: Household, member: Member, *, role: str, agreed: str, **rule: object) -> HouseholdMember:
    agreed = agreed.strip()
    if member.is_group:
        raise DomainError(_("A company cannot belong to a household."))
    if role != Role.CHILD and not agreed:
        raise DomainError(_("Note how this adult agreed to share points."), fields={"agreed": ""})
    return HouseholdMember.objects.create(household=household, member=member, role=role, agreed=agreed, **rule)


def _locked(place_id: int) -> tuple[HouseholdMember, Household]:
    """The place with its household locked: whoever is spending has finished."""
    found = HouseholdMember.objects.filter(pk=place_id).values_list("household_id", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such place in a household."))
    household = lock_household(found)
    return HouseholdMember.objects.select_related("member").get(pk=place_id), household


def _taken() -> DomainError:
    return DomainError(_("This member belongs to a household already. Let them leave it first."))
