"""Figures kept beside the receipts: per member, per counter and hour, per store and hour.

Each is a plain function of the receipts, so a rebuild from all receipts gives the same to the fen.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from kit.money import ZERO
from kit.prepared import execute_prepared
from sales.models import MemberStat
from sales.services.drafts import RETURN, SALE, ReceiptDraft

# Concurrent postings of one store write to different rows: the slot is the connection's.
SLOTS = 16
TOGETHER = 100
MEMBERS_AT_ONCE = 5000
FEW_MEMBERS = 20

MEMBER_STAT = """
INSERT INTO sales_memberstat AS s (
    member_id, as_of_on, first_bought_on, last_bought_on, last_visit_on, receipts_30, receipts_90, receipts_365,
    receipts_life, returns_life, spend_30, spend_90, spend_365, spend_life, average_basket, discount_share,
    favourite_brands, favourite_counters, favourite_categories, usual_weekday)
WITH bought AS (
    SELECT r.member_id,
        min(r.sold_on) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed) AS first_bought_on,
        max(r.sold_on) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed) AS last_bought_on,
        max(r.sold_on) FILTER (WHERE r.kind <> 'reversal' AND NOT r.is_reversed) AS last_visit_on,
        count(*) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed AND r.sold_on > %(as_of)s - 30) AS receipts_30,
        count(*) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed AND r.sold_on > %(as_of)s - 90) AS receipts_90,
        count(*) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed AND r.sold_on > %(as_of)s - 365) AS receipts_365,
        count(*) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed) AS receipts_life,
        count(*) FILTER (WHERE r.kind = 'return' AND NOT r.is_reversed) AS returns_life,
        coalesce(sum(r.net_amount) FILTER (WHERE r.sold_on > %(as_of)s - 30), 0) AS spend_30,
        coalesce(sum(r.net_amount) FILTER (WHERE r.sold_on > %(as_of)s - 90), 0) AS spend_90,
        coalesce(sum(r.net_amount) FILTER (WHERE r.sold_on > %(as_of)s - 365), 0) AS spend_365,
        sum(r.net_amount) AS spend_life,
        coalesce(avg(r.net_amount) FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed), 0) AS average_basket,
        mode() WITHIN GROUP (ORDER BY extract(isodow FROM r.sold_on)::smallint)
            FILTER (WHERE r.kind = 'sale' AND NOT r.is_reversed) AS usual_weekday
    FROM sales_receipt r WHERE {scope} GROUP BY r.member_id
), taste AS (
    SELECT r.member_id, l.brand_id, l.counter_id, l.category_id,
        grouping(l.brand_id, l.counter_id, l.category_id) AS kind, sum(l.net_amount) AS amount,
        sum(l.net_amount) FILTER (WHERE l.discount_amount <> 0) AS discounted
    FROM sales_receipt r JOIN sales_receiptline l ON l.sold_on = r.sold_on AND l.receipt_id = r.id
    WHERE {scope} AND r.sold_on > %(as_of)s - 365 AND l.sold_on > %(as_of)s - 365
    GROUP BY GROUPING SETS (
        (r.member_id, l.brand_id), (r.member_id, l.counter_id), (r.member_id, l.category_id), (r.member_id))
    HAVING sum(l.net_amount) > 0
), favourite AS (
    SELECT member_id,
        (array_agg(brand_id ORDER BY amount DESC, brand_id)
            FILTER (WHERE kind = 3 AND brand_id IS NOT NULL))[1:3] AS brands,
        (array_agg(counter_id ORDER BY amount DESC, counter_id)
            FILTER (WHERE kind = 5 AND counter_id IS NOT NULL))[1:3] AS counters,
        (array_agg(category_id ORDER BY amount DESC, category_id)
            FILTER (WHERE kind = 6 AND category_id IS NOT NULL))[1:3] AS categories,
        max(round(greatest(least(discounted / amount, 1), 0), 4)) FILTER (WHERE kind = 7) AS discount_share
    FROM taste GROUP BY member_id
)
SELECT b.member_id, %(as_of)s, b.first_bought_on, b.last_bought_on, b.last_visit_on, b.receipts_30, b.receipts_90,
    b.receipts_365, b.receipts_life, b.returns_life, b.spend_30, b.spend_90, b.spend_365, b.spend_life,
    round(b.average_basket, 2), coalesce(f.discount_share, 0), coalesce(f.brands, '{{}}'), coalesce(f.counters, '{{}}'),
    coalesce(f.categories, '{{}}'), b.usual_weekday
