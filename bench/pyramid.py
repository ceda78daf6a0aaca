"""`pyramid`: a picture of the customer pyramid of the whole chain, and the movement to the one a year before."""

import time
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from bench.figures import Run
from bench.made_store import made_store
from bench.registry import bench
from campaigns.models import Pyramid
from campaigns.services.pyramids import take_pyramid

# A picture cannot do without reading the lines of the period once.
SCAN = """
SELECT count(*) FROM (SELECT member_id, sum(net_amount) FROM sales_receiptline
WHERE sold_on BETWEEN %s AND %s AND member_id IS NOT NULL GROUP BY 1) AS t"""


@bench("pyramid", "a picture of the customer pyramid: ranks, layers, scores, sums, movement")
def measure(run: Run) -> None:
    with made_store(run.members, run.receipts):
        _forget_pictures()
        today = timezone.localdate()
        for name, day in (("pyramid.a_year_ago", today - timedelta(days=365)), ("pyramid", today)):
            limit = _scan(day)
            began = time.perf_counter()
            picture = take_pyramid(as_of_on=day)
            run.figure(f"{name}.seconds", time.perf_counter() - began, "s", n=picture.buyers, limit=limit)
        _forget_pictures()


def _scan(day: date) -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(SCAN, [day - timedelta(days=364), day])
    return time.perf_counter() - began


def _forget_pictures() -> None:
    with connection.cursor() as cursor:
        for pk in Pyramid.objects.values_list("pk", flat=True):
            cursor.execute(f"DROP TABLE IF EXISTS campaigns_pyramidmember_{pk}")
    Pyramid.objects.all().delete()
