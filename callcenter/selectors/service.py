"""What the desk knows of one member, in one statement: for the member's page and the screen pop."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language

from callcenter.models import Case, Kind, Visit
from members.access import sees_unmasked
from members.models import Member
from staff.models import User
from staff.roles import Role

_FACTS: Final = """
SELECT json_build_object(
  'open', (SELECT coalesce(json_agg(x), '[]') FROM (
      SELECT id, number, kind, title, state, solution_due_at AS due_at, opened_at,
             solution_failed_at IS NOT NULL AS is_late
      FROM callcenter_case WHERE member_id = %(member)s AND state IN ('new', 'open', 'waiting') {cases}
      ORDER BY solution_due_at, id LIMIT 10) x),
  'closed', (SELECT coalesce(json_agg(x), '[]') FROM (
      SELECT id, number, kind, title, state, solved_at AS due_at, opened_at, false AS is_late
      FROM callcenter_case WHERE member_id = %(member)s AND state IN ('solved', 'closed') {cases}
      ORDER BY opened_at DESC, id DESC LIMIT 5) x),
  'promises', (SELECT coalesce(json_agg(x), '[]') FROM (
      SELECT p.id, p.what, p.due_at, p.case_id, p.missed_at IS NOT NULL AS is_late FROM callcenter_promise p
      WHERE p.member_id = %(member)s AND p.state = 'open' ORDER BY p.due_at, p.id LIMIT 10) x),
  'visits', (SELECT coalesce(json_agg(x), '[]') FROM (
      SELECT v.id, v.state, v.arrived_at, v.left_at, r.name, r.name_en FROM callcenter_visit v
      JOIN callcenter_visitreason r ON r.id = v.reason_id
      WHERE v.member_id = %(member)s ORDER BY v.arrived_at DESC LIMIT 3) x),
  'stars', (SELECT r.stars FROM callcenter_caserating r JOIN callcenter_case c ON c.id = r.case_id
      WHERE c.member_id = %(member)s AND r.stars IS NOT NULL ORDER BY r.rated_at DESC LIMIT 1))
"""


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A case of the member; `due_at` is when its solution is due, of a solved one when it was solved."""

    pk: int
    number: str
    kind: str
    title: str
    state: str
    due_at: datetime
    opened_at: datetime
    is_late: bool

    @property
    def url(self) -> str:
        return reverse("callcenter:case_detail", args=[self.pk])

    @property
    def kind_label(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def state_label(self) -> str:
        return str(Case.State(self.state).label)


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """An open promise to the member."""

    pk: int
    what: str
    due_at: datetime
    case_id: int | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class VisitFact:
    """A visit of the member to a desk."""

    pk: int
    reason: str
    state: str
    arrived_at: datetime
    left_at: datetime | None

    @property
    def state_label(self) -> str:
        return str(Visit.State(self.state).label)


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """Everything the desk knows of a member that matters now."""

    open_cases: tuple[CaseFact, ...] = ()
    closed_cases: tuple[CaseFact, ...] = ()
    promises: tuple[PromiseFact, ...] = ()
    visits: tuple[VisitFact, ...] = ()
    last_stars: int | None = None

    @property
    def in_the_house(self) -> VisitFact | None:
        """The visit of a member who is at the desk now."""
        return next((visit for visit in self.visits if visit.state != Visit.State.LEFT), None)


def service_facts(member: Member, user: User) -> ServiceFacts:
    """What this person may know of the member: nothing out of scope or without the permission, cases of the own
    stores, to an associate none. One statement."""
    if not user.has_perm("callcenter.view_case") or user.role == Role.ASSOCIATE or not sees_unmasked(user, member):
        return ServiceFacts()
    words: dict[str, Any] = {"member": member.pk}
    cases = ""
    if not (user.all_stores or user.role == Role.ADMIN):
        words["user"] = user.pk
        cases = "AND store_id IN (SELECT store_id FROM staff_user_stores WHERE user_id = %(user)s)"
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(cases=cases), words)
        found = cursor.fetchone()[0]
    found = json.loads(found) if isinstance(found, str) else found
    chinese = (get_language() or "zh").startswith("zh")
    return ServiceFacts(
        tuple(CaseFact(row.pop("id"), **_moments(row)) for row in found["open"]),
        tuple(CaseFact(row.pop("id"), **_moments(row)) for row in found["closed"]),
        tuple(PromiseFact(row.pop("id"), **_moments(row)) for row in found["promises"]),
        tuple(_visit(_moments(row), chinese) for row in found["visits"]),
        found["stars"],
    )


def _visit(row: dict[str, Any], chinese: bool) -> VisitFact:
    name, name_en = row.pop("name"), row.pop("name_en")
    return VisitFact(row.pop("id"), name if chinese else name_en or name, **row)


def _moments(row: dict[str, Any]) -> dict[str, Any]:
    return {key: parse_datetime(value) if key.endswith("_at") and value else value for key, value in row.items()}
