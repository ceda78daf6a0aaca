"""Expense claims (费用提报单): drafted, submitted (the budget is reserved, the approval begins), approved, paid.

Order of locks: approval request → claim → budgets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError, NotFound, PermissionRefused
from kit.money import ZERO
from staff.audit import record
from staff.models import User
from stores.models import Department, Store
from workflow.exceptions import ClaimClosed, NotApproved
from workflow.locks import lock_request
from workflow.models import ApprovalRequest, ExpenseClaim, ExpenseLine
from workflow.services import budgets
from workflow.services.requests import is_approved, open_request_of, submit

Status = ExpenseClaim.Status


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One position as it was typed: category, day, description, yuan."""

    category_id: int
    spent_on: date
    description: str
    amount: Decimal


@transaction.atomic
def draft_claim(
    *,
    store: Store,
    department: Department,
    month: date,
    counterparty: str,
    purpose: str,
    lines: Sequence[ClaimLine],
    actor: User,
    due_on: date | None = None,
) -> ExpenseClaim:
    """Note down what somebody wants paid. Each call makes a claim."""
    claim = ExpenseClaim.objects.create(
        number=claim_numbers(1)[0],
        store=store,
        department=_of_store(department, store),
        claimant=actor,
        counterparty=counterparty,
        purpose=purpose,
        month=month.replace(day=1),
        due_on=due_on,
        total=_total(lines),
    )
    _write_lines(claim, lines)
    record(actor, "workflow.claim_drafted", claim, store=store, total=claim.total)
    return claim


@transaction.atomic
def change_claim(
    *,
    claim_id: int,
    store: Store,
    department: Department,
    month: date,
    counterparty: str,
    purpose: str,
    lines: Sequence[ClaimLine],
    actor: User,
    due_on: date | None = None,
) -> ExpenseClaim:
    """Write a draft, or a rejected claim, anew. One in approval or approved refuses."""
    claim = lock_claim(claim_id)
    _only_claimant(claim, actor)
    if not claim.is_editable:
        raise ClaimClosed(claim.get_status_display())
    claim.store, claim.department, claim.month = store, _of_store(department, store), month.replace(day=1)
    claim.counterparty, claim.purpose, claim.due_on = counterparty, purpose, due_on
    claim.total, claim.status = _total(lines), Status.DRAFT
    claim.save(update_fields=["store", "department", "month", "counterparty", "purpose", "due_on", "total", "status"])
    claim.lines.all().delete()
    _write_lines(claim, lines)
    record(actor, "workflow.claim_changed", claim, store=store, total=claim.total)
    return claim


@transaction.atomic
def submit_claim(*, claim_id: int, actor: User, urgent: bool = False) -> ApprovalRequest:
    """Reserve the budget and ask for approval; beyond the budget it refuses and nothing is asked. A claim in
    approval refuses a second time."""
    standing = open_request_of(ExpenseClaim(pk=claim_id))
    if standing is not None:
        lock_request(standing.pk)
    claim = lock_claim(claim_id)
    _only_claimant(claim, actor)
    if not claim.is_editable:
        raise ClaimClosed(claim.get_status_display())
    budgets.reserve(claim)
    claim.status = Status.SUBMITTED
    claim.save(update_fields=["status"])
    record(actor, "workflow.claim_submitted", claim, store=claim.store_id, total=claim.total)
    return submit(subject=claim, actor=actor, urgent=urgent)


def claim_approved(claim_id: int) -> None:
    """The engine approved it: it may be paid."""
    claim = lock_claim(claim_id)
    claim.status, claim.approved_at = Status.APPROVED, timezone.now()
    claim.save(update_fields=["status", "approved_at"])


def claim_ended(claim_id: int, reason: str) -> None:
    """The approval ended another way: the reservation is given back; a rejected claim says so, others are drafts."""
    claim = lock_claim(claim_id)
    if claim.status not in budgets.RESERVING:
        return
    budgets.release(claim)
    claim.status = Status.REJECTED if reason == "rejected" else Status.DRAFT
    claim.approved_at = None
    claim.save(update_fields=["status", "approved_at"])


