"""The statements that make receipts and their points, a month at a time, and what follows from all of them."""

GOODS = """
CREATE UNLOGGED TABLE bench_goods AS
SELECT c.store_id, row_number() OVER (PARTITION BY c.store_id ORDER BY p.id, c.id) - 1 AS n, p.id AS product_id,
    p.brand_id, p.category_id, c.id AS counter_id, p.list_price AS price
FROM stores_product p JOIN stores_counter c ON c.brand_id = p.brand_id
JOIN stores_category k ON k.id = p.category_id
WHERE k.code NOT IN ('tobacco', 'goldbar') AND NOT p.is_service AND p.list_price BETWEEN 5 AND 3000"""

# Six in ten receipts are a member's; members who come often come much more often than the others.
SLIPS = """
DROP TABLE IF EXISTS bench_slip;
CREATE UNLOGGED TABLE bench_slip AS
SELECT s.id, s.member_id, s.store_id, s.lines, s.at AS sold_at, (s.at AT TIME ZONE 'Asia/Shanghai')::date AS sold_on,
    c.choices
FROM (SELECT store_id, count(*) AS choices FROM bench_goods GROUP BY 1) c JOIN (
    SELECT g AS id,
        CASE WHEN random() < 0.6
             THEN %(base)s + 1 + floor(%(members)s * power(random(), 1.5))::bigint * %(prime)s %% %(members)s END AS member_id,
        (%(stores)s::bigint[])[CASE WHEN d < %(first_share)s THEN 1 WHEN d < %(second_share)s THEN 2 ELSE 3 END]
            AS store_id,
        (ARRAY[1,1,1,1,1,1,2,2,2,2,2,2,2,3,3,3,3,3,3,4,4,4,4,5,5,5,6,7,10,8])[1 + (g * 7 %% 30)] AS lines,
        (%(first)s::date + floor(day)::int + time '10:00' + (day - floor(day)) * interval '12 hours')
            AT TIME ZONE 'Asia/Shanghai' AS at
    FROM (SELECT g, random() AS d,
                 (g - 1)::double precision * %(days)s / %(receipts)s AS day
          FROM generate_series(%(since)s + 1, %(until)s) AS g) numbered
) s USING (store_id) ORDER BY s.id"""

LINES = """
INSERT INTO sales_receiptline (sold_on, receipt_id, line_no, store_id, counter_id, brand_id, category_id, product_id,
    member_id, is_service, quantity, unit_price, discount_amount, net_amount)
SELECT l.sold_on, l.id, l.line_no, l.store_id, g.counter_id, g.brand_id, g.category_id, g.product_id, l.member_id,
    false, l.quantity, g.price, round(l.quantity * g.price * l.off, 2),
    l.quantity * g.price - round(l.quantity * g.price * l.off, 2)
FROM (SELECT s.*, line_no, floor(random() * s.choices)::bigint AS n, CASE WHEN random() < 0.1 THEN 2 ELSE 1 END AS quantity,
             CASE WHEN random() < 0.2 THEN 0.1 ELSE 0 END AS off
      FROM bench_slip s, generate_series(1, s.lines) AS line_no) l
JOIN bench_goods g ON g.store_id = l.store_id AND g.n = l.n"""

SUMS = """
ANALYZE bench_slip;
DROP TABLE IF EXISTS bench_sum;
CREATE UNLOGGED TABLE bench_sum AS
SELECT s.*, sum(l.net_amount) AS net, sum(l.discount_amount) AS discount, sum(floor(l.net_amount))::bigint AS points
FROM bench_slip s JOIN sales_receiptline l ON l.sold_on = s.sold_on AND l.receipt_id = s.id
WHERE l.sold_on BETWEEN (SELECT min(sold_on) FROM bench_slip) AND (SELECT max(sold_on) FROM bench_slip)
GROUP BY s.id, s.member_id, s.store_id, s.lines, s.sold_at, s.sold_on, s.choices;
ANALYZE bench_sum"""

