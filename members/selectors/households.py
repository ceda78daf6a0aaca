"""Households as pages show them, and who may spend whose points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from members.models import Household, HouseholdMember, Member
from members.selectors.found import FoundMember
from members.selectors.rows import member_rows
from staff.models import User


@dataclass(frozen=True, slots=True)
class Place:
    """One member's place in a household, as this person may see it."""

    place: HouseholdMember
    row: FoundMember


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A household in a list, with those who belong to it today."""

    household: Household
    people: tuple[FoundMember, ...]


@dataclass(frozen=True, slots=True)
class Spender:
    """Who may spend the points of the others: at most `monthly_limit` of them a month, where there is a limit."""

    member_id: int
    monthly_limit: int | None
    others: tuple[int, ...]


def household_of(member: Member) -> HouseholdMember | None:
    """The member's open place with its household, in one query; None for most."""
    return HouseholdMember.objects.select_related("household").filter(member=member, left_on__isnull=True).first()


def places_of(user: User, household: Household) -> list[Place]:
    """Everybody who belongs or belonged, those of today first, heads before adults before children."""
    order = {HouseholdMember.Role.HEAD: 0, HouseholdMember.Role.ADULT: 1, HouseholdMember.Role.CHILD: 2}
    places = sorted(
        household.places.select_related("member__home_store"),
        key=lambda place: (place.left_on is not None, order[place.role], place.pk),
    )
    rows = {row.pk: row for row in member_rows(user, [place.member for place in places])}
    return [Place(place, rows[place.member_id]) for place in places]


def household_rows(user: User, households: Sequence[Household]) -> list[HouseholdRow]:
    """Households with their people: a fixed number of queries."""
    places = list(
        HouseholdMember.objects.filter(household__in=households, left_on__isnull=True)
        .select_related("member__home_store")
        .order_by("pk")
    )
    found = {row.pk: row for row in member_rows(user, [place.member for place in places])}
    people: dict[int, list[FoundMember]] = {household.pk: [] for household in households}
    for place in places:
        people[place.household_id].append(found[place.member_id])
    return [HouseholdRow(household, tuple(people[household.pk])) for household in households]


def spenders(member_ids: Iterable[int]) -> dict[int, Spender]:
    """Of these members those who may spend the points of others, with whose; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.member_id, p.monthly_limit, array_agg(o.member_id ORDER BY o.member_id)"
            " FROM members_householdmember p JOIN members_household h ON h.id = p.household_id AND h.pools_points"
            " JOIN members_householdmember o"
            "   ON o.household_id = h.id AND o.left_on IS NULL AND o.member_id <> p.member_id"
            " WHERE p.member_id = ANY(%s) AND p.left_on IS NULL AND p.may_spend GROUP BY 1, 2",
            [sorted(set(member_ids))],
        )
        return {pk: Spender(pk, limit, tuple(others)) for pk, limit, others in cursor.fetchall()}
