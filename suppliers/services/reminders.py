"""Reminders before the last day of notice and before the end of contracts: once per milestone, however long the
workers were away."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from staff.audit import record
from staff.models import User
from staff.roles import Role
from staff.services.notices import notify
from staff.services.outbox import enqueue
from suppliers.models import Contract, ContractMilestone
from suppliers.selectors.contract_page import notice_day

MILESTONES: Final = (60, 30, 7, 0)
TEXTED: Final = 7
Kind = ContractMilestone.Kind


def remind_contracts(*, today: date | None = None) -> int:
    """Send what is due today and was not sent; of several missed milestones of a day only the last. Calling it again
    sends nothing."""
    today = today or timezone.localdate()
    sent = 0
    for pk in Contract.objects.filter(state=Contract.State.ACTIVE).order_by("pk").values_list("pk", flat=True):
        sent += _remind(pk, today)
    return sent


@transaction.atomic
def _remind(contract_id: int, today: date) -> int:
    contract = Contract.objects.select_for_update(no_key=True, of=("self",)).select_related("party", "store", "buyer")
    row = contract.filter(pk=contract_id, state=Contract.State.ACTIVE).first()
    if row is None:
        return 0
    sent = 0
    days = [(Kind.END, row.ends_on)]
    if not row.versions.filter(kind="renewal", status__in=["draft", "submitted", "approved"]).exists():
        days.append((Kind.NOTICE, notice_day(row)))
    for kind, day in days:
        left = (day - today).days
        due = [one for one in MILESTONES if left <= one]
        if left < 0 or not due:
            continue
        _milestone, created = ContractMilestone.objects.get_or_create(
            contract=row, kind=kind, day_on=day, days_before=min(due)
        )
        if created:
            _tell(row, kind, day, left, min(due))
            sent += 1
    return sent


def _tell(contract: Contract, kind: str, day: date, left: int, milestone: int) -> None:
    url = f"/suppliers/contracts/{contract.pk}/"
    for person in _concerned(contract):
        with override(person.language):
            text = _words(contract, kind, day, left)
            subject = _("Contract %(number)s") % {"number": contract.number}
        notify(users=[person], text=text, url=url)
        key = f"contract:{contract.pk}:{kind}:{day}:{milestone}:{person.pk}"
        if person.email:
            enqueue(
                channel="email", to=person.email, subject=subject, body=text, purpose="contract",
                dedupe_key=f"{key}:email",
            )  # fmt: skip
        if person.phone and milestone <= TEXTED:
            enqueue(channel="sms", to=person.phone, body=text, purpose="contract", dedupe_key=f"{key}:sms")
    record(None, "suppliers.contract_reminded", contract, store=contract.store_id, kind=kind, days_left=left)


def _words(contract: Contract, kind: str, day: date, left: int) -> str:
    values = {
        "number": contract.number,
        "party": contract.party.label,
        "store": contract.store.label,
        "day": day.isoformat(),
        "left": left,
    }
    if kind == Kind.NOTICE:
        return (
            _("%(number)s %(party)s, %(store)s: the last day to give notice or renew is %(day)s (%(left)s days).")
            % values
        )
    return _("%(number)s %(party)s, %(store)s: the contract ends on %(day)s (%(left)s days).") % values


def _concerned(contract: Contract) -> Iterable[User]:
    """The buyer who keeps the contract, and the manager of the store."""
    managers = User.objects.filter(role=Role.MANAGER, is_active=True, stores=contract.store)
    people = {person.pk: person for person in managers}
    if contract.buyer is not None and contract.buyer.is_active:
        people[contract.buyer_id] = contract.buyer
    return [people[pk] for pk in sorted(people)]