RECEIPTS = """
INSERT INTO sales_receipt (id, source, document, store_id, kind, channel, till, cashier, member_id, card_number,
    sold_at, sold_on, posted_at, line_count, discount_amount, net_amount, is_reversed)
SELECT id, 'till', 'R' || id, store_id, 'sale', 'till', '0' || id %% 9 + 1, '8013', member_id,
    CASE WHEN member_id IS NULL THEN '' ELSE '6688' || lpad((member_id - %(base)s)::text, 10, '0') END,
    sold_at, sold_on, sold_at, lines, discount, net, false
FROM bench_sum ORDER BY id"""

PAYMENTS = """
INSERT INTO sales_payment (receipt_id, tender, amount, reference)
SELECT id, (ARRAY['wechat', 'alipay', 'card', 'cash'])[1 + id %% 4], net, '' FROM bench_sum ORDER BY id"""

TXNS = """
INSERT INTO loyalty_pointstxn (id, account_id, kind, source, document, line, event, business_at, booked_at,
    programme_id, tier_rank, store_id, receipt_id, reason)
SELECT id, member_id, 'earn', 'till', store_id || '/R' || id, 0, 'earn', sold_at, sold_at, %(programme)s, 0, store_id,
    id, ''
FROM bench_sum WHERE member_id IS NOT NULL ORDER BY id"""

ENTRIES = """
INSERT INTO loyalty_pointsentry (business_on, txn_id, account_id, bucket, amount)
SELECT s.sold_on, s.id, CASE b.bucket WHEN 'available' THEN s.member_id END, b.bucket, s.points * b.sign
FROM bench_sum s, (VALUES ('available', 1), ('issued', -1)) AS b(bucket, sign)
WHERE s.member_id IS NOT NULL AND s.points > 0 ORDER BY s.id"""

EARNED = """
DROP TABLE IF EXISTS bench_earned;
CREATE UNLOGGED TABLE bench_earned AS
SELECT nextval('loyalty_pointslot_id_seq') AS lot_id, l.*, floor(l.net_amount)::bigint AS points, s.sold_at,
    make_timestamptz(extract(year FROM l.sold_on)::int + 2, 1, 1, 0, 0, 0, 'Asia/Shanghai') AS expires_at
FROM sales_receiptline l JOIN bench_slip s ON s.id = l.receipt_id AND s.sold_on = l.sold_on
WHERE l.member_id IS NOT NULL
    AND l.sold_on BETWEEN (SELECT min(sold_on) FROM bench_slip) AND (SELECT max(sold_on) FROM bench_slip)
ORDER BY l.receipt_id, l.line_no"""

LOTS = """
INSERT INTO loyalty_pointslot (id, account_id, txn_id, granted, remaining, earmarked, is_pending, active_from,
    expires_at, receipt_id, line_no)
SELECT lot_id, member_id, receipt_id, points, CASE WHEN expires_at <= %(now)s THEN 0 ELSE points END, 0, false,
    sold_at, expires_at, receipt_id, line_no
FROM bench_earned WHERE points > 0"""

EARN_LINES = """
INSERT INTO loyalty_earnline (sold_on, receipt_id, line_no, account_id, programme_id, lot_id, base_amount, rate,
    points_earned, points_now, points_forgiven, why)
SELECT sold_on, receipt_id, line_no, member_id, %(programme)s, CASE WHEN points > 0 THEN lot_id END, net_amount, 1,
    points, points, 0, '{"base": "1"}'
FROM bench_earned"""

PROGRESS = """
INSERT INTO loyalty_tierprogress (account_id, "on", known_at, is_sale, spend, points, visits, receipt_id)
SELECT member_id, sold_on, sold_at, true, net, points, 1, id FROM bench_sum
WHERE member_id IS NOT NULL ORDER BY id"""

POINTS_DAY = """
INSERT INTO loyalty_pointsday AS t ("on", store_id, bucket, slot, amount)
SELECT sold_on, store_id, 'issued', 0, sum(points) FROM bench_sum WHERE member_id IS NOT NULL GROUP BY 1, 2
ON CONFLICT ("on", store_id, bucket, slot) DO UPDATE SET amount = t.amount + EXCLUDED.amount"""

