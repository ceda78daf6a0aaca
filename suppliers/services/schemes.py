"""How a store scores its counters: weights with bands, grades; each change a scheme of its own from a month on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from stores.models import Store
from suppliers.exceptions import MonthClosed, SchemeRefused
from suppliers.models import ScoreGrade, ScorePeriod, ScoreScheme, ScoreWeight
from suppliers.services import sales_metrics  # noqa: F401 - registers the metrics of this floor
from suppliers.services.metrics import Bands, registered

HUNDRED: Final = Decimal(100)
MOST_MONTHS: Final = 120


@dataclass(frozen=True)
class Weighed:
    """One metric of a scheme."""

    metric: str
    weight: Decimal
    bands: Bands


@dataclass(frozen=True)
class Graded:
    """One grade: scores from `lower`, below `upper` (100 belongs to the best), and the next contract's terms."""

    letter: str
    lower: Decimal
    upper: Decimal
    rate_from: Decimal
    rate_to: Decimal
    term_from: int
    term_to: int


STANDARD_WEIGHTS: Final = {
    "net_sales": 25, "per_sqm": 15, "growth": 15, "returns": 10, "exchanges": 5, "complaints": 10, "fees": 5,
    "promotions": 5, "staff": 10,
}  # fmt: skip
# A 10–20 %, 6–24 months; B 15–25 %, 3–12; C 18–28 %, 3–6: a landlord's guide; a store changes it.
STANDARD_GRADES: Final = (
    Graded("A", Decimal(80), Decimal(100), Decimal("0.10"), Decimal("0.20"), 6, 24),
    Graded("B", Decimal(60), Decimal(80), Decimal("0.15"), Decimal("0.25"), 3, 12),
    Graded("C", Decimal(0), Decimal(60), Decimal("0.18"), Decimal("0.28"), 3, 6),
)


def standard_weights() -> list[Weighed]:
    """What a store begins with."""
    return [
        Weighed(metric.key, Decimal(STANDARD_WEIGHTS[metric.key]), metric.standard)
        for metric in registered()
        if metric.key in STANDARD_WEIGHTS
    ]


def troubles(weights: Sequence[Weighed], grades: Sequence[Graded]) -> list[str]:
    """Everything that is wrong with a scheme, as sentences; an empty list when it holds."""
    found = []
    total = sum((one.weight for one in weights), Decimal(0))
    if total != HUNDRED:
        found.append(_("The weights sum to %(total)s; they must sum to exactly 100.") % {"total": total})
    for one in weights:
        found += [f"{one.metric}: {text}" for text in band_troubles(one.bands)]
    return found + grade_troubles(grades)


def band_troubles(bands: Bands) -> list[str]:
    """What is wrong with the bands of one metric."""
    if not bands or bands[0][0] is not None:
        return [_("The first band has no lower bound.")]
    try:
        bounds = [Decimal(lower) for lower, _given in bands[1:]]
        points = [Decimal(given) for _lower, given in bands]
    except (InvalidOperation, TypeError):
        return [_("Bands are written as numbers.")]
    found = []
    if bounds != sorted(set(bounds)):
        found.append(_("The lower bounds rise from band to band."))
    if not all(0 <= one <= HUNDRED for one in points):
        found.append(_("Points lie between 0 and 100."))
    return found


def grade_troubles(grades: Sequence[Graded]) -> list[str]:
    """Gaps and overlaps of grades over 0 to 100, letters used twice, terms out of order."""
    found, reached = [], Decimal(0)
    for grade in sorted(grades, key=lambda one: one.lower):
        if grade.lower > reached:
            found.append(_("No grade covers %(low)s to %(high)s.") % {"low": reached, "high": grade.lower})
        elif grade.lower < reached:
            found.append(_("%(letter)s overlaps with the grade before it.") % {"letter": grade.letter})
        if grade.upper <= grade.lower:
            found.append(_("%(letter)s ends before it begins.") % {"letter": grade.letter})
        reached = max(reached, grade.upper)
    if reached < HUNDRED:
        found.append(_("No grade covers %(low)s to %(high)s.") % {"low": reached, "high": HUNDRED})
    elif reached > HUNDRED:
        found.append(_("Grades end at 100."))
    return found + _term_troubles(grades)


def _term_troubles(grades: Sequence[Graded]) -> list[str]:
    """Letters used twice, and next terms that cannot be agreed."""
    letters = [one.letter for one in grades]
    found = [
        _("There are two grades %(letter)s.") % {"letter": letter}
        for letter in sorted(set(letters))
        if letters.count(letter) > 1
    ]
    for one in grades:
        if not 0 <= one.rate_from <= one.rate_to <= 1:
            found.append(_("%(letter)s: the rates rise and lie between 0 and 100%%.") % {"letter": one.letter})
        if not 1 <= one.term_from <= one.term_to <= MOST_MONTHS:
            text = _("%(letter)s: the months rise and lie between 1 and %(most)s.")
            found.append(text % {"letter": one.letter, "most": MOST_MONTHS})
    return found


@transaction.atomic
def save_scheme(
    *, store: Store, valid_from: date, weights: Sequence[Weighed], grades: Sequence[Graded], actor: User | None
) -> ScoreScheme:
    """Score the store's counters in this way from a month on. A scheme of the same month that closed nothing is replaced."""
    if wrong := troubles(weights, grades):
        raise SchemeRefused(" ".join(wrong))
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if ScorePeriod.objects.filter(store=store, month__gte=valid_from, closed_at__isnull=False).exists():
        raise MonthClosed(_("A month from then on is closed already. Choose a later one."))
    scheme, _is_new = ScoreScheme.objects.get_or_create(
        store=store, valid_from=valid_from, defaults={"created_by": actor}
    )
    scheme.weights.all().delete()
    scheme.grades.all().delete()
    ScoreWeight.objects.bulk_create(
        ScoreWeight(scheme=scheme, metric=one.metric, weight=one.weight, bands=[list(band) for band in one.bands])
        for one in weights
    )
    ScoreGrade.objects.bulk_create(ScoreGrade(scheme=scheme, **vars(one)) for one in grades)
    record(actor, "suppliers.scheme_saved", scheme, store=store, valid_from=valid_from)
    return scheme


def scheme_for(store_id: int, month: date) -> ScoreScheme | None:
    """The scheme a store's month is scored by: the latest that begins no later."""
    schemes = ScoreScheme.objects.filter(store=store_id, valid_from__lte=month)
    return schemes.prefetch_related("weights", "grades").order_by("-valid_from").first()
