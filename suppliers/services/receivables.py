"""A fee of a contract is a claim on its supplier: raised once, deducted with its settlement, void when it is cancelled."""

from django.db import transaction
from django.db.models import QuerySet

from suppliers.models import FeeCharge
from workflow.services.receivables import Receivable, mark_deducted, raise_receivables, void_receivables

State = FeeCharge.State


@transaction.atomic
def follow_charges(charges: QuerySet[FeeCharge]) -> int:
    """Bring the claims of these fees up to their states; returns how many claims are new. A second call changes
    nothing."""
    rows = charges.exclude(state__in=[State.DRAFT, State.SUBMITTED]).select_related(
        "contract__party", "fee_type", "settlement"
    )
    due: list[Receivable] = []
    deducted: dict[str, list[str]] = {}
    void: list[str] = []
    for charge in rows.order_by("pk"):
        if charge.state == State.CANCELLED:
            void.append(_key(charge))
            continue
        due.append(_receivable(charge))
        if charge.state == State.SETTLED:
            deducted.setdefault(charge.settlement.number, []).append(_key(charge))
    raised = raise_receivables(due)
    for number, keys in deducted.items():
        mark_deducted(keys, reference=number)
    void_receivables(void)
    return raised


def _key(charge: FeeCharge) -> str:
    return f"suppliers.feecharge:{charge.pk}"


def _receivable(charge: FeeCharge) -> Receivable:
    words = charge.reason or f"{charge.fee_type} {charge.period_first} – {charge.period_last}"
    return Receivable(
        source_key=_key(charge),
        store_id=charge.contract.store_id,
        payer=charge.contract.party.name,
        purpose=f"{charge.contract.number} {words}",
        amount=charge.amount,
        due_on=charge.invoiced_on,
    )
