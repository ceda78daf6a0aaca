"""The statements of a result sheet; `campaigns.services.results` says what they mean."""

# Who was assigned to what and when, under the number they have today; somebody who has become one with a treated member
# counts as treated.
UNITS = """
CREATE TEMP TABLE result_unit AS
SELECT coalesce(m.merged_into_id, m.id) AS member_id, max(a.arm) AS arm, min(a.first_on) AS first_on
FROM ({assigned}) AS a JOIN members_member m ON m.id = a.member_id GROUP BY 1
"""
OF_SEND = """
SELECT member_id, arm, %(first)s::date AS first_on FROM campaigns_sendrecipient WHERE send_id = %(send)s AND arm > 0
"""
OF_CAMPAIGN = """
SELECT member_id, CASE WHEN bool_or(arm > 1) THEN 2 ELSE 1 END AS arm, %(first)s::date AS first_on
FROM campaigns_sendrecipient WHERE send_id = ANY(%(sends)s) AND arm > 0 GROUP BY 1
"""
# A journey begins for everybody on a day of their own: the first they entered on.
OF_JOURNEY = """
SELECT member_id, max(arm) AS arm, min(entered_at AT TIME ZONE 'Asia/Shanghai')::date AS first_on
FROM campaigns_journeyenrolment WHERE journey_id = %(journey)s GROUP BY 1
"""

# What each did in the window, before it and after it; days are days with a purchase.
DEEDS = """
CREATE TEMP TABLE result_deed AS
WITH rate AS MATERIALIZED (
    SELECT * FROM unnest(%(counters)s::bigint[], %(rates)s::numeric[]) AS t (counter_id, rate)
), by_day AS (
    SELECT l.member_id, l.sold_on - w.first_on AS since, sum(l.net_amount) AS spend, bool_or(l.quantity > 0) AS bought,
        sum(l.net_amount * coalesce(rate.rate, %(usual)s)) AS kept
    FROM sales_receiptline l JOIN result_unit w USING (member_id) LEFT JOIN rate USING (counter_id)
    WHERE l.sold_on BETWEEN %(before)s AND %(later)s AND {taking_part}
        AND l.sold_on - w.first_on BETWEEN -%(known)s AND %(window)s + %(follow)s - 1
    GROUP BY 1, 2
)
SELECT u.member_id, u.arm,
    coalesce(sum(d.spend) FILTER (WHERE d.since BETWEEN 0 AND %(window)s - 1), 0) AS spend,
    coalesce(sum(d.kept) FILTER (WHERE d.since BETWEEN 0 AND %(window)s - 1), 0) AS kept,
    count(*) FILTER (WHERE d.bought AND d.since BETWEEN 0 AND %(window)s - 1) AS days,
    coalesce(sum(d.spend) FILTER (WHERE d.since < 0), 0) AS spend_before,
    coalesce(sum(d.kept) FILTER (WHERE d.since < 0), 0) AS kept_before,
    count(*) FILTER (WHERE d.bought AND d.since < 0) AS days_before,
    coalesce(sum(d.spend) FILTER (WHERE d.since >= %(window)s), 0) AS spend_later
FROM result_unit u LEFT JOIN by_day d USING (member_id) GROUP BY 1, 2
"""

# The 99.5th percentile of those who bought: one wedding must not decide about a campaign.
CAPS = """
SELECT round(percentile_disc(0.995) WITHIN GROUP (ORDER BY spend) FILTER (WHERE spend > 0), 2),
    percentile_disc(0.995) WITHIN GROUP (ORDER BY kept) FILTER (WHERE kept > 0),
    percentile_disc(0.995) WITHIN GROUP (ORDER BY spend_before) FILTER (WHERE spend_before > 0),
    percentile_disc(0.995) WITHIN GROUP (ORDER BY kept_before) FILTER (WHERE kept_before > 0),
    percentile_disc(0.995) WITHIN GROUP (ORDER BY spend_later) FILTER (WHERE spend_later > 0)
FROM result_deed
"""

