"""The statements that paint a picture of the pyramid; `campaigns.services.pyramids` says what they mean."""

ALIVE = "e.merged_into_id IS NULL AND e.erased_at IS NULL AND e.status <> 'closed'"

# What narrows each statement to one store.
SCOPES = {
    "lines_of_store": "AND l.store_id = %(store)s",
    "receipts_of_store": "AND r.store_id = %(store)s",
    "members_of_store": "AND e.home_store_id = %(store)s",
    "contacts_of_store": "AND c.store_id = %(store)s",
}

# One pass over the lines of the period, one over its receipts.
BOUGHT = f"""
CREATE TEMP TABLE pyramid_bought AS
WITH rate AS MATERIALIZED (
    SELECT * FROM unnest(%(counters)s::bigint[], %(rates)s::numeric[]) AS t (counter_id, rate)
), line AS (
    SELECT l.member_id, sum(l.net_amount) AS spend,
        round(sum(l.net_amount * coalesce(rate.rate, %(usual)s)), 2) AS profit,
        coalesce(sum(l.net_amount) FILTER (WHERE l.discount_amount <> 0), 0) AS discounted
    FROM sales_receiptline l LEFT JOIN rate USING (counter_id)
    WHERE l.sold_on BETWEEN %(first)s AND %(last)s AND l.member_id IS NOT NULL {{lines_of_store}}
    GROUP BY 1
), slip AS (
    SELECT r.member_id, count(*)::int AS receipts, max(r.sold_on) AS last_on
    FROM sales_receipt r
    WHERE r.sold_on BETWEEN %(first)s AND %(last)s AND r.member_id IS NOT NULL AND r.kind = 'sale'
        AND NOT r.is_reversed {{receipts_of_store}}
    GROUP BY 1
)
SELECT line.member_id, spend, profit, discounted, receipts, last_on
FROM line JOIN slip USING (member_id) JOIN members_member e ON e.id = line.member_id
WHERE spend > 0 AND {ALIVE}
"""

SCORED = """
CREATE TEMP TABLE pyramid_scored AS
SELECT member_id, spend, profit, discounted, receipts, last_on,
    row_number() OVER (ORDER BY spend DESC, last_on DESC, receipts DESC, member_id)::int AS rank,
    rank() OVER (ORDER BY spend DESC)::int AS spend_rank
FROM pyramid_bought
"""

# A score is one and the whole fifths of the buyers who stand strictly below: equal figures, equal scores.
_FIFTHS = "SELECT {by}, div(5 * (sum(n) OVER (ORDER BY {worst_first}) - n), %(n)s)::smallint + 1::smallint AS {score}" \
    " FROM (SELECT {by}, count(*) AS n FROM pyramid_scored GROUP BY 1) AS t"  # fmt: skip
BY_QUINTILES = (
    f"rs AS ({_FIFTHS.format(by='last_on', worst_first='last_on', score='r')}),"
    f" fs AS ({_FIFTHS.format(by='receipts', worst_first='receipts', score='f')}),"
    f" ms AS ({_FIFTHS.format(by='spend_rank', worst_first='spend_rank DESC', score='m')})"
)

# Limits of the store: a purchase at most so many days ago, at least so many purchases, at least so many yuan.
BY_CUTS = """
rs AS (SELECT DISTINCT last_on,
           (5 - (SELECT count(*) FROM unnest(%(recency)s::int[]) AS c WHERE %(last)s - last_on > c))::smallint AS r
       FROM pyramid_scored),
fs AS (SELECT DISTINCT receipts, (1 + width_bucket(receipts, %(frequency)s::int[]))::smallint AS f
       FROM pyramid_scored),
ms AS (SELECT spend_rank, (1 + width_bucket(min(spend), %(spend)s::numeric[]))::smallint AS m
       FROM pyramid_scored GROUP BY 1)
"""

