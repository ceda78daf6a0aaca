"""A subject that does not exist in the product yet, flows for it, and requests about it."""

from decimal import Decimal
from itertools import count
from typing import Any

from django.utils.translation import gettext_lazy as _

from staff.models import User
from stores.models import Brand
from workflow.models import ApprovalRequest, ApprovalTask, Flow, FlowVersion
from workflow.services.flows import digest_of_definition
from workflow.services.requests import submit
from workflow.services.subjects import Fact, Subject, digest_of

_numbers = count(1)
ENDED: list[tuple[int, str]] = []
"""What the test subject was told, in order: (subject, "approved" or the reason of the end)."""


class BudgetSubject(Subject):
    """A campaign's budget, as a higher floor will register it: a brand stands in for the campaign, its English name
    for the amount, its code for a detail nobody approves."""

    key = "tests.budget"
    label = _("Budget")
    model = Brand
    facts = (
        Fact("amount", _("Amount"), "money"),
        Fact("department", _("Department"), "department"),
        Fact("kind", _("Kind"), "choice", (("print", "Print"), ("online", "Online"))),
        Fact("owner", _("Owner"), "user"),
    )
    moves_money = True
    extra: dict[int, dict[str, Any]] = {}
    revocable = True
    looks: Any = None

    def approval_facts(self, subject: Brand) -> dict[str, Any]:
        return {"amount": Decimal(subject.name_en), **self.extra.get(subject.pk, {})}

    def approval_fingerprint(self, subject: Brand) -> str:
        subject.refresh_from_db()
        return digest_of(amount=subject.name_en)

    def on_approved(self, subject: Brand, request: ApprovalRequest) -> None:
        ENDED.append((subject.pk, "approved"))

    def on_ended(self, subject: Brand, request: ApprovalRequest, reason: str) -> None:
        ENDED.append((subject.pk, str(reason)))

    def may_revoke(self, subject: Brand) -> bool:
        return self.revocable

    def url(self, subject: Brand) -> str:
        return f"/budgets/{subject.pk}/"

    def title(self, subject: Brand) -> str:
        return f"预算 {subject.name_en}"


class PaperSubject(BudgetSubject):
    """The same for something that moves no money."""

    key = "tests.paper"
    moves_money = False
    facts = (Fact("amount", _("Amount"), "money"),)

    def approval_facts(self, subject: Brand) -> dict[str, Any]:
        return {"amount": Decimal(subject.name_en)}


def make_budget(amount: str = "48000.00", **extra: Any) -> Brand:
    number = next(_numbers)
    brand = Brand.objects.create(code=f"W{number}", name=f"预算{number}", name_en=amount)
    if extra:
        BudgetSubject.extra[brand.pk] = extra
    return brand


def approve_node(key: str, *people: User, **settings: Any) -> dict[str, Any]:
    """A node that asks named people."""
    node = {"key": key, "kind": "approve", "name": key, "approvers": [{"by": "user", "users": [p.pk for p in people]}]}
    return node | settings


def make_flow(*nodes: dict[str, Any], subject_type: str = "tests.budget", administrator: User | None = None) -> Flow:
    """A published flow of these nodes, in place of any other of the kind."""
    Flow.objects.filter(subject_type=subject_type).update(is_active=False)
    number = next(_numbers)
    flow = Flow.objects.create(
        key=f"flow-{number}", name=f"流程{number}", subject_type=subject_type, administrator=administrator
    )
    definition = {"nodes": list(nodes)}
    FlowVersion.objects.create(
        flow=flow, number=1, status="published", definition=definition, digest=digest_of_definition(definition)
    )
    return flow


def ask(actor: User, amount: str = "48000.00", **fields: Any) -> ApprovalRequest:
    """A request about a new budget."""
    return submit(subject=make_budget(amount), actor=actor, **fields)


def task(request: ApprovalRequest, person: User, status: str = "open") -> ApprovalTask:
    """The latest task of a person at a request."""
    return request.tasks.filter(assignee=person, status=status).latest("pk")
