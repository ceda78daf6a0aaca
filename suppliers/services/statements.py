"""What happens to a settlement after it is calculated: confirmed, sent, answered, adjusted, approved, paid."""

import secrets
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.calendars import add_workdays
from kit.money import to_fen
from staff.audit import record
from staff.models import User
from stores.models import Chain
from suppliers.exceptions import WrongState
from suppliers.locks import lock_contract, lock_settlement
from suppliers.models import DepositEntry, Dispute, FeeCharge, Settlement, SettlementLine
from suppliers.services.deposits import enter_deposit
from suppliers.services.receivables import follow_charges
from suppliers.services.sending import send_link
from suppliers.settling.spans import add_months
from workflow.services.requests import submit

State = Settlement.State
WINDOW: Final = {"reconcile_until_day": 15, "pay_by_day": 20}


def window_of(last_on: date) -> tuple[date, date]:
    """The last day to answer and the last day to pay: days of the month after the period, moved off free days."""
    chain, month = Chain.get(), add_months(last_on.replace(day=1), 1)
    days = [int(chain.setting(name, default)) for name, default in WINDOW.items()]
    answer, pay = (add_workdays(month.replace(day=min(day, 28)), 0) for day in days)
    return answer, pay


@transaction.atomic
def confirm_settlement(*, settlement_id: int, actor: User | None) -> Settlement:
    """Freeze a draft: its fees are deducted, a deposit topped up. A second call changes nothing."""
    contract_id = Settlement.objects.filter(pk=settlement_id).values_list("contract_id", flat=True).first()
    lock_contract(contract_id or 0)
    settlement = lock_settlement(settlement_id)
    if settlement.state != State.DRAFT:
        return settlement
    if settlement.last_on >= timezone.localdate():
        raise WrongState(_("The period is not over yet."))
    _take_charges(settlement)
    if settlement.top_up:
        enter_deposit(
            contract_id=settlement.contract_id,
            kind=DepositEntry.Kind.TOPPED_UP,
            amount=settlement.top_up,
            happened_on=settlement.last_on,
            reason=settlement.number,
            key=f"settlement:{settlement.pk}",
            actor=actor,
        )
    settlement.state, settlement.confirmed_at, settlement.confirmed_by = State.CONFIRMED, timezone.now(), actor
    settlement.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    _record(actor, "confirmed", settlement)
    return settlement


def _take_charges(settlement: Settlement) -> None:
    """Mark the fees this settlement deducts; one that changed meanwhile asks for a new calculation."""
    ids = [int(line.inputs["key"]) for line in settlement.lines.filter(section=SettlementLine.Section.FEE)]
    charges = FeeCharge.objects.filter(pk__in=ids, state=FeeCharge.State.OPEN, contract=settlement.contract_id)
    if charges.update(state=FeeCharge.State.SETTLED, settlement=settlement) != len(ids):
        raise WrongState(_("A fee has changed since; calculate the settlement anew."))
    follow_charges(settlement.charges.all())


@transaction.atomic
def send_settlement(*, settlement_id: int, actor: User | None) -> Settlement:
    """Open the supplier's link, and send it to the main contact. Sending again gives a new link and closes the old
    one."""
    settlement = lock_settlement(settlement_id)
    _require(settlement, (State.CONFIRMED, State.SENT, State.DISPUTED), _("Confirm the settlement first."))
    if settlement.state == State.DISPUTED and _open_disputes(settlement).exists():
        raise WrongState(_("Answer every disputed line first."))
    answer_by, pay_by = window_of(settlement.last_on)
    settlement.state, settlement.sent_at, settlement.link_nonce = State.SENT, timezone.now(), secrets.token_hex(12)
    settlement.answer_by_on = max(answer_by, add_workdays(timezone.localdate(), 3))
    settlement.pay_by_on = max(pay_by, settlement.answer_by_on)
    settlement.save(update_fields=["state", "sent_at", "link_nonce", "answer_by_on", "pay_by_on"])
    main = send_link(settlement)
    _record(actor, "sent", settlement, contact=main.pk if main else None)
    return settlement


@transaction.atomic
def accept_settlement(*, settlement_id: int, name: str, actor: User | None = None) -> Settlement:
    """The supplier accepts everything. A second call changes nothing."""
    settlement = lock_settlement(settlement_id)
    if settlement.state == State.ACCEPTED:
        return settlement
    _require(settlement, (State.SENT,), _("This settlement is not open for an answer."))
    settlement.state, settlement.answered_at, settlement.answered_name = State.ACCEPTED, timezone.now(), name
    settlement.save(update_fields=["state", "answered_at", "answered_name"])
    _record(actor, "accepted", settlement, name=name)
    return settlement


@transaction.atomic
def dispute_settlement(
    *, settlement_id: int, reasons: dict[int, str], name: str, actor: User | None = None
) -> Settlement:
    """The supplier disputes lines, each with a reason. While it is open, answering again refuses."""
    settlement = lock_settlement(settlement_id)
    _require(settlement, (State.SENT,), _("This settlement is not open for an answer."))
    lines = {line.pk: line for line in settlement.lines.all()}
    chosen = {lines[pk]: reason.strip() for pk, reason in reasons.items() if pk in lines and reason.strip()}
    if not chosen:
        raise WrongState(_("Say what is wrong with at least one line."))
    Dispute.objects.bulk_create(
        Dispute(line=line, reason=reason[:500], raised_by=name) for line, reason in chosen.items()
    )
    settlement.state, settlement.answered_at, settlement.answered_name = State.DISPUTED, timezone.now(), name
    settlement.save(update_fields=["state", "answered_at", "answered_name"])
    _record(actor, "disputed", settlement, name=name, lines=len(chosen))
    return settlement


