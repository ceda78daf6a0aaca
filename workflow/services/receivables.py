"""What suppliers owe the store: claims that higher floors raise, once per source, and deduct in a settlement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from workflow.models import ExpenseClaim
from workflow.services.expenses import claim_numbers

Status = ExpenseClaim.Status


@dataclass(frozen=True, slots=True)
class Receivable:
    """One claim on a supplier. `source_key` names its cause for ever, as "suppliers.feecharge:12"."""

    source_key: str
    store_id: int
    payer: str
    purpose: str
    amount: Decimal
    due_on: date


@transaction.atomic
def raise_receivables(receivables: Sequence[Receivable]) -> int:
    """Raise claims on suppliers; those whose source has one already are left alone. Returns how many are new."""
    known = set(
        ExpenseClaim.objects.filter(source_key__in=[one.source_key for one in receivables]).values_list(
            "source_key", flat=True
        )
    )
    new = [one for one in receivables if one.source_key not in known]
    ExpenseClaim.objects.bulk_create(
        (
            ExpenseClaim(
                number=number,
                direction=ExpenseClaim.Direction.RECEIVABLE,
                status=Status.OPEN,
                store_id=one.store_id,
                counterparty=one.payer[:120],
                purpose=one.purpose[:200],
                month=one.due_on.replace(day=1),
                total=one.amount,
                due_on=one.due_on,
                source_key=one.source_key,
            )
            for one, number in zip(new, claim_numbers(len(new)), strict=True)
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return len(new)


@transaction.atomic
def mark_deducted(source_keys: Iterable[str], *, reference: str) -> int:
    """The settlement took them off what the supplier is paid. A second call changes nothing."""
    return ExpenseClaim.objects.filter(source_key__in=list(source_keys), status=Status.OPEN).update(
        status=Status.DEDUCTED, payment_reference=reference[:80]
    )


@transaction.atomic
def void_receivables(source_keys: Iterable[str]) -> int:
    """Their cause has fallen away. What was deducted already stays."""
    return ExpenseClaim.objects.filter(source_key__in=list(source_keys), status=Status.OPEN).update(status=Status.VOID)
