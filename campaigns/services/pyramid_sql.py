"""The statements that paint a picture of the pyramid; `campaigns.services.pyramids` says what they mean."""

ALIVE = "e.merged_into_id IS NULL AND e.erased_at IS NULL AND e.status <> 'closed'"

# What narrows each statement to one store.
SCOPES = {
    "lines_of_store": "AND l.store_id = %(store)s",
    "receipts_of_store": "AND r.store_id = %(store)s",
    "members_of_store": "AND e.home_store_id = %(store)s",
    "contacts_of_store": "AND c.store_id = %(store)s",
}

# One pass over the lines of the period, one over its receipts. Fen and their ten-thousandths are added up as whole
# numbers in float8: exact below 2^53 (nine thousand million yuan a member), and a third of the time of numeric, whose
# partial sums parallel workers would have to hand over as text. The table lives as long as the transaction; it is no
# temporary one, because parallel workers cannot read those.
BOUGHT = f"""
CREATE UNLOGGED TABLE {{bought}} AS
WITH line AS (
    SELECT l.member_id, sum(((l.net_amount * 100)::int8 * coalesce(rate.rate, %(usual)s))::float8) AS kept,
        coalesce(sum((l.net_amount * 100)::int8::float8) FILTER (WHERE l.discount_amount = 0), 0) AS fen_plain,
        coalesce(sum((l.net_amount * 100)::int8::float8) FILTER (WHERE l.discount_amount <> 0), 0) AS fen_discounted
    FROM sales_receiptline l
    LEFT JOIN unnest(%(counters)s::bigint[], %(rates)s::bigint[]) AS rate (counter_id, rate) USING (counter_id)
    WHERE l.sold_on BETWEEN %(first)s AND %(last)s AND l.member_id IS NOT NULL {{lines_of_store}}
    GROUP BY 1
), slip AS (
    SELECT r.member_id, count(*)::int AS receipts, max(r.sold_on) AS last_on
    FROM sales_receipt r
    WHERE r.sold_on BETWEEN %(first)s AND %(last)s AND r.member_id IS NOT NULL AND r.kind = 'sale'
        AND NOT r.is_reversed {{receipts_of_store}}
    GROUP BY 1
)
SELECT member_id, (fen_plain + fen_discounted)::int8 AS fen, round(kept / 10000)::int8 AS fen_kept,
    fen_discounted::int8 AS fen_discounted, receipts, last_on
FROM line JOIN slip USING (member_id)
WHERE fen_plain + fen_discounted > 0
    AND NOT EXISTS (SELECT 1 FROM members_member e WHERE e.id = line.member_id AND NOT ({ALIVE}))
"""

# A score is one and the whole fifths of the buyers who stand strictly below: equal figures, equal scores.
_FIFTHS = (
    "SELECT {by}, (1 + 5 * (sum(n) OVER (ORDER BY {by}) - n)::int8 / %(n)s)::smallint AS {score}"
    " FROM (SELECT {by}, count(*) AS n FROM {bought} GROUP BY 1) AS t"
)
BY_QUINTILES = "rs AS ({}), fs AS ({})".format(
    *(_FIFTHS.format(by=by, score=score, bought="{bought}") for by, score in (("last_on", "r"), ("receipts", "f")))
)
SPEND_BY_QUINTILES = "1 + 5 * (%(n)s - at_least) / %(n)s"

# Limits of the store: a purchase at most so many days ago, at least so many purchases, at least so many yuan.
BY_CUTS = """
rs AS (SELECT DISTINCT last_on,
           (5 - (SELECT count(*) FROM unnest(%(recency)s::int[]) AS c WHERE %(last)s - last_on > c))::smallint AS r
       FROM {bought}),
fs AS (SELECT DISTINCT receipts, (1 + width_bucket(receipts, %(frequency)s::int[]))::smallint AS f
       FROM {bought})
"""
SPEND_BY_CUTS = "1 + width_bucket(fen * 0.01, %(spend)s::numeric[])"

