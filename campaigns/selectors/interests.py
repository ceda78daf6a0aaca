"""What a member is interested in, from what was bought and what was clicked.

Bought: net spend by brand of the last year, halved every 180 days. Clicked: links of sends for campaigns of a brand, those
of machines left out. Each is the brand's share of its kind; together they weigh 70 to 30, clicks alone as they are.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from kit.money import ZERO, to_fen
from stores.models import Brand

SHOWN, BOUGHT_WEIGHS, CLICKED_WEIGHS = 6, Decimal("0.7"), Decimal("0.3")
# From this suspicion on a click counts as a machine's.
MACHINE: Final = 50

INTERESTS = """
WITH bought AS (
    SELECT brand_id, sum(net_amount) AS spend, sum(net_amount * power(0.5, (%(today)s - sold_on) / 180.0)) AS weight
    FROM sales_receiptline WHERE member_id = %(member)s AND sold_on > %(today)s - 365 AND brand_id IS NOT NULL
    GROUP BY 1 HAVING sum(net_amount) > 0
), clicked AS (
    SELECT b.brand_id, count(*) AS clicks FROM campaigns_trackevent e
    JOIN campaigns_send s ON s.id = e.send_id JOIN campaigns_campaign_brands b ON b.campaign_id = s.campaign_id
    WHERE e.member_id = %(member)s AND e.at > %(today)s::date - 365 AND e.kind = 2 AND e.suspicion < %(machine)s GROUP BY 1
)
SELECT brand_id, coalesce(spend, 0), coalesce(clicks, 0), weight / sum(weight) OVER (), clicks / sum(clicks) OVER ()
FROM bought FULL JOIN clicked USING (brand_id)
"""


@dataclass(frozen=True)
class Interest:
    """A brand: how strong the interest is (0 to 1), and what speaks for it."""

    brand: Brand
    strength: Decimal
    spend: Decimal
    clicks: int

    @property
    def percent(self) -> int:
        return round(100 * self.strength)


def interests_of(member_id: int) -> list[Interest]:
    """The strongest interests first; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(INTERESTS, {"member": member_id, "today": timezone.localdate(), "machine": MACHINE})
        rows = cursor.fetchall()
    has_bought, has_clicked = any(row[3] for row in rows), any(row[4] for row in rows)
    of_bought = BOUGHT_WEIGHS if has_clicked else Decimal(1)
    of_clicked = CLICKED_WEIGHS if has_bought else Decimal(1)
    scored = [
        (brand_id, of_bought * (bought or ZERO) + of_clicked * (clicked or ZERO), spend, clicks)
        for brand_id, spend, clicks, bought, clicked in rows
    ]
    best = sorted(scored, key=lambda row: (-row[1], row[0]))[:SHOWN]
    brands = Brand.objects.in_bulk([row[0] for row in best])
    return [
        Interest(brands[brand_id], strength, to_fen(spend), clicks)
        for brand_id, strength, spend, clicks in best
        if brand_id in brands
    ]