MONTH = (
    SLIPS, LINES, SUMS, RECEIPTS, PAYMENTS, TXNS, ENTRIES, EARNED, LOTS, EARN_LINES, PROGRESS, POINTS_DAY,
)  # fmt: skip

SEQUENCES = """
SELECT setval('sales_receipt_id_seq', %(receipts)s), setval('loyalty_pointstxn_id_seq', %(receipts)s),
    setval('loyalty_account_id_seq', %(base)s + %(members)s)"""

EXPIRED = """
CREATE UNLOGGED TABLE bench_expired AS
SELECT nextval('loyalty_pointstxn_id_seq') AS txn_id, account_id, expires_at, points
FROM (SELECT account_id, expires_at, sum(granted)::bigint AS points FROM loyalty_pointslot
      WHERE remaining = 0 GROUP BY 1, 2 ORDER BY 1, 2) e;
INSERT INTO loyalty_pointstxn (id, account_id, kind, source, document, line, event, business_at, booked_at, tier_rank,
    reason)
SELECT txn_id, account_id, 'expire', 'bench-expiry', account_id::text, 0, 'expire ' || expires_at::date, expires_at,
    expires_at, 0, ''
FROM bench_expired;
INSERT INTO loyalty_pointsentry (business_on, txn_id, account_id, bucket, amount)
SELECT (e.expires_at AT TIME ZONE 'Asia/Shanghai')::date, e.txn_id,
    CASE b.bucket WHEN 'available' THEN e.account_id END, b.bucket, e.points * b.sign
FROM bench_expired e, (VALUES ('available', -1), ('expired', 1)) AS b(bucket, sign);
INSERT INTO loyalty_lotallocation (txn_id, lot_id, kind, amount)
SELECT e.txn_id, l.id, 'expire', l.granted
FROM loyalty_pointslot l JOIN bench_expired e ON e.account_id = l.account_id AND e.expires_at = l.expires_at
WHERE l.remaining = 0;
INSERT INTO loyalty_pointsday ("on", bucket, slot, amount)
SELECT (expires_at AT TIME ZONE 'Asia/Shanghai')::date, 'expired', 0, -sum(points) FROM bench_expired GROUP BY 1"""

ACCOUNTS = """
INSERT INTO loyalty_account (id, member_id, available, pending, held, debt, earned_life, tier_rank, tier_until_on,
    next_expiry_at, standing_on, updated_at)
SELECT p.account_id, p.account_id, coalesce(l.available, 0), 0, 0, 0, p.points, p.rank,
    CASE WHEN p.rank > 0 THEN make_date(extract(year FROM p.last_on)::int + 2, 1, 1) END, l.next_expiry_at, p.last_on,
    %(now)s
FROM (SELECT account_id, sum(points) AS points, max("on") AS last_on,
        CASE WHEN sum(spend) FILTER (WHERE "on" > %(today)s::date - 365) >= 50000 THEN 2
             WHEN sum(spend) FILTER (WHERE "on" > %(today)s::date - 365) >= 10000 THEN 1 ELSE 0 END AS rank
      FROM loyalty_tierprogress GROUP BY 1) p
LEFT JOIN (SELECT account_id, sum(remaining) AS available, min(expires_at) FILTER (WHERE remaining > 0) AS next_expiry_at
           FROM loyalty_pointslot GROUP BY 1) l USING (account_id)
ORDER BY 1"""

PERIODS = """
INSERT INTO loyalty_tierperiod (account_id, tier_id, from_on, until_on, why, amount, threshold, reason, created_at)
SELECT id, CASE tier_rank WHEN 1 THEN %(rank_1)s ELSE %(rank_2)s END, standing_on, tier_until_on, 'reached',
    CASE tier_rank WHEN 1 THEN 10000 ELSE 50000 END, CASE tier_rank WHEN 1 THEN 10000 ELSE 50000 END, '', %(now)s
FROM loyalty_account WHERE tier_rank > 0"""

TIDY = "DROP TABLE IF EXISTS bench_goods, bench_slip, bench_sum, bench_earned, bench_expired"

AFTER = (SEQUENCES, EXPIRED, ACCOUNTS, PERIODS, TIDY)
