"""What a supplier's contracts cover, as far as its standing, its leaving and the scores of its counters ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Least

from kit.money import ZERO
from suppliers.models import Contract, ContractCounter, DepositEntry


@dataclass(frozen=True)
class Cover:
    """Whether a signed contract still holds on a day, and if not, the last day one did."""

    in_force: bool
    ended_on: date | None = None


SIGNED = Q(state__in=[Contract.State.ACTIVE, Contract.State.TERMINATED])
LAST_DAY = Case(When(terminated_on__isnull=False, then=Least(F("ends_on"), F("terminated_on"))), default=F("ends_on"))


def contract_cover(party_id: int, on: date) -> Cover:
    """The cover of one supplier. A contract signed for a later first day counts: its supplier is one from signing on."""
    last = (
        Contract.objects.filter(SIGNED, party_id=party_id)
        .annotate(last=LAST_DAY)
        .order_by("-last")
        .values_list("last", flat=True)
        .first()
    )
    if last is None:
        return Cover(in_force=False)
    return Cover(in_force=True) if last >= on else Cover(in_force=False, ended_on=last)


def suppliers_of_counters(counter_ids: Iterable[int], first: date, last: date) -> dict[int, int]:
    """Who had each counter under a signed contract in some days; of several the latest. One query."""
    rows = ContractCounter.objects.filter(
        counter_id__in=list(counter_ids), is_signed=True, from_on__lte=last, until_on__gte=first
    )
    return dict(rows.order_by("from_on", "pk").values_list("counter_id", "contract__party_id"))


def counters_of(party_id: int, on: date) -> list[ContractCounter]:
    """The counters a supplier has on a day, by signed contracts."""
    rows = ContractCounter.objects.filter(
        contract__party_id=party_id, is_signed=True, from_on__lte=on, until_on__gte=on
    )
    related = ("contract", "counter__store", "counter__floor", "counter__brand", "counter__category")
    return list(rows.select_related(*related).order_by("counter__store", "counter__code"))


def notice_of(party_id: int, on: date) -> int | None:
    """The days of notice by the signed contract that lasts longest, a month as 30 days; None without one."""
    months = (
        Contract.objects.filter(SIGNED, party_id=party_id, ends_on__gte=on)
        .order_by("-ends_on")
        .values_list("notice_months", flat=True)
        .first()
    )
    return None if months is None else months * 30


def deposit_of(party_id: int) -> Decimal:
    """What the supplier's deposits hold: paid in and topped up, less deducted and refunded."""
    kinds = DepositEntry.Kind
    signed = Case(
        When(kind__in=[kinds.PAID, kinds.TOPPED_UP], then=F("amount")),
        default=-F("amount"),
    )
    entries = DepositEntry.objects.filter(contract__party_id=party_id)
    return entries.aggregate(held=Sum(signed))["held"] or ZERO