FROM bought b LEFT JOIN favourite f USING (member_id)
ORDER BY b.member_id
ON CONFLICT (member_id) DO UPDATE SET
    as_of_on = EXCLUDED.as_of_on, first_bought_on = EXCLUDED.first_bought_on,
    last_bought_on = EXCLUDED.last_bought_on, last_visit_on = EXCLUDED.last_visit_on,
    receipts_30 = EXCLUDED.receipts_30, receipts_90 = EXCLUDED.receipts_90, receipts_365 = EXCLUDED.receipts_365,
    receipts_life = EXCLUDED.receipts_life, returns_life = EXCLUDED.returns_life, spend_30 = EXCLUDED.spend_30,
    spend_90 = EXCLUDED.spend_90, spend_365 = EXCLUDED.spend_365, spend_life = EXCLUDED.spend_life,
    average_basket = EXCLUDED.average_basket, discount_share = EXCLUDED.discount_share,
    favourite_brands = EXCLUDED.favourite_brands, favourite_counters = EXCLUDED.favourite_counters,
    favourite_categories = EXCLUDED.favourite_categories, usual_weekday = EXCLUDED.usual_weekday
"""

LOCK_MEMBER_STATS = """
INSERT INTO sales_memberstat AS s (
    member_id, as_of_on, receipts_30, receipts_90, receipts_365, receipts_life, returns_life, spend_30, spend_90,
    spend_365, spend_life, average_basket, discount_share, favourite_brands, favourite_counters, favourite_categories)
SELECT id, %(as_of)s, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', '{}', '{}'
FROM unnest(%(members)s::bigint[]) AS id ORDER BY id
ON CONFLICT (member_id) DO UPDATE SET as_of_on = s.as_of_on"""

COUNTER_HOUR = """
INSERT INTO sales_counterhour AS t (sold_on, hour, store_id, counter_id, brand_id, is_member, slot, lines, quantity,
    sales_amount, return_amount, discount_amount) VALUES {values}
ON CONFLICT (store_id, sold_on, hour, counter_id, brand_id, is_member, slot) DO UPDATE SET
    lines = t.lines + EXCLUDED.lines, quantity = t.quantity + EXCLUDED.quantity,
    sales_amount = t.sales_amount + EXCLUDED.sales_amount, return_amount = t.return_amount + EXCLUDED.return_amount,
    discount_amount = t.discount_amount + EXCLUDED.discount_amount"""

STORE_HOUR = """
INSERT INTO sales_storehour AS t (sold_on, hour, store_id, channel, is_member, slot, receipts, returns, sales_amount,
    return_amount, discount_amount) VALUES {values}
ON CONFLICT (store_id, sold_on, hour, channel, is_member, slot) DO UPDATE SET
    receipts = t.receipts + EXCLUDED.receipts, returns = t.returns + EXCLUDED.returns,
    sales_amount = t.sales_amount + EXCLUDED.sales_amount, return_amount = t.return_amount + EXCLUDED.return_amount,
    discount_amount = t.discount_amount + EXCLUDED.discount_amount"""

REBUILD_COUNTER_HOUR = """
INSERT INTO sales_counterhour (sold_on, hour, store_id, counter_id, brand_id, is_member, slot, lines, quantity,
    sales_amount, return_amount, discount_amount)