METRICS = {
    "buyers": ("(days > 0)::int", "(days_before > 0)::int"),
    "visits": ("days", "days_before"),
    "spend": ("least(spend, %(spend_cap)s)", "least(spend_before, %(before_cap)s)"),
    "kept": ("least(kept, %(kept_cap)s)", "least(kept_before, %(kept_before_cap)s)"),
    "later": ("least(spend_later, %(later_cap)s)", "least(spend_before, %(before_cap)s)"),
}
_SUMS = (
    "count(*) FILTER (WHERE {y} <> 0)", "sum({y})", "sum({y} * {y})", "sum({x})", "sum({x} * {x})", "sum({x} * {y})",
)  # fmt: skip
ARMS = (
    "SELECT arm, count(*), "
    + ", ".join(
        f"coalesce({one.format(y=f'({y})::float8', x=f'({x})::float8')}, 0)"
        for y, x in METRICS.values()
        for one in _SUMS
    )
    + " FROM result_deed GROUP BY arm ORDER BY arm"
)

# What the treated bought more or less of than the holdout, by category.
GOODS = """
SELECT l.category_id, (u.arm > 1) AS treated, sum(l.net_amount), count(DISTINCT l.member_id)
FROM sales_receiptline l JOIN result_unit u USING (member_id)
WHERE l.sold_on BETWEEN %(first)s AND %(last)s AND l.sold_on - u.first_on BETWEEN 0 AND %(window)s - 1
    AND l.category_id IS NOT NULL AND {taking_part} GROUP BY 1, 2
"""

# Purchases of a campaign of brands or counters: at the counters that take part, and of its brands in its stores.
EVERYWHERE = "true"
TAKING_PART = (
    "(l.counter_id = ANY(%(at_counters)s::bigint[])"
    " OR l.brand_id = ANY(%(of_brands)s::bigint[]) AND l.store_id = ANY(%(in_stores)s::bigint[]))"
)

# Attribution: receipts of those the message reached, unless a later message reached them before they bought. A call
# reaches when somebody answers it, not when it is put on a list.
ATTRIBUTED = """
SELECT count(*), count(DISTINCT r.member_id), coalesce(sum(r.net_amount), 0)
FROM campaigns_sendrecipient t JOIN campaigns_send s ON s.id = t.send_id JOIN {receipts} r ON r.member_id = t.member_id
WHERE t.send_id = ANY(%(sends)s) AND (t.state = 6 OR t.state = 5 AND s.channel <> 'phone')
    AND r.kind = 'sale' AND NOT r.is_reversed AND r.sold_on BETWEEN %(first)s AND %(last)s
    AND r.sold_at >= CASE WHEN s.channel = 'phone' THEN t.delivered_at ELSE t.accepted_at END
    AND NOT EXISTS (SELECT 1 FROM campaigns_sendrecipient o WHERE o.member_id = t.member_id
        AND o.state IN (5, 6) AND o.send_id <> t.send_id AND o.accepted_at > t.accepted_at AND o.accepted_at <= r.sold_at)
"""
ALL_RECEIPTS = "sales_receipt"
# What of each receipt was bought where the campaign takes part; receipts without such lines are none.
RECEIPTS_TAKING_PART = f"""(
    SELECT h.member_id, h.kind, h.is_reversed, h.sold_on, h.sold_at, part.net_amount
    FROM (SELECT l.receipt_id, sum(l.net_amount) AS net_amount FROM sales_receiptline l
        WHERE l.sold_on BETWEEN %(first)s AND %(last)s AND l.member_id IS NOT NULL AND {TAKING_PART} GROUP BY 1) AS part
    JOIN sales_receipt h ON h.id = part.receipt_id AND h.sold_on BETWEEN %(first)s AND %(last)s)"""
