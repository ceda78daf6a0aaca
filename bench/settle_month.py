"""Settling a month of a chain: 1,000 counters and 2,000,000 receipt lines, every statement, every printed page."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal

from django.db import connection, connections
from django.utils import timezone

from bench.database import database
from bench.figures import Run
from bench.registry import bench
from kit.partitions import ensure_months, forget
from stores.models import Brand, Category, Counter, Store
from suppliers.models import (
    Contract,
    ContractCounter,
    ContractVersion,
    FeeTerm,
    FeeType,
    Party,
    RateRule,
    RateTier,
    SettledTotal,
    Settlement,
    SettlementLine,
)
from suppliers.services.prints import statement_pdf
from suppliers.services.settlement import run_month
from suppliers.settling.spans import add_months, month_end

COUNTERS = 1_000
LINES = 2_000_000
LINES_A_RECEIPT = 4
SECONDS, PDF_SECONDS = 20, 120

LINE_ROWS = """
INSERT INTO sales_receiptline (sold_on, receipt_id, line_no, store_id, counter_id, brand_id, category_id, product_id,
    member_id, is_service, quantity, unit_price, discount_amount, net_amount)
SELECT %(first)s::date + (g %% %(days)s)::int, g / 4, g %% 4, c.store_id, c.id, c.brand_id,
    (%(categories)s::bigint[])[1 + g %% 3], g %% 20000, NULL, false, CASE WHEN g %% 50 = 0 THEN -1 ELSE 1 END,
    10 + g %% 990, 0, CASE WHEN g %% 50 = 0 THEN -1 ELSE 1 END * (10 + g %% 990)::numeric
FROM generate_series(1, %(lines)s) AS g
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS n FROM stores_counter) c ON c.n = g::bigint * 7919 %% %(counters)s"""

# The statement a settlement cannot do without: every line of the month, once.
SCAN = """
SELECT count(*) FROM (SELECT counter_id, sold_on, category_id, brand_id, sum(net_amount), sum(quantity)
    FROM sales_receiptline WHERE sold_on BETWEEN %s AND %s GROUP BY 1, 2, 3, 4) t"""


@bench("settle-month", "A month of 1,000 counters and 2,000,000 receipt lines: all statements, all printed")
def settle_month(run: Run) -> None:
    """`--receipts` sets the number of receipts; each has four lines. Limit: one GROUP BY over the same lines."""
    lines = (run.receipts or LINES // LINES_A_RECEIPT) * LINES_A_RECEIPT
    month = add_months(timezone.localdate().replace(day=1), -1)
    forget()
    with database(f"settle_{lines}_{month:%Y%m}", lambda: _fill(lines, month)):
        _forget_settled()
        store_ids = list(Store.objects.values_list("pk", flat=True))
        scan = min(_timed(lambda: _scan(month)) for _try in range(3))
        begun = time.perf_counter()
        outcome = run_month(month_on=month, actor=None, store_ids=store_ids)
        seconds = time.perf_counter() - begun
        again = _timed(lambda: run_month(month_on=month, actor=None, store_ids=store_ids))
        if outcome.calculated != COUNTERS:
            raise SystemExit(f"{outcome.calculated} settlements calculated: {outcome.skipped[:3]}")
        run.figure("seconds", seconds, "s", n=COUNTERS, limit=SECONDS)
        run.figure("rate", lines / seconds, "1/s", n=lines, limit=lines / scan)
        run.figure("ratio", scan / seconds, "", n=lines)
        run.figure("again.seconds", again, "s", n=COUNTERS, limit=SECONDS)
        ids = list(Settlement.objects.order_by("pk").values_list("pk", flat=True))
        connections.close_all()
        begun = time.perf_counter()
        with ProcessPoolExecutor(2) as pool:
            sizes = list(pool.map(_printed, (ids[0::2], ids[1::2])))
        run.figure("pdf.seconds", time.perf_counter() - begun, "s", n=sum(sizes), limit=PDF_SECONDS)
    forget()


def _printed(ids: list[int]) -> int:
    """Print some statements in a process of its own."""
    connections.close_all()
    rows = Settlement.objects.select_related("contract", "party", "store").prefetch_related("lines")
    return sum(1 for row in rows.filter(pk__in=ids) if statement_pdf(row, list(row.lines.all())))


def _timed(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


def _scan(month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SCAN, [month, month_end(month)])


def _forget_settled() -> None:
    for model in (SettledTotal, SettlementLine):
        model.objects.all()._raw_delete("default")
    Settlement.objects.all().delete()


def _fill(lines: int, month: date) -> None:
    categories = [Category.objects.create(code=f"c{n}", name=f"品类{n}") for n in range(3)]
    store = Store.objects.create(code="B1", name="结算店")
    brands = Brand.objects.bulk_create(Brand(code=f"b{n}", name=f"品牌{n}") for n in range(COUNTERS))
    counters = Counter.objects.bulk_create(
        Counter(store=store, code=f"{n:04}", name=f"专柜{n}", brand=brands[n], category=categories[n % 3])
        for n in range(COUNTERS)
    )
    ensure_months(("sales_receiptline",), [month])
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            LINE_ROWS,
            {
                "first": month,
                "days": month_end(month).day,
                "lines": lines,
                "counters": COUNTERS,
                "categories": [one.pk for one in categories],
            },
        )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    _contracts(store, counters, categories, month)


def _contracts(store: Store, counters: list[Counter], categories: list[Category], month: date) -> None:
    """A contract a counter, of every kind: guarantees, tiers, rent, cumulative, rates of goods, a monthly fee."""
    parties = Party.objects.bulk_create(Party(code=f"S{n:06}", name=f"供应商{n}有限公司") for n in range(COUNTERS))
    starts_on, ends_on = month.replace(month=1, day=1), month.replace(month=12, day=31)
    contracts = Contract.objects.bulk_create(
        Contract(
            number=f"HT{n:05}", party=parties[n], store=store, state="active", starts_on=starts_on, ends_on=ends_on,
            settled_from_on=month,
        )
        for n in range(COUNTERS)
    )  # fmt: skip
    ContractCounter.objects.bulk_create(
        ContractCounter(contract=contracts[n], counter=one, from_on=starts_on, until_on=ends_on, is_signed=True)
        for n, one in enumerate(counters)
    )
    kinds = (
        {"guarantee": "sales", "guaranteed": Decimal(1_200_000)},
        {"guarantee": "margin", "guaranteed": Decimal(150_000), "horizon": "cumulative"},
        {"mode": "marginal"},
        {"mode": "rent", "rent": Decimal(60_000)},
    )
    versions = ContractVersion.objects.bulk_create(
        ContractVersion(
            contract=one, number=1, status="draft", effective_on=starts_on, until_on=ends_on,
            base_rate=Decimal("0.25"), **kinds[n % len(kinds)],
        )
        for n, one in enumerate(contracts)
    )  # fmt: skip
    fee = FeeType.objects.create(code="M", name="管理费", nature="management")
    RateRule.objects.bulk_create(
        RateRule(version=one, category=categories[2], rate=Decimal("0.18")) for one in versions
    )
    RateTier.objects.bulk_create(
        RateTier(version=one, lower=lower, rate=rate)
        for one in versions
        if one.mode == "marginal"
        for lower, rate in ((Decimal(0), Decimal("0.25")), (Decimal(500_000), Decimal("0.22")))
    )
    FeeTerm.objects.bulk_create(FeeTerm(version=one, fee_type=fee, amount=Decimal(2000)) for one in versions)
    ContractVersion.objects.filter(pk__in=[one.pk for one in versions]).update(status="signed", signed_on=starts_on)