FILL = f"""
CREATE TABLE {{table}} AS
WITH {{scores}}
SELECT %(pyramid)s::bigint AS pyramid_id, member_id, spend::numeric(17,2), profit::numeric(17,2),
    discounted::numeric(17,2), rank::int, receipts::int, last_on::date, layer::smallint, r::smallint, f::smallint,
    m::smallint
FROM (
    SELECT member_id, spend, profit, discounted, rank, receipts, last_on,
        CASE WHEN rank <= ceil(%(n)s * 0.01) THEN 1 WHEN rank <= ceil(%(n)s * 0.05) THEN 2
             WHEN rank <= ceil(%(n)s * 0.20) THEN 3 ELSE 4 END AS layer, r, f, m
    FROM pyramid_scored JOIN rs USING (last_on) JOIN fs USING (receipts) JOIN ms USING (spend_rank)
    UNION ALL
    SELECT e.id, 0, 0, 0, NULL, 0, NULL, CASE WHEN s.first_bought_on <= %(last)s THEN 5 ELSE 6 END, NULL, NULL, NULL
    FROM members_member e LEFT JOIN sales_memberstat s ON s.member_id = e.id
    WHERE {ALIVE} AND e.enrolled_on <= %(last)s
        AND NOT EXISTS (SELECT 1 FROM pyramid_bought b WHERE b.member_id = e.id) {{members_of_store}}
) AS stood
"""

ATTACH = (
    "ALTER TABLE {table} ALTER pyramid_id SET NOT NULL, ALTER member_id SET NOT NULL, ALTER spend SET NOT NULL,"
    " ALTER profit SET NOT NULL, ALTER discounted SET NOT NULL, ALTER receipts SET NOT NULL,"
    " ALTER layer SET NOT NULL, ADD PRIMARY KEY (pyramid_id, member_id),"
    " ADD CONSTRAINT campaigns_pyramidmember_buyers_have_ranks CHECK ((layer BETWEEN 1 AND 4) = (rank IS NOT NULL)),"
    " ADD CONSTRAINT {table}_is_one CHECK (pyramid_id = {pyramid})",
    "CREATE INDEX ON {table} (member_id)",
    "CREATE INDEX ON {table} (pyramid_id, layer, rank)",
    "ALTER TABLE campaigns_pyramidmember ATTACH PARTITION {table} FOR VALUES IN ({pyramid})",
    "ALTER TABLE {table} DROP CONSTRAINT {table}_is_one",
)

CELLS = """
INSERT INTO campaigns_pyramidcell (pyramid_id, layer, r, f, m, tenth, members, receipts, spend, profit, lowest, highest)
SELECT pyramid_id, layer, r, f, m,
    CASE WHEN layer <= 4 THEN floor(10 * least(greatest(discounted / spend, 0), 1)) END,
    count(*), sum(receipts), sum(spend), sum(profit), min(spend), max(spend)
FROM {table} GROUP BY 1, 2, 3, 4, 5, 6
"""

ONLOOKERS = """
INSERT INTO campaigns_pyramidcell (pyramid_id, layer, members, receipts, spend, profit, lowest, highest)
SELECT %(pyramid)s, 7, count(*), 0, 0, 0, 0, 0 FROM members_contact c
WHERE (c.noted_at AT TIME ZONE 'Asia/Shanghai')::date <= %(last)s
    AND (c.converted_at IS NULL OR (c.converted_at AT TIME ZONE 'Asia/Shanghai')::date > %(last)s) {contacts_of_store}
HAVING count(*) > 0
"""

SHARES = (50, 60, 70, 80, 90, 95)
_FIRST = ", ".join(f"min(rank) FILTER (WHERE so_far * 100 >= total * {share})" for share in SHARES)
STEPS = f"""
INSERT INTO campaigns_pyramidstep (pyramid_id, share, members, spend)
SELECT %(pyramid)s, first.share, p.rank, p.spend
FROM (SELECT unnest(ARRAY{list(SHARES)}) AS share, unnest(ARRAY[{_FIRST}]) AS rank
      FROM (SELECT rank, sum(profit) OVER (ORDER BY rank) AS so_far, sum(profit) OVER () AS total
            FROM {{table}} WHERE rank IS NOT NULL) AS t WHERE total > 0) AS first
JOIN {{table}} p ON p.rank = first.rank
"""

MOVES = """
INSERT INTO campaigns_pyramidmove (before_id, after_id, from_layer, to_layer, members, spend_before, spend_after)
SELECT %(before)s, %(after)s, b.layer, a.layer, count(*), coalesce(sum(b.spend), 0), coalesce(sum(a.spend), 0)
FROM (SELECT member_id, layer, spend FROM campaigns_pyramidmember WHERE pyramid_id = %(before)s) b
FULL JOIN (SELECT member_id, layer, spend FROM campaigns_pyramidmember WHERE pyramid_id = %(after)s) a USING (member_id)
GROUP BY b.layer, a.layer
ON CONFLICT DO NOTHING
"""
