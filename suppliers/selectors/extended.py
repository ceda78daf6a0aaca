"""Twelve whole months of sales, for a reckoning year cut short that is compared by the extended method."""

from collections.abc import Iterator
from datetime import date, timedelta

from sales.selectors.counted import CountedTotal, counted_totals
from suppliers.selectors.terms import Agreed
from suppliers.settling.horizon import Segment, segments_of
from suppliers.settling.spans import Span, add_months
from suppliers.settling.sums import Sums, summed
from suppliers.settling.terms import Horizon, Partial, Sold


def sold_of(total: CountedTotal) -> Sold:
    """A counted total as the settlement understands it."""
    return Sold(
        total.counter_id,
        total.sold_on,
        total.amount,
        total.category_id,
        total.brand_id,
        total.product_id,
        total.quantity,
    )


def twelve_months(found: dict[int, Agreed], first: date, last: date) -> dict[int, dict[tuple[str, str], Sums]]:
    """By contract and reckoning year that ends in these days: the sums of the twelve months to its last day.

    Only where the contract was settled here for all of them; a shorter one is compared by its own months.
    """
    wanted = [(pk, *cut) for pk, one in found.items() for cut in _cut_short(one, first, last)]
    if not wanted:
        return {}
    counters = {counter for pk, _segment, _since in wanted for counter in found[pk].counters}
    items = sorted({pair for pk, _segment, _since in wanted for pair in found[pk].items})
    since, until = min(day for _pk, _segment, day in wanted), max(segment.last for _pk, segment, _since in wanted)
    totals = counted_totals(counters, since, until, items)
    sums: dict[int, dict[tuple[str, str], Sums]] = {}
    for pk, segment, begin in wanted:
        one = found[pk]
        mine = [
            sold_of(total)
            for total in totals
            if total.counter_id in one.counters
            and begin <= total.sold_on <= segment.last
            and one.has(total.counter_id, total.sold_on)
        ]
        sums.setdefault(pk, {})[segment.key] = summed(segment.terms, one.promotions, mine)
    return sums


def _cut_short(one: Agreed, first: date, last: date) -> Iterator[tuple[Segment, date]]:
    for segment in segments_of(one.versions, first, last):
        terms = segment.terms
        if not segment.closes or terms.partial != Partial.EXTENDED or terms.horizon == Horizon.MONTHLY:
            continue
        since = add_months(segment.last + timedelta(days=1), -12)
        if Span.of(segment.year_on, segment.last).length < 12 and one.contract.settled_from_on <= since:
            yield segment, since