SELECT l.sold_on, extract(hour FROM r.sold_at AT TIME ZONE 'Asia/Shanghai')::smallint, l.store_id, l.counter_id,
    l.brand_id, l.member_id IS NOT NULL, 0, sum(CASE WHEN o.id IS NULL THEN 1 ELSE -1 END), sum(l.quantity),
    coalesce(sum(l.net_amount) FILTER (WHERE coalesce(o.kind, r.kind) = 'sale'), 0),
    coalesce(-sum(l.net_amount) FILTER (WHERE coalesce(o.kind, r.kind) = 'return'), 0),
    sum(l.discount_amount)
FROM sales_receiptline l JOIN sales_receipt r ON r.id = l.receipt_id LEFT JOIN sales_receipt o ON o.id = r.reverses_id
GROUP BY 1, 2, 3, 4, 5, 6"""

REBUILD_STORE_HOUR = """
INSERT INTO sales_storehour (sold_on, hour, store_id, channel, is_member, slot, receipts, returns, sales_amount,
    return_amount, discount_amount)
SELECT r.sold_on, extract(hour FROM r.sold_at AT TIME ZONE 'Asia/Shanghai')::smallint, r.store_id, r.channel,
    r.member_id IS NOT NULL, 0,
    coalesce(sum(CASE WHEN o.id IS NULL THEN 1 ELSE -1 END) FILTER (WHERE coalesce(o.kind, r.kind) = 'sale'), 0),
    coalesce(sum(CASE WHEN o.id IS NULL THEN 1 ELSE -1 END) FILTER (WHERE coalesce(o.kind, r.kind) = 'return'), 0),
    coalesce(sum(r.net_amount) FILTER (WHERE coalesce(o.kind, r.kind) = 'sale'), 0),
    coalesce(-sum(r.net_amount) FILTER (WHERE coalesce(o.kind, r.kind) = 'return'), 0),
    sum(r.discount_amount)
FROM sales_receipt r LEFT JOIN sales_receipt o ON o.id = r.reverses_id
GROUP BY 1, 2, 3, 4, 5"""


def book_posting(receipts: Sequence[ReceiptDraft], *, as_of_on: date) -> None:
    """Bring every figure up to the receipts just posted."""
    refresh_member_stats({receipt.member_id for receipt in receipts if receipt.member_id}, as_of_on=as_of_on)
    _add_hours(receipts)


def refresh_member_stats(member_ids: set[int], *, as_of_on: date) -> None:
    """Recompute the figures of these members from their receipts, as of a day.

    The rows are locked by a statement of their own first: a posting that waited here for another one must count with
    a view of the receipts that includes the other's.
    """
    if not member_ids:
        return
    members = sorted(member_ids)
    sql = MEMBER_STAT.format(scope="r.member_id = ANY(%(members)s)")
    with connection.cursor() as cursor:
        cursor.execute(LOCK_MEMBER_STATS, {"as_of": as_of_on, "members": members})
        if len(members) > FEW_MEMBERS:
            cursor.execute(sql, {"as_of": as_of_on, "members": members})
            return
    # Planning it over a year's partitions takes longer than running it for one member.
    execute_prepared(
        "sales_member_stat",
        types="date, bigint[]",
        sql=sql % {"as_of": "$1", "members": "$2"},
        params=[as_of_on, members],
    )


def roll_member_stats(*, as_of_on: date) -> int:
    """Move the windows of 30, 90 and 365 days to a day; only members whose figures can change are recomputed.

    Those are the members who still had a purchase within 365 days when last computed. Some thousand members a
    transaction, so that no till waits for the night. Running it again on the same day changes nothing. Returns how
    many members were recomputed.
    """
    rolled = 0
    while moving := _behind(as_of_on):
        with transaction.atomic():
            refresh_member_stats({member_id for member_id, can_change in moving if can_change}, as_of_on=as_of_on)
            still = [member_id for member_id, can_change in moving if not can_change]
            MemberStat.objects.filter(member_id__in=still, as_of_on__lt=as_of_on).update(as_of_on=as_of_on)
        rolled += len(moving) - len(still)
    return rolled


def _behind(as_of_on: date) -> list[tuple[int, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id, spend_365 <> 0 OR receipts_365 > 0 OR coalesce(last_visit_on > as_of_on - 365, false)"
            " FROM sales_memberstat WHERE as_of_on < %s LIMIT %s",
            [as_of_on, MEMBERS_AT_ONCE],
        )
        return cursor.fetchall()


@transaction.atomic
def rebuild_figures(*, as_of_on: date) -> None:
    """Throw every figure away and compute it anew from all receipts, set-wise."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE sales_memberstat, sales_counterhour, sales_storehour IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM sales_memberstat")
        cursor.execute(MEMBER_STAT.format(scope="r.member_id IS NOT NULL"), {"as_of": as_of_on})
        cursor.execute("DELETE FROM sales_counterhour")
        cursor.execute(REBUILD_COUNTER_HOUR)
        cursor.execute("DELETE FROM sales_storehour")
        cursor.execute(REBUILD_STORE_HOUR)


