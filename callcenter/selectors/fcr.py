"""First-contact resolution, derived from what happened, never ticked.

A case counts as resolved at first contact when it is solved, was never reopened, never waited, and its person was not
heard of in between or again: no other call, visit, e-mail or case between its opening and its solution, and no further
case of the same category (or, without one, the same kind) within N days after. N is a setting of the chain, usually 7.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from callcenter.models import Case
from stores.models import Chain

USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Resolution:
    """Of the cases solved in a time, how many at first contact."""

    solved: int
    first: int

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.first) / self.solved if self.solved else None


def repeat_days() -> int:
    """Within how many days the same matter counts as the same contact (a setting of the chain)."""
    return int(Chain.get().setting("fcr_days", USUAL_DAYS))


# The person of a case is its member; of an unknown, the number they called from.
_FIRST = """
SELECT c.id FROM callcenter_case c
WHERE c.solved_at >= %s AND c.solved_at < %s AND c.reopened_count = 0
  AND NOT EXISTS (SELECT FROM callcenter_caseentry e WHERE e.case_id = c.id AND (
        e.kind = 'state' AND e.to_state = 'waiting'
        OR e.kind = 'heard' AND e.data->>'by' = 'email' AND e.at > c.opened_at AND e.at <= c.solved_at))
  AND NOT EXISTS (SELECT FROM callcenter_call t
        WHERE t.member_id = c.member_id AND t.id IS DISTINCT FROM c.call_id
          AND t.heard_at > c.opened_at AND t.heard_at <= c.solved_at)
  AND NOT EXISTS (SELECT FROM callcenter_visit v
        WHERE v.member_id = c.member_id AND v.arrived_at > c.opened_at AND v.arrived_at <= c.solved_at)
  AND NOT EXISTS (SELECT FROM callcenter_case o
        WHERE o.member_id = c.member_id AND o.id <> c.id AND o.opened_at > c.opened_at AND {same_matter})
  AND (c.member_id IS NOT NULL OR c.caller_phone = '' OR (
        NOT EXISTS (SELECT FROM callcenter_call t
          WHERE t.number = c.caller_phone AND t.number <> '' AND t.id IS DISTINCT FROM c.call_id
            AND t.heard_at > c.opened_at AND t.heard_at <= c.solved_at)
    AND NOT EXISTS (SELECT FROM callcenter_visit v
          WHERE v.member_id IS NULL AND v.visitor_phone = c.caller_phone
            AND v.arrived_at > c.opened_at AND v.arrived_at <= c.solved_at)
    AND NOT EXISTS (SELECT FROM callcenter_case o
          WHERE o.member_id IS NULL AND o.caller_phone = c.caller_phone AND o.caller_phone <> '' AND o.id <> c.id
            AND o.opened_at > c.opened_at AND {same_matter})))
""".format(
    same_matter="""(o.opened_at <= c.solved_at OR o.opened_at <= c.solved_at + make_interval(days => %s)
          AND o.category_id IS NOT DISTINCT FROM c.category_id AND (c.category_id IS NOT NULL OR o.kind = c.kind))"""
)


def resolved_at_first_contact(
    cases: QuerySet[Case], since: datetime, until: datetime, days: int | None = None
) -> QuerySet[Case]:
    """Of these cases those solved in a time at first contact."""
    days = repeat_days() if days is None else days
    return cases.filter(pk__in=RawSQL(_FIRST, [since, until, days, days]))  # noqa: S611 - no word of a user is in it
