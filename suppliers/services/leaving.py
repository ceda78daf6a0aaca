"""A supplier leaves: notice by the contract's rule, a list of steps with days, the deposit, the last day.

The deposit goes back two months after leaving if nothing is claimed from it (a setting of the chain).
"""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict, DomainError
from kit.money import ZERO
from staff.audit import record
from staff.models import User
from stores.models import Chain
from suppliers.exceptions import WrongStatus
from suppliers.locks import lock_party
from suppliers.models import Contract, Leaving, LeavingStep, Party, Standing
from suppliers.services.deposits import refund_balance
from suppliers.services.standing import Decision, review_standing, take_standing
from suppliers.signals import party_left

REFUND_MONTHS_SETTING: Final = "supplier_deposit_months"
REFUND_MONTHS: Final = 2
NOTICE_SETTING: Final = "supplier_notice_days"
NOTICE_DAYS: Final = 30
Key = LeavingStep.Key


def notice_days() -> int:
    """The notice to be kept where the contract says nothing else."""
    return int(Chain.get().setting(NOTICE_SETTING, NOTICE_DAYS))


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def refund_due(leaves_on: date) -> date:
    """When the deposit is to be given back."""
    return months_later(leaves_on, int(Chain.get().setting(REFUND_MONTHS_SETTING, REFUND_MONTHS)))


@transaction.atomic
def start_leaving(
    *,
    party_id: int,
    cause: str,
    reason: str,
    notice_on: date,
    notice_days: int,
    leaves_on: date,
    deposit: Decimal | None,
    actor: User,
) -> Leaving:
    """Begin the leaving of a supplier. Sooner than the notice is possible and marked as early."""
    party = lock_party(party_id)
    if party.status != Party.Status.SUPPLIER:
        raise WrongStatus(
            _("Only a supplier can leave; this one is: %(status)s.") % {"status": party.get_status_display()}
        )
    if leaves_on < notice_on:
        raise DomainError(_("The last day lies before the notice."), fields={"leaves_on": True})
    leaving = party.leavings.create(
        cause=cause,
        reason=reason,
        notice_on=notice_on,
        notice_days=notice_days,
        leaves_on=leaves_on,
        is_early=leaves_on < notice_on + timedelta(days=notice_days),
        started_by=actor,
    )
    _plan_steps(leaving, deposit)
    decision = Decision(Party.Status.LEAVING, party.selling, Standing.Reason.LEAVING, party.grace_until_on)
    take_standing(party, decision, actor=actor, data={"on": leaves_on.isoformat(), "reason": reason})
    record(actor, "suppliers.leaving_started", leaving, party=party.pk, leaves_on=leaves_on, cause=cause)
    return leaving


def _plan_steps(leaving: Leaving, deposit: Decimal | None) -> None:
    days = {
        Key.GOODS_OUT: leaving.leaves_on,
        Key.ACCESS_CLOSED: leaving.leaves_on,
        Key.SETTLED: months_later(leaving.leaves_on, 1).replace(day=20),
        Key.DEPOSIT: refund_due(leaving.leaves_on),
    }
    LeavingStep.objects.bulk_create(
        LeavingStep(leaving=leaving, key=key, due_on=due_on, amount=deposit if key == Key.DEPOSIT else None)
        for key, due_on in days.items()
    )


@transaction.atomic
def finish_step(*, step_id: int, done_on: date, note: str, actor: User) -> LeavingStep:
    """Mark one step as done on a day; with the deposit's the balance is booked as given back. The last one closes the
    leaving: the supplier has left."""
    leaving_id, party_id = LeavingStep.objects.values_list("leaving_id", "leaving__party_id").get(pk=step_id)
    party = lock_party(party_id)
    leaving = Leaving.objects.get(pk=leaving_id)
    step = LeavingStep.objects.get(pk=step_id)
    if not leaving.is_open:
        raise Conflict(_("This leaving is over."))
    if party.status != Party.Status.LEAVING:
        raise WrongStatus(_("This supplier is blocked. Lift the block before it leaves."))
    if step.done_on is not None:
        raise Conflict(_("This step is done already."))
    if done_on > timezone.localdate():
        raise DomainError(_("This day has not come yet."), fields={"done_on": True})
    if step.key == Key.DEPOSIT and leaving.steps.filter(key=Key.SETTLED, done_on=None).exists():
        raise Conflict(_("The deposit goes back after the last settlement is paid."))
    if step.key == Key.DEPOSIT:
        step.amount = _refund(leaving, done_on, actor) or step.amount
    step.done_on, step.done_by, step.note = done_on, actor, note
    step.save(update_fields=["done_on", "done_by", "note", "amount"])
    record(actor, "suppliers.leaving_step_done", step, party=party.pk, step=step.key, done_on=done_on)
    if not leaving.steps.filter(done_on=None).exists():
        _close(party, leaving, actor)
    return step


def _refund(leaving: Leaving, done_on: date, actor: User) -> Decimal:
    """Write in the ledger that what is left of each deposit went back; once per leaving. Returns the sum."""
    contracts = Contract.objects.filter(party=leaving.party_id).order_by("pk").values_list("pk", flat=True)
    entries = [
        refund_balance(
            contract_id=contract_id,
            happened_on=done_on,
            reason=_("Given back when the supplier left"),
            key=f"leaving-{leaving.pk}",
            actor=actor,
        )
        for contract_id in contracts
    ]
    return sum((entry.amount for entry in entries if entry is not None), ZERO)


def _close(party: Party, leaving: Leaving, actor: User) -> None:
    leaving.finished_at = timezone.now()
    leaving.save(update_fields=["finished_at"])
    party.people.filter(left_on=None).update(left_on=Greatest(F("entered_on"), leaving.leaves_on))
    party.left_on = max(leaving.leaves_on, party.became_supplier_on or leaving.leaves_on)
    party.save(update_fields=["left_on"])
    decision = Decision(Party.Status.LEFT, Party.Selling.STOPPED, Standing.Reason.LEFT)
    take_standing(party, decision, actor=actor, data={"on": party.left_on.isoformat()})
    record(actor, "suppliers.party_left", party, left_on=party.left_on)
    party_left.send(sender=Party, party_id=party.pk)


@transaction.atomic
def call_off_leaving(*, leaving_id: int, reason: str, actor: User) -> Leaving:
    """The supplier stays after all; the steps done stay on record."""
    party = lock_party(Leaving.objects.values_list("party_id", flat=True).get(pk=leaving_id))
    leaving = Leaving.objects.get(pk=leaving_id)
    if not leaving.is_open:
        raise Conflict(_("This leaving is over."))
    if party.status != Party.Status.LEAVING:
        raise WrongStatus(_("This supplier is blocked. Lift the block before it leaves."))
    leaving.called_off_at = timezone.now()
    leaving.save(update_fields=["called_off_at"])
    decision = Decision(Party.Status.SUPPLIER, party.selling, Standing.Reason.STAYS, party.grace_until_on)
    take_standing(party, decision, actor=actor, data={"reason": reason})
    record(actor, "suppliers.leaving_called_off", leaving, party=party.pk, reason=reason)
    review_standing(party_id=party.pk, actor=actor)
    return leaving