FILL = f"""
CREATE TABLE {{table}} AS
WITH {{scores}}, scored AS (
    SELECT member_id, fen, fen_kept, fen_discounted, receipts, last_on,
        row_number() OVER (ORDER BY fen DESC, last_on DESC, receipts DESC, member_id) AS rank,
        count(*) OVER (ORDER BY fen DESC) AS at_least
    FROM {{bought}}
)
SELECT %(pyramid)s::bigint AS pyramid_id, member_id, (fen * 0.01)::numeric(17,2) AS spend,
    (fen_kept * 0.01)::numeric(17,2) AS profit, (fen_discounted * 0.01)::numeric(17,2) AS discounted, rank::int,
    receipts::int, last_on::date, layer::smallint, r::smallint, f::smallint, m::smallint
FROM (
    SELECT member_id, fen, fen_kept, fen_discounted, rank, receipts, last_on,
        CASE WHEN rank <= %(top)s THEN 1 WHEN rank <= %(large)s THEN 2 WHEN rank <= %(medium)s THEN 3 ELSE 4 END AS layer,
        r, f, {{spend_score}} AS m
    FROM scored JOIN rs USING (last_on) JOIN fs USING (receipts)
    UNION ALL
    SELECT e.id, 0, 0, 0, NULL, 0, NULL, CASE WHEN s.first_bought_on <= %(last)s THEN 5 ELSE 6 END, NULL, NULL, NULL
    FROM members_member e LEFT JOIN sales_memberstat s ON s.member_id = e.id
    WHERE {ALIVE} AND e.enrolled_on <= %(last)s
        AND NOT EXISTS (SELECT 1 FROM {{bought}} b WHERE b.member_id = e.id) {{members_of_store}}
) AS stood
"""

ATTACH = (
    "ALTER TABLE {table} ALTER pyramid_id SET NOT NULL, ALTER member_id SET NOT NULL, ALTER spend SET NOT NULL,"
    " ALTER profit SET NOT NULL, ALTER discounted SET NOT NULL, ALTER receipts SET NOT NULL,"
    " ALTER layer SET NOT NULL, ADD PRIMARY KEY (pyramid_id, member_id),"
    " ADD CONSTRAINT campaigns_pyramidmember_buyers_have_ranks CHECK ((layer BETWEEN 1 AND 4) = (rank IS NOT NULL)),"
    " ADD CONSTRAINT {table}_is_one CHECK (pyramid_id = {pyramid})",
    "CREATE INDEX ON {table} (layer, rank)",
    "CREATE INDEX ON {table} (rank) WHERE rank IS NOT NULL",
    "CREATE INDEX ON {table} (r, f, m, rank) WHERE rank IS NOT NULL",
    "ALTER TABLE campaigns_pyramidmember ATTACH PARTITION {table} FOR VALUES IN ({pyramid})",
    "ALTER TABLE {table} DROP CONSTRAINT {table}_is_one",
)

# Read, then written: what a SELECT counts, parallel workers count; what an INSERT selects, one process counts alone.
CELLS = """
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
      FROM (SELECT rank, sum((profit * 100)::int8::float8) OVER (ORDER BY rank) AS so_far FROM {{table}} WHERE rank IS NOT NULL) AS t,
          (SELECT (sum(profit) * 100)::float8 AS total FROM campaigns_pyramidcell WHERE pyramid_id = %(pyramid)s) AS s
      WHERE total > 0) AS first
JOIN {{table}} p ON p.rank = first.rank
"""

MOVES = """
SELECT %(before)s, %(after)s, b.layer, a.layer, count(*), coalesce(sum(b.spend), 0), coalesce(sum(a.spend), 0)
FROM (SELECT member_id, layer, spend FROM campaigns_pyramidmember WHERE pyramid_id = %(before)s) b
FULL JOIN (SELECT member_id, layer, spend FROM campaigns_pyramidmember WHERE pyramid_id = %(after)s) a USING (member_id)
GROUP BY b.layer, a.layer
"""
