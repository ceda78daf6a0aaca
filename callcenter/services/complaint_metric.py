"""What counters are measured by: complaints about them, and how they dealt with those."""

from decimal import Decimal

from django.db import connection

from suppliers.services import sales_metrics  # noqa: F401 - it makes the metric known that is connected here
from suppliers.services.metrics import Asked, Raw, connect

# A complaint counts one; where the counter let a question about it go late, one more.
COMPLAINTS = """
SELECT c.counter_id, count(*) + count(*) FILTER (WHERE EXISTS (
    SELECT FROM callcenter_casestep s
    WHERE s.case_id = c.id AND s.counter_id = c.counter_id AND s.failed_at IS NOT NULL))
FROM callcenter_case c
WHERE c.kind = 'complaint' AND c.counter_id = ANY(%(counters)s)
  AND c.opened_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND c.opened_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
GROUP BY c.counter_id
"""
KEPT = """
SELECT EXISTS (SELECT FROM callcenter_case WHERE store_id = %(store)s
  AND opened_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND opened_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
"""


def complaints(asked: Asked) -> Raw:
    """Complaints of the month per counter, late answers counted on top; no data where the store kept no cases."""
    words = {
        "counters": list(asked.counters), "store": asked.store_id, "first": asked.first, "last": asked.last,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(KEPT, words)
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(COMPLAINTS, words)
        counted = dict(cursor.fetchall())
    return {counter: Decimal(counted.get(counter, 0)) for counter in asked.counters}


connect("complaints", complaints)