@transaction.atomic
def answer_dispute(*, dispute_id: int, answer: str, actor: User) -> Dispute:
    """Say what becomes of a disputed line. An answered one refuses."""
    settlement_id = Dispute.objects.filter(pk=dispute_id).values_list("line__settlement", flat=True).first()
    settlement = lock_settlement(settlement_id or 0)
    dispute = Dispute.objects.get(pk=dispute_id)
    if dispute.answered_at is not None:
        raise WrongState(_("This line is answered already."))
    dispute.answer, dispute.answered_at, dispute.answered_by = answer, timezone.now(), actor
    dispute.save(update_fields=["answer", "answered_at", "answered_by"])
    _record(actor, "dispute_answered", settlement, line=dispute.line_id)
    return dispute


@transaction.atomic
def adjust_settlement(*, settlement_id: int, amount: Decimal, reason: str, actor: User) -> SettlementLine:
    """Correct a confirmed settlement by a line of its own. What the supplier had accepted is to be sent again."""
    settlement = lock_settlement(settlement_id)
    allowed = (State.CONFIRMED, State.SENT, State.DISPUTED, State.ACCEPTED)
    _require(settlement, allowed, _("Adjustments are for confirmed settlements that are not under approval."))
    amount = to_fen(amount)
    if not amount:
        raise WrongState(_("An adjustment changes the amount."))
    position = settlement.lines.aggregate(last=Max("position"))["last"] or 0
    line = settlement.lines.create(
        position=position + 1,
        section=SettlementLine.Section.ADJUSTMENT,
        rule="adjustment",
        inputs={"reason": reason},
        amount=amount,
        created_by=actor,
    )
    settlement.adjusted += amount
    settlement.payable += amount
    if settlement.state in (State.ACCEPTED, State.SENT):
        settlement.state = State.CONFIRMED
    settlement.save(update_fields=["adjusted", "payable", "state"])
    _record(actor, "adjusted", settlement, amount=amount, reason=reason)
    return line


@transaction.atomic
def submit_settlement(*, settlement_id: int, actor: User, urgent: bool = False, comment: str = "") -> Settlement:
    """Ask for approval: accepted by the supplier, or not answered until the window closed."""
    settlement = Settlement.objects.get(pk=settlement_id)
    silent = settlement.state == State.SENT and timezone.localdate() > (settlement.answer_by_on or date.max)
    if settlement.state != State.ACCEPTED and not silent:
        raise WrongState(_("The supplier has not answered yet, and the days to answer are not over."))
    submit(subject=settlement, actor=actor, urgent=urgent, comment=comment)
    settlement = lock_settlement(settlement_id)
    if settlement.state in (State.ACCEPTED, State.SENT):
        settlement.state = State.SUBMITTED
        settlement.save(update_fields=["state"])
    _record(actor, "submitted", settlement)
    return settlement


@transaction.atomic
def approve_settlement(*, settlement_id: int, actor: User | None) -> Settlement:
    """The approval is through: it may be paid. A second call changes nothing."""
    settlement = lock_settlement(settlement_id)
    if settlement.state in (State.APPROVED, State.PAID):
        return settlement
    _require(settlement, (State.SUBMITTED, State.ACCEPTED, State.SENT), _("This settlement is not under approval."))
    settlement.state, settlement.approved_at = State.APPROVED, timezone.now()
    settlement.save(update_fields=["state", "approved_at"])
    _record(actor, "approved", settlement)
    return settlement


@transaction.atomic
def reopen_settlement(*, settlement_id: int, actor: User | None) -> Settlement:
    """Not approved: back to what the supplier accepted. A paid one refuses."""
    settlement = lock_settlement(settlement_id)
    if settlement.state == State.ACCEPTED:
        return settlement
    _require(settlement, (State.SUBMITTED, State.APPROVED), _("This settlement is not under approval."))
    settlement.state, settlement.approved_at = State.ACCEPTED, None
    settlement.save(update_fields=["state", "approved_at"])
    _record(actor, "reopened", settlement)
    return settlement


@transaction.atomic
def pay_settlement(*, settlement_id: int, paid_on: date, reference: str, actor: User | None) -> Settlement:
    """Note the payment. Nothing is paid that is not approved; a second call changes nothing."""
    settlement = lock_settlement(settlement_id)
    if settlement.state == State.PAID:
        return settlement
    _require(settlement, (State.APPROVED,), _("Nothing is paid that is not approved."))
    settlement.state, settlement.paid_on, settlement.paid_reference = State.PAID, paid_on, reference
    settlement.save(update_fields=["state", "paid_on", "paid_reference"])
    _record(actor, "paid", settlement, paid_on=paid_on, reference=reference)
    return settlement


def _open_disputes(settlement: Settlement):
    return Dispute.objects.filter(line__settlement=settlement, answered_at=None)


def _require(settlement: Settlement, states: tuple[str, ...], refusal: str) -> None:
    if settlement.state not in states:
        raise WrongState(refusal)


def _record(actor: User | None, deed: str, settlement: Settlement, **data: object) -> None:
    record(
        actor,
        f"suppliers.settlement_{deed}",
        settlement,
        store=settlement.store_id,
        payable=settlement.payable,
        **data,
    )
