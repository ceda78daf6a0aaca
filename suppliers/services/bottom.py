"""The watch over last places: by sales each quarter, and below target for months. The buyer is told once.

Last of its category in the quarter; some months below target and among the last three of the category: the counter
may be moved; some more months below target: the contract may be ended. How many months each takes is agreed in the
contract (two and three where the supplements of such contracts are followed).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kit.money import ZERO
from staff.services.notices import notify
from suppliers.models import BottomNotice, ContractCounter, ContractVersion, CounterScore, MonthTarget, Party
from suppliers.services.milestones import buyers_of
from suppliers.settling.spans import month_end

LAST: Final = 3
FEWEST: Final = 4
Rule = BottomNotice.Rule


@transaction.atomic
def watch_bottom(*, store_id: int, month: date) -> int:
    """Look at a store's calculated month; what is new is noted and told. Returns how many; again: none."""
    found = _below_target(store_id, month)
    if month.month % 3 == 0:
        found += _last_of_quarter(store_id, month)
    told = 0
    for counter_id, party_id, rule, data in found:
        notice, is_new = BottomNotice.objects.get_or_create(
            counter_id=counter_id, month=month, rule=rule, defaults={"data": data}
        )
        if is_new:
            _tell(party_id, notice)
            told += 1
    return told


def _last_of_quarter(store_id: int, month: date) -> list[tuple[int, int | None, str, dict[str, str]]]:
    months = [month.replace(month=number) for number in range(month.month - 2, month.month + 1)]
    rows = (
        CounterScore.objects.filter(period__store=store_id, period__month__in=months, score__isnull=False)
        .values_list("counter__category_id", "counter_id", "party_id")
        .annotate(sold=Sum("net_sales"))
        .order_by("counter_id")
    )
    sums: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    parties: dict[int, int | None] = {}
    for category, counter, party, sold in rows:
        sums[category][counter] += sold
        parties[counter] = party
    found = []
    for group in sums.values():
        if len(group) >= FEWEST:
            counter, sold = min(group.items(), key=lambda one: (one[1], one[0]))
            found.append((counter, parties[counter], Rule.LAST_OF_QUARTER, {"sold": str(sold), "of": str(len(group))}))
    return found


def _below_target(store_id: int, month: date) -> list[tuple[int, int | None, str, dict[str, str]]]:
    """Counters of contracts below target for months."""
    held = ContractCounter.objects.filter(
        contract__store=store_id, is_signed=True, from_on__lte=month.replace(day=28), until_on__gte=month
    )
    contracts: dict[int, list[int]] = defaultdict(list)
    for contract_id, counter_id in held.values_list("contract_id", "counter_id"):
        contracts[contract_id].append(counter_id)
    missed, agreed = months_missed(contracts, month), _months_agreed(contracts, month)
    rows = {row.counter_id: row for row in CounterScore.objects.filter(period__store=store_id, period__month=month)}
    found = []
    for contract_id, counters in contracts.items():
        if contract_id not in agreed:
            continue
        move_after, end_after = agreed[contract_id]
        if missed[contract_id] < min(move_after, end_after):
            continue
        rule = Rule.MAY_END if missed[contract_id] >= end_after else Rule.MAY_MOVE
        for counter in sorted(set(counters) & set(rows)):
            row = rows[counter]
            if rule == Rule.MAY_END or _is_among_the_last(row):
                data = {"missed": str(missed[contract_id]), "place": str(row.place), "of": str(row.places)}
                found.append((counter, row.party_id, rule, data))
    return found


def _is_among_the_last(row: CounterScore) -> bool:
    return row.place is not None and row.places >= FEWEST and row.place > row.places - LAST


def _months_agreed(contracts: Iterable[int], month: date) -> dict[int, tuple[int, int]]:
    """The months missed until a counter may be moved and the contract ended, by the terms in force at the month's end."""
    versions = ContractVersion.objects.filter(
        contract__in=contracts, status=ContractVersion.Status.SIGNED, effective_on__lte=month_end(month)
    )
    rows = versions.order_by("effective_on", "number").values_list("contract_id", "move_after", "end_after")
    return {contract_id: (move_after, end_after) for contract_id, move_after, end_after in rows}


def months_missed(contracts: dict[int, list[int]], month: date) -> dict[int, int]:
    """For each contract in how many calculated months so far its counters together sold less than the target."""
    targets = MonthTarget.objects.filter(contract__in=contracts, month_on__lte=month)
    wanted = {(one.contract_id, one.month_on): one.sales for one in targets}
    counters = {counter for held in contracts.values() for counter in held}
    months = {on for _contract, on in wanted}
    sold: dict[tuple[int, date], Decimal] = {}
    rows = CounterScore.objects.filter(counter__in=counters, period__month__in=months)
    for counter, on, net in rows.values_list("counter_id", "period__month", "net_sales"):
        sold[counter, on] = net
    missed: dict[int, int] = defaultdict(int)
    for (contract_id, on), target in wanted.items():
        known = [sold[counter, on] for counter in contracts[contract_id] if (counter, on) in sold]
        if known and sum(known, ZERO) < target:
            missed[contract_id] += 1
    return missed


def _tell(party_id: int | None, notice: BottomNotice) -> None:
    party = Party.objects.select_related("buyer").filter(pk=party_id).first()
    if party is None:
        return
    url = reverse("suppliers:counter_scores", args=[notice.counter_id])
    for user in buyers_of(party):
        with translation.override(user.language):
            text = _("%(counter)s (%(supplier)s): %(rule)s") % {
                "counter": notice.counter.label,
                "supplier": party.label,
                "rule": notice.get_rule_display(),
            }
            notify(users=[user], text=text, url=url)