def _add_hours(receipts: Sequence[ReceiptDraft]) -> None:
    counters: dict[tuple, list] = defaultdict(lambda: [0, ZERO, ZERO, ZERO, ZERO])
    stores: dict[tuple, list] = defaultdict(lambda: [0, 0, ZERO, ZERO, ZERO])
    for receipt in receipts:
        is_member, is_return = receipt.member_id is not None, receipt.kind == RETURN or receipt.reverses_return
        step = 1 if receipt.kind in (SALE, RETURN) else -1
        sign = receipt.sign
        place = (receipt.sold_on, receipt.hour, receipt.store_id)
        net = sign * receipt.net_amount
        totals = stores[(*place, receipt.channel, is_member)]
        totals[1 if is_return else 0] += step
        totals[3 if is_return else 2] += -net if is_return else net
        totals[4] += sign * receipt.discount_amount
        for line in receipt.lines:
            row = counters[(*place, line.counter_id, line.brand_id, is_member)]
            amount = sign * line.net_amount
            row[0] += step
            row[1] += sign * line.quantity
            row[3 if is_return else 2] += -amount if is_return else amount
            row[4] += sign * line.discount_amount
    if len(counters) + len(stores) <= TOGETHER:
        _upsert([_adding(COUNTER_HOUR, counters), _adding(STORE_HOUR, stores)])
        return
    for sql, totals in ((COUNTER_HOUR, counters), (STORE_HOUR, stores)):
        keys = _in_order(totals)
        for start in range(0, len(keys), 1000):
            _upsert([_adding(sql, {key: totals[key] for key in keys[start : start + 1000]})])


def _in_order(totals: dict[tuple, list]) -> list[tuple]:
    """Keys in one order for everybody, so that concurrent postings never deadlock."""
    return sorted(totals, key=lambda key: tuple((part is None, part or 0) for part in key))


def _adding(sql: str, totals: dict[tuple, list]) -> tuple[str, list]:
    keys = _in_order(totals)
    width, sums = len(keys[0]), len(totals[keys[0]])
    row = "(" + ",".join(["%s"] * width + [f"pg_backend_pid() %% {SLOTS}"] + ["%s"] * sums) + ")"
    params = [value for key in keys for value in (*key, *totals[key])]
    return sql.format(values=",".join([row] * len(keys))), params


def _upsert(statements: Sequence[tuple[str, list]]) -> None:
    """Run one statement, or two as one."""
    sql = statements[-1][0]
    if len(statements) > 1:
        sql = f"WITH first AS ({statements[0][0]}) {sql}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _sql, params in statements for value in params])