@transaction.atomic
def pay_claim(*, claim_id: int, reference: str, actor: User) -> ExpenseClaim:
    """Book the payment of an approved claim. What is not approved as it stands refuses, and so does a second payment,
    or paying the own claim."""
    claim = lock_claim(claim_id)
    if claim.status == Status.PAID:
        raise ClaimClosed(claim.get_status_display())
    if claim.status != Status.APPROVED or not is_approved(claim):
        raise NotApproved
    if claim.claimant_id == actor.pk:
        raise PermissionRefused(_("Somebody else must book the payment of your own claim."))
    budgets.consume(claim)
    claim.status, claim.paid_at, claim.paid_by, claim.payment_reference = Status.PAID, timezone.now(), actor, reference
    claim.save(update_fields=["status", "paid_at", "paid_by", "payment_reference"])
    record(actor, "workflow.claim_paid", claim, store=claim.store_id, total=claim.total, reference=reference)
    return claim


@transaction.atomic
def void_claim(*, claim_id: int, actor: User) -> ExpenseClaim:
    """Give a draft or rejected claim up. It keeps its number; a second call refuses."""
    claim = lock_claim(claim_id)
    _only_claimant(claim, actor)
    if not claim.is_editable:
        raise ClaimClosed(claim.get_status_display())
    claim.status = Status.VOID
    claim.save(update_fields=["status"])
    record(actor, "workflow.claim_voided", claim, store=claim.store_id)
    return claim


def lock_claim(claim_id: int) -> ExpenseClaim:
    """Lock one claim; after its approval request, before its budgets."""
    claim = ExpenseClaim.objects.select_for_update(no_key=True, of=("self",)).filter(pk=claim_id).first()
    if claim is None:
        raise NotFound(_("There is no such claim."))
    return claim


def claim_numbers(count: int) -> list[str]:
    """The next numbers of claims, from a sequence: FY00001234."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('workflow_claim_number') FROM generate_series(1, %s)", [count])
        return [f"FY{number:08d}" for (number,) in cursor.fetchall()]


def claim_facts(claim: ExpenseClaim) -> dict[str, Any]:
    """What conditions of a flow may ask: amount, store, department, the category most of it is for."""
    largest = claim.lines.order_by("-amount", "position").first()
    return {
        "amount": claim.total,
        "store": claim.store_id,
        "department": claim.department_id,
        "category": largest.category.code if largest else "",
        "recurring": claim.term_id is not None,
    }


def approved_fields(claim: ExpenseClaim) -> dict[str, Any]:
    """What an approver approves: who is paid how much for what."""
    lines = claim.lines.order_by("position").values_list("category_id", "spent_on", "description", "amount")
    return {
        "department": claim.department_id,
        "month": claim.month,
        "counterparty": claim.counterparty,
        "purpose": claim.purpose,
        "lines": [list(line) for line in lines],
    }


def _write_lines(claim: ExpenseClaim, lines: Sequence[ClaimLine]) -> None:
    ExpenseLine.objects.bulk_create(
        ExpenseLine(
            claim=claim,
            position=place,
            category_id=line.category_id,
            spent_on=line.spent_on,
            description=line.description,
            amount=line.amount,
        )
        for place, line in enumerate(lines, start=1)
    )


def _total(lines: Sequence[ClaimLine]) -> Decimal:
    if not lines:
        raise DomainError(_("A claim needs at least one line."), code="no_lines")
    return sum((line.amount for line in lines), ZERO)


def _of_store(department: Department, store: Store) -> Department:
    if department.store_id != store.pk:
        raise DomainError(_("This department belongs to another store."), fields={"department": True})
    return department


def _only_claimant(claim: ExpenseClaim, actor: User) -> None:
    if claim.claimant_id != actor.pk:
        raise PermissionRefused(_("Only who claims it can do this."))
