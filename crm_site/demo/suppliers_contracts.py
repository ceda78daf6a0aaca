"""Contracts of the demo: one per supplier and store, three months settled, an amendment waiting for approval."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from sales.selectors.counted import month_sums
from staff.models import User
from stores.models import Counter
from suppliers.models import (
    Contract,
    ContractCounter,
    ContractVersion,
    DepositEntry,
    FeeCharge,
    FeeTerm,
    FeeType,
    MonthTarget,
    Party,
    RateTier,
    Settlement,
)
from suppliers.services.contracts import amend_contract, change_draft, copied_terms, submit_version
from suppliers.services.settlement import run_month
from suppliers.services.statements import dispute_settlement, send_settlement, window_of
from suppliers.settling.spans import add_months, month_end

SEED: Final = 20261126
FEES = (
    ("MG", "物业管理费", "Management fee", "management"),
    ("UT", "水电费", "Water and power", "utilities"),
    ("ST", "员工培训工装费", "Training and uniforms", "staff"),
    ("PR", "促销服务费", "Promotion service", "promotion"),
    ("JC", "进场费", "Entry charge", "signing"),
    ("SK", "刷卡手续费", "Card handling", "card_handling"),
)
RATES = {
    "gold": "0.08", "watch": "0.15", "food": "0.16", "liquor": "0.14", "tobacco": "0.06", "tea": "0.18",
    "beauty": "0.22", "fragrance": "0.24", "cafe": "0.12", "kitchen": "0.15", "sport": "0.20",
}  # fmt: skip
State = Settlement.State


def build_contracts(people: dict[str, User], today: date) -> None:
    """Contracts about every counter of a supplier, and the settlements of the last three months."""
    rng = random.Random(SEED)  # noqa: S311 - the fixed seed is the point
    kinds = {
        code: FeeType.objects.create(code=code, name=name, name_en=name_en, nature=nature)
        for code, name, name_en, nature in FEES
    }
    month = today.replace(day=1)
    contracts = _contracts(people["buyer"], rng, today, add_months(month, -3))
    _versions(contracts, kinds, rng, people["buyer"])
    for number in (3, 2, 1):
        _settle(add_months(month, -number), number, people["finance"])
    _amendment(people["buyer"], month)


def _places() -> dict[tuple[int, int], list[Counter]]:
    """The counters of each supplier in each store."""
    brands = dict(Party.brands.through.objects.values_list("brand_id", "party_id"))
    found: dict[tuple[int, int], list[Counter]] = {}
    for counter in Counter.objects.filter(brand__in=list(brands)).select_related("category").order_by("pk"):
        found.setdefault((brands[counter.brand_id], counter.store_id), []).append(counter)
    return found


def _contracts(
    buyer: User, rng: random.Random, today: date, settled_from_on: date
) -> list[tuple[Contract, list[Counter]]]:
    places = _places()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('suppliers_contract_no') FROM generate_series(1, %s)", [len(places)])
        numbers = [row[0] for row in cursor.fetchall()]
    rows = []
    for number, (party_id, store_id) in zip(numbers, places, strict=True):
        starts_on = date(today.year, rng.choice((1, 1, 3, 4, 7)), 1)
        # A few end soon, so that reminders and the list have something to say.
        ends_on = today + timedelta(days=rng.choice((45, 75))) if rng.random() < 0.06 else date(today.year + 1, 12, 31)
        rows.append(
            Contract(
                number=f"HT{today.year}-{number:05d}",
                party_id=party_id,
                store_id=store_id,
                kind=Contract.Kind.CONCESSION,
                state=Contract.State.ACTIVE,
                starts_on=starts_on,
                ends_on=ends_on,
                settled_from_on=max(starts_on, settled_from_on),
                buyer=buyer,
                created_by=buyer,
            )
        )
    Contract.objects.bulk_create(rows)
    found = list(zip(rows, places.values(), strict=True))
    ContractCounter.objects.bulk_create(
        ContractCounter(contract=row, counter=one, from_on=row.starts_on, until_on=row.ends_on, is_signed=True)
        for row, counters in found
        for one in counters
    )
    return found


def _terms(rate: Decimal, guaranteed: int, rng: random.Random) -> dict[str, Any]:
    """A mixture of what is customary."""
    return rng.choice(
        (
            {},
            {"guarantee": "sales", "guaranteed": guaranteed, "promotion_share": Decimal("0.3")},
            {"guarantee": "sales", "guaranteed": guaranteed, "excess": "above", "excess_rate": rate - Decimal("0.02")},
            {"guarantee": "margin", "guaranteed": int(guaranteed * rate), "horizon": "cumulative"},
            {"mode": "marginal"},
        )
    )


def _month_sales(contracts: list[tuple[Contract, list[Counter]]]) -> dict[int, Decimal]:
    """What each counter sold in an average month of the last six."""
    first = add_months(timezone.localdate().replace(day=1), -6)
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    found: dict[int, Decimal] = defaultdict(Decimal)
    sums = month_sums([one.pk for _row, counters in contracts for one in counters], first, last)
    for (counter, _month), amount in sums.items():
        found[counter] += amount / 6
    return found


def _guaranteed(sales: Decimal, rng: random.Random) -> int:
    """A guarantee that some months miss."""
    return max(1000, int(sales * rng.randrange(60, 105) / 100) // 1000 * 1000)


def _versions(
    contracts: list[tuple[Contract, list[Counter]]], kinds: dict[str, FeeType], rng: random.Random, buyer: User
) -> None:
    versions, fees, tiers, deposits, targets = [], [], [], [], []
    sales = _month_sales(contracts)
    for row, counters in contracts:
        rate = Decimal(RATES.get(counters[0].category.code, "0.25"))
        guaranteed = _guaranteed(sum((sales[one.pk] for one in counters), Decimal(0)), rng)
        version = ContractVersion(
            contract=row, number=1, effective_on=row.starts_on, until_on=row.ends_on, base_rate=rate,
            deposit_required=30_000, created_by=buyer, **_terms(rate, guaranteed, rng),
        )  # fmt: skip
        versions.append(version)
        area = sum((one.area_sqm or Decimal(0) for one in counters), Decimal(0))
        fees.append(FeeTerm(version=version, fee_type=kinds["MG"], amount=round(area * 4, 2) or 300))
        if rng.random() < 0.4:
            fees.append(FeeTerm(version=version, fee_type=kinds["UT"], amount=60, recurrence="weekly", payment="after"))
        if version.mode == ContractVersion.Mode.MARGINAL:
            lower = Decimal(guaranteed)
            tiers.append(RateTier(version=version, lower=0, rate=rate))
            tiers.append(RateTier(version=version, lower=lower, rate=rate - Decimal("0.02")))
        deposits.append(
            DepositEntry(
                contract=row, kind="paid", amount=30_000, happened_on=row.starts_on, key="demo", created_by=buyer
            )
        )
        month = timezone.localdate().replace(day=1)
        targets.append(MonthTarget(contract=row, month_on=month, sales=guaranteed))
    ContractVersion.objects.bulk_create(versions)
    FeeTerm.objects.bulk_create(fees)
    RateTier.objects.bulk_create(tiers)
    DepositEntry.objects.bulk_create(deposits)
    MonthTarget.objects.bulk_create(targets)
    ContractVersion.objects.filter(pk__in=[one.pk for one in versions]).update(
        status=ContractVersion.Status.SIGNED, signed_on=F("effective_on"), signatory="授权代表"
    )


def _settle(month: date, ago: int, finance: User) -> None:
    """A month of every store: the oldest is paid, the next answered, the last one only calculated."""
    stores = list(Contract.objects.order_by().values_list("store", flat=True).distinct())
    run_month(month_on=month, actor=finance, store_ids=stores)
    rows = Settlement.objects.filter(first_on__range=(month, month_end(month)))
    if ago == 1:
        return
    owner = rows.filter(contract=OuterRef("contract"))
    FeeCharge.objects.filter(state=FeeCharge.State.OPEN, invoiced_on__lte=month_end(month)).filter(
        contract__in=rows.values("contract")
    ).update(state=FeeCharge.State.SETTLED, settlement=Subquery(owner.values("pk")[:1]))
    now = timezone.now()
    answer_by, pay_by = window_of(month_end(month))
    rows.update(state=State.CONFIRMED, sent_at=now, answer_by_on=answer_by, pay_by_on=pay_by)
    if ago == 3:
        rows.update(state=State.APPROVED, approved_at=now, answered_at=now)
        rows.update(state=State.PAID, paid_on=pay_by, paid_reference="DEMO")
        return
    rows.update(state=State.ACCEPTED, answered_at=now, answered_name="授权代表")
    first, second, third = rows.order_by("pk")[:3]
    Settlement.objects.filter(pk__in=[first.pk, second.pk]).update(state=State.CONFIRMED)
    for one in (first, second):
        send_settlement(settlement_id=one.pk, actor=finance)
    line = first.lines.order_by("position").first()
    dispute_settlement(settlement_id=first.pk, reasons={line.pk: "本月 18 日一笔退货未冲减，请核对。"}, name="李经理")
    Settlement.objects.filter(pk=third.pk).update(state=State.APPROVED, approved_at=now)


def _amendment(buyer: User, month: date) -> None:
    """One amendment under approval."""
    contract = Contract.objects.filter(store__in=buyer.stores.all() or [], ends_on__gt=add_months(month, 4)).first()
    contract = contract or Contract.objects.filter(ends_on__gt=add_months(month, 4)).order_by("pk").first()
    version = amend_contract(contract_id=contract.pk, effective_on=add_months(month, 1), actor=buyer)
    terms = copied_terms(version)
    terms.values["base_rate"] += Decimal("0.02")
    for fee in terms.fees:
        fee["fee_type"] = FeeType.objects.get(pk=fee.pop("fee_type_id"))
    change_draft(
        version_id=version.pk, terms=terms, effective_on=version.effective_on, ends_on=version.until_on, actor=buyer
    )
    submit_version(version_id=version.pk, actor=buyer, comment="续约谈定，扣点上调两个点。")
