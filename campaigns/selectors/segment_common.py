"""What the members of a segment have in common: what they buy, when and in which baskets, against all members.

The index is the share of the segment's buyers (or receipts) ÷ the share of all members' × 100, over the last 365 days; 100
is as everybody. At most 5,000 members of the segment are looked at, drawn by a hash of their number, and everybody is the
random sample where the chain is large, so that a large segment costs no more than a small one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Segment
from campaigns.rules.fields_sales import brands, categories, weekdays
from campaigns.rules.sql import Clock
from campaigns.selectors.segment_counts import uses_sample

MOST_MEMBERS, LEAST, SHOWN, CLEARLY = 5_000, 3, 8, 105
BANDS: Final = (0, 100, 300, 600, 1000, 2000, 5000)
DRAWN: Final = """SELECT member_id FROM campaigns_segmentmember WHERE segment_id = %s AND is_in
    ORDER BY hashint8(member_id), member_id LIMIT %s"""
GOODS: Final = """SELECT brand_id, category_id, grouping(brand_id, category_id), count(DISTINCT member_id)
    FROM sales_receiptline WHERE member_id IS NOT NULL{only} AND sold_on >= %(since)s AND quantity > 0
    GROUP BY GROUPING SETS ((brand_id), (category_id), ())"""
TIMES: Final = """SELECT isodow, hour, band, grouping(isodow, hour, band), count(*) FROM (
    SELECT extract(isodow FROM sold_on)::int AS isodow, extract(hour FROM sold_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,
        width_bucket(net_amount, %(bands)s::numeric[]) AS band
    FROM sales_receipt WHERE member_id IS NOT NULL{only} AND kind = 'sale' AND NOT is_reversed AND sold_on >= %(since)s) r
    GROUP BY GROUPING SETS ((isodow), (hour), (band), ())"""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something over-represented: how many of the segment, which share of it, the index against everybody."""

    label: str
    count: int
    share: Decimal
    index: int


@dataclass(frozen=True, slots=True)
class InCommon:
    """Headings with their traits, the clearest first; of how many members it is told."""

    members: int
    parts: list[tuple[object, list[Trait]]]

    @property
    def is_empty(self) -> bool:
        return not any(traits for _label, traits in self.parts)


def in_common(segment: Segment, clock: Clock) -> InCommon:
    """What a segment has in common: a handful of queries, whatever its size."""
    since = clock.days_ago(364)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '15000', true)")
        cursor.execute(DRAWN, [segment.pk, MOST_MEMBERS])
        ids = [pk for (pk,) in cursor.fetchall()]
        theirs = _counted(cursor, since, ids)
        if uses_sample():
            cursor.execute("SET LOCAL search_path = segment_sample, public")
        everybody = _counted(cursor, since, None)
        cursor.execute("RESET search_path; RESET statement_timeout")
    names = [
        (_("Brands"), "brand", dict(brands())),
        (_("Categories"), "category", dict(categories())),
        (_("Weekdays"), "isodow", dict(weekdays())),
        (_("Hours"), "hour", {str(hour): f"{hour}:00 – {hour}:59" for hour in range(24)}),
        (pgettext_lazy("trait", "Basket"), "band", {str(number + 1): _band(number) for number in range(len(BANDS))}),
    ]
    return InCommon(len(ids), [(label, _traits(theirs, everybody, kind, words)) for label, kind, words in names])


def _counted(cursor: Any, since: date, ids: list[int] | None) -> dict[tuple[str, str], int]:
    """Counts by (kind, value), the total of goods under ("buyers", "") and of times under ("receipts", "")."""
    words = {"since": since, "ids": ids, "bands": list(BANDS)}
    only = "" if ids is None else " AND member_id = ANY(%(ids)s)"
    counted: dict[tuple[str, str], int] = {}
    cursor.execute(GOODS.format(only=only), words)
    for brand, category, grouping, count in cursor.fetchall():
        counted[{1: ("brand", str(brand)), 2: ("category", str(category)), 3: ("buyers", "")}[grouping]] = count
    cursor.execute(TIMES.format(only=only), words)
    for isodow, hour, band, grouping, count in cursor.fetchall():
        kinds = {3: ("isodow", isodow), 5: ("hour", hour), 6: ("band", band), 7: ("receipts", "")}
        kind, value = kinds[grouping]
        counted[kind, str(value)] = count
    return counted


def _traits(theirs: dict, everybody: dict, kind: str, words: dict[str, Any]) -> list[Trait]:
    total = "buyers" if kind in ("brand", "category") else "receipts"
    mine, all_ = theirs.get((total, ""), 0), everybody.get((total, ""), 0)
    found = []
    for (of, value), count in theirs.items():
        base = everybody.get((of, value), 0)
        if of != kind or count < LEAST or not base or value not in words:
            continue
        share = Decimal(count) / mine
        index = round(share * 100 * all_ / base)
        if index >= CLEARLY:
            found.append(Trait(str(words[value]), count, share, index))
    return sorted(found, key=lambda trait: (-trait.index, -trait.count, trait.label))[:SHOWN]


def _band(number: int) -> str:
    low = BANDS[number]
    return f"¥{low:,} – ¥{BANDS[number + 1]:,}" if number + 1 < len(BANDS) else f"¥{low:,} +"
