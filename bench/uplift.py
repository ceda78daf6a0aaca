"""`uplift`: campaigns without effect and campaigns with a planted one, read by the result sheet.

Each simulated campaign draws its members and its holdout by chance from a made chain and looks at two weeks that really
happened. Without effect, about one of twenty may be called significant; a planted effect must lie within its interval in
about nineteen of twenty.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from django.db import connection, transaction
from django.utils import timezone

from bench.figures import Run
from bench.made_store import made_store
from bench.registry import bench
from campaigns.models import Send
from campaigns.selectors.results import Sheet, read_sheet
from campaigns.services.results import measure_send

CAMPAIGNS, AUDIENCE, HOLDOUT = 200, 12_000, 0.3
# The planted effect: this share of the treated come once more and buy for this many yuan.
EXTRA_SHARE, EXTRA_YUAN = 0.1, 60
METRICS = ("buyers", "visits", "spend", "kept")

PARTITION = """
CREATE TABLE campaigns_sendrecipient_{pk} PARTITION OF campaigns_sendrecipient FOR VALUES IN ({pk})"""
ASSIGN = """
INSERT INTO campaigns_sendrecipient (send_id, member_id, arm, state, changed_at)
SELECT %(send)s, id, CASE WHEN random() < %(holdout)s THEN 1 ELSE 2 END, 1, now()
FROM (SELECT id FROM members_member WHERE merged_into_id IS NULL ORDER BY random() LIMIT %(audience)s) AS m"""
# Lines with receipt numbers of their own; rolled back with the campaign.
PLANT = """
INSERT INTO sales_receiptline (sold_on, receipt_id, line_no, store_id, product_id, member_id, is_service, quantity,
    unit_price, discount_amount, net_amount)
SELECT %(on)s::date + (member_id %% 14)::int, -member_id, 1, %(store)s, 1, member_id, false, 1, %(yuan)s, 0, %(yuan)s
FROM campaigns_sendrecipient WHERE send_id = %(send)s AND arm = 2 AND random() < %(share)s"""

_names = count(1)


@dataclass(frozen=True)
class Plan:
    """What a simulated campaign looks at."""

    first_on: date
    audience: int
    extra_share: float = 0.0


def simulated(plan: Plan, store_id: int) -> Sheet:
    """One campaign, read, and undone again."""
    with transaction.atomic():
        started = timezone.make_aware(datetime.combine(plan.first_on, datetime.min.time()))
        send = Send.objects.create(name=f"simulated {next(_names)}", channel="sms", started_at=started)
        with connection.cursor() as cursor:
            cursor.execute(PARTITION.format(pk=send.pk))
            cursor.execute(ASSIGN, {"send": send.pk, "holdout": HOLDOUT, "audience": plan.audience})
            if plan.extra_share:
                cursor.execute(
                    PLANT,
                    {
                        "on": plan.first_on,
                        "store": store_id,
                        "yuan": EXTRA_YUAN,
                        "send": send.pk,
                        "share": plan.extra_share,
                    },
                )
        read = read_sheet(measure_send(send_id=send.pk))
        transaction.set_rollback(True)
    return read


def campaigns(
    number: int, *, audience: int, until: date, store_id: int, extra_share: float = 0.0, seed: int = 20261130
) -> Iterator[Sheet]:
    """Some campaigns over random fortnights of the year before a day; the same seed, the same campaigns."""
    rng = random.Random(seed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [rng.random()])
    for _campaign in range(number):
        first_on = until - timedelta(days=rng.randrange(60, 360))
        yield simulated(Plan(first_on, audience, extra_share), store_id)


def false_alarms(sheets: list[Sheet], metric: str) -> int:
    """How many campaigns without effect are called significant."""
    return sum(1 for sheet in sheets for one in sheet.figures if one.key == metric and one.comparison.is_significant)


def held(sheets: list[Sheet], metric: str, effect: float) -> int:
    """In how many campaigns the planted effect lies within its interval."""
    return sum(
        1
        for sheet in sheets
        for one in sheet.figures
        if one.key == metric and one.comparison.low <= effect <= one.comparison.high
    )


@bench("uplift", "200 campaigns without effect and 200 with a planted one, read by the result sheet")
def measure(run: Run) -> None:
    with made_store(run.members or 50_000, run.receipts or 150_000), connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM stores_store")
        store_id = cursor.fetchone()[0]
        until = timezone.localdate()
        began = time.perf_counter()
        plain = list(campaigns(CAMPAIGNS, audience=AUDIENCE, until=until, store_id=store_id))
        run.figure("sheet.seconds", (time.perf_counter() - began) / CAMPAIGNS, "s", n=CAMPAIGNS)
        for metric in METRICS:
            run.figure(f"aa.{metric}", 100 * false_alarms(plain, metric) / CAMPAIGNS, "%", n=CAMPAIGNS, limit=5.0)
        planted = list(
            campaigns(CAMPAIGNS, audience=AUDIENCE, until=until, store_id=store_id, extra_share=EXTRA_SHARE, seed=7)
        )
        effect = EXTRA_SHARE * EXTRA_YUAN
        run.figure("planted.spend", 100 * held(planted, "spend", effect) / CAMPAIGNS, "%", n=CAMPAIGNS, limit=95.0)
        run.figure("planted.kept", 100 * held(planted, "kept", effect / 4) / CAMPAIGNS, "%", n=CAMPAIGNS, limit=95.0)
        seen = sum(1 for sheet in planted for one in sheet.figures if one.key == "kept" and one.verdict == "more")
        run.figure("planted.found", 100 * seen / CAMPAIGNS, "%", n=CAMPAIGNS)
