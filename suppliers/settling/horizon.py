"""Comparing with the guarantee over more than a month: cumulative, or at the end of the reckoning year (R7, R8).

A reckoning year ends with its twelve months or with the version of the terms, whichever comes first: rates are never
blended, a change in mid-year makes two partial years.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kit.money import ZERO, to_fen
from suppliers.settling.charges import Charge, actual_charges, charges_of, total
from suppliers.settling.spans import Span, reckoning_year, times
from suppliers.settling.sums import Sums
from suppliers.settling.terms import Horizon, Partial, Promotion, Terms


@dataclass(frozen=True)
class Reckoning:
    """What earlier settlements of the same terms and year have counted and billed."""

    sums: Sums = field(default_factory=Sums)
    span: Span = field(default_factory=Span)
    billed: Decimal = ZERO


@dataclass(frozen=True)
class Segment:
    """Part of a period under one version of the terms and in one reckoning year."""

    terms: Terms
    year_on: date
    first: date
    last: date
    closes: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.terms.key, self.year_on.isoformat()


def segments_of(versions: Sequence[Terms], first: date, last: date) -> list[Segment]:
    """The period split where the terms change and where a reckoning year ends."""
    found = []
    for terms in versions:
        begin, end = max(first, terms.from_on), min(last, terms.until_on or last)
        while begin <= end:
            year_on, year_end = reckoning_year(begin, terms.year_month)
            closing = min(year_end, terms.until_on or year_end)
            stop = min(end, year_end)
            found.append(Segment(terms, max(year_on, terms.from_on), begin, stop, closes=stop == closing))
            begin = date.fromordinal(stop.toordinal() + 1)
    return found


def due(
    segment: Segment,
    promotions: Sequence[Promotion],
    sums: Sums,
    before: Reckoning,
    extended: Sums | None = None,
) -> list[Charge]:
    """What a segment's sales make due, the true-up of its horizon included.

    `extended` are the sums of twelve whole months, for a partial year compared by the extended method.
    """
    terms, span = segment.terms, Span.of(segment.first, segment.last)
    match terms.horizon:
        case Horizon.MONTHLY:
            return charges_of(terms, promotions, sums, span)
        case Horizon.YEAR_END_REFUND:
            found = charges_of(terms, promotions, sums, span)
        case _:
            found = actual_charges(terms, promotions, sums, span)
    if terms.horizon != Horizon.CUMULATIVE and not segment.closes:
        return found
    return found + _true_up(segment, promotions, sums, span, before, total(found), extended)


def _true_up(
    segment: Segment,
    promotions: Sequence[Promotion],
    sums: Sums,
    span: Span,
    before: Reckoning,
    now: Decimal,
    extended: Sums | None,
) -> list[Charge]:
    terms, so_far, length = segment.terms, before.sums + sums, before.span + span
    rule = "horizon.cumulative" if terms.horizon == Horizon.CUMULATIVE else "horizon.year_end"
    year: dict[str, Any] = {}
    if segment.closes and extended is not None and terms.partial == Partial.EXTENDED and length.length < 12:
        whole, rule = extended_due(terms, promotions, extended, length.length), "horizon.extended"
        year = {"year_sales": extended.total, "year": year_due(terms, promotions, extended)}
    else:
        whole = total(charges_of(terms, promotions, so_far, length))
    difference = whole - before.billed - now
    if terms.carries_credit and not segment.closes:
        difference = max(difference, -now)
    if not difference:
        return []
    inputs = {
        "sales": so_far.total,
        "months": length.length,
        "whole": whole,
        "billed": before.billed,
        "now": now,
        "from": segment.year_on,
        **year,
    }
    return [Charge(rule, difference, inputs)]


def extended_due(terms: Terms, promotions: Sequence[Promotion], twelve: Sums, months: Fraction) -> Decimal:
    """Extended partial year: twelve months' sales under the terms, then the part of the months (R8)."""
    return to_fen(times(year_due(terms, promotions, twelve), months / 12))


def year_due(terms: Terms, promotions: Sequence[Promotion], twelve: Sums) -> Decimal:
    """What twelve months' sales make due under the terms."""
    year = Span(tuple((1, month, Fraction(1)) for month in range(1, 13)))
    return total(charges_of(terms, promotions, twelve, year))
