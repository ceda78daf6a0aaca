"""The SQL of a rule and its plan, for administrators."""

from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from campaigns.models import Segment
from campaigns.rules.compiler import cost_of
from campaigns.rules.registry import Cost
from campaigns.rules.sql import Clock
from campaigns.segment_exceptions import RuleRefused
from campaigns.selectors.segment_rules import members_meant, rule_of


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement with its parameters, what kind of question it is, and the plan without running it."""

    text: str
    params: list[str]
    cost: str
    plan: str


def plan_of(segment: Segment, clock: Clock) -> Plan:
    """How the database would answer a segment's rule today."""
    words = {Cost.STORED: _("stored figures"), Cost.SET: _("another table"), Cost.LINES: _("receipts and lines")}
    try:
        cost = words[cost_of(rule_of(segment))]
        sql = members_meant(segment, clock)
    except RuleRefused as refused:
        return Plan("", [], "", str(refused))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql.text}", sql.params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
    except DatabaseError as exc:
        plan = str(exc)
    return Plan(sql.text, [repr(param) for param in sql.params], cost, plan)
