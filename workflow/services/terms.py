"""Fixed fees of the store: each week or month a claim appears by itself, once, also for days nobody was at work."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from workflow.models import ExpenseClaim, ExpenseLine, ExpenseTerm
from workflow.services.expenses import claim_numbers

REMIND_BEFORE = timedelta(days=3)
UNPAID = (ExpenseClaim.Status.DRAFT, ExpenseClaim.Status.SUBMITTED, ExpenseClaim.Status.APPROVED)


@transaction.atomic
def add_term(*, actor: User, **fields: Any) -> ExpenseTerm:
    """Note down a fixed fee; its claims appear from its first day on."""
    term = ExpenseTerm.objects.create(**fields)
    record(actor, "workflow.term_added", term, store=term.store_id, amount=term.amount)
    return term


@transaction.atomic
def end_term(*, term_id: int, on: date, actor: User) -> ExpenseTerm:
    """Let a fixed fee end; claims of periods that begin later do not appear. A second call moves the end."""
    term = ExpenseTerm.objects.select_for_update(no_key=True).get(pk=term_id)
    term.ends_on = max(on, term.starts_on)
    term.save(update_fields=["ends_on"])
    record(actor, "workflow.term_ended", term, store=term.store_id, on=term.ends_on)
    return term


def raise_due_claims(*, today: date) -> int:
    """Make the claim of every period that has begun and has none yet; returns how many. Running it again makes none;
    after days without a worker it makes all that are missing."""
    made = 0
    for term_id in ExpenseTerm.objects.filter(starts_on__lte=today).order_by("pk").values_list("pk", flat=True):
        made += _raise_of(term_id, today)
    return made


@transaction.atomic
def _raise_of(term_id: int, today: date) -> int:
    term = ExpenseTerm.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=term_id)
    there = set(ExpenseClaim.objects.filter(term=term).values_list("period_start", flat=True))
    missing = [day for day in period_starts(term, today) if day not in there]
    for day in missing:
        _raise(term, day)
    if missing:
        with override(term.owner.language):
            text = _("%(name)s: %(count)d claims are ready to be submitted.") % {
                "name": term.label, "count": len(missing),
            }  # fmt: skip
        notify(users=[term.owner], text=text, url=reverse("workflow:claim_list"))
    return len(missing)


def period_starts(term: ExpenseTerm, through: date) -> Iterator[date]:
    """The first days of a term's periods up to a day or the term's end: every seven days, or the same day of each
    month (its last day where the month is shorter)."""
    last = min(through, term.ends_on) if term.ends_on else through
    number = 0
    while True:
        if term.cadence == ExpenseTerm.Cadence.WEEKLY:
            day = term.starts_on + timedelta(days=7 * number)
        else:
            day = term.starts_on + relativedelta(months=number)
        if day > last:
            return
        yield day
        number += 1


def _raise(term: ExpenseTerm, day: date) -> None:
    claim = ExpenseClaim.objects.create(
        number=claim_numbers(1)[0],
        store_id=term.store_id,
        department_id=term.department_id,
        claimant_id=term.owner_id,
        counterparty=term.payee,
        purpose=term.name,
        month=day.replace(day=1),
        total=Decimal(term.amount),
        due_on=day + timedelta(days=term.pay_within_days),
        term=term,
        period_start=day,
    )
    ExpenseLine.objects.create(
        claim=claim, position=1, category_id=term.category_id, spent_on=day, description=term.name, amount=term.amount
    )
    record(None, "workflow.claim_raised", claim, store=term.store_id, term=term.pk, period=day)


@transaction.atomic
def remind_due(*, today: date) -> int:
    """Remind who sees to claims that are due within three days, or overdue, and unpaid: once per claim. Returns how
    many were reminded of."""
    due = (
        ExpenseClaim.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(status__in=UNPAID, due_on__lte=today + REMIND_BEFORE, reminded_on=None, claimant__isnull=False)
        .select_related("claimant")
        .order_by("pk")
    )
    claims = list(due)
    for claim in claims:
        with override(claim.claimant.language):
            text = _("Claim %(number)s (%(purpose)s) is due on %(day)s and not paid yet.") % {
                "number": claim.number, "purpose": claim.purpose, "day": claim.due_on,
            }  # fmt: skip
        notify(users=[claim.claimant], text=text, url=reverse("workflow:claim_detail", args=[claim.pk]))
    ExpenseClaim.objects.filter(pk__in=[claim.pk for claim in claims]).update(reminded_on=today)
    return len(claims)
