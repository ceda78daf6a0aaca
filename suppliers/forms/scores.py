"""The form of a score scheme: weights, bands, grades in one page, checked as a whole."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kit.forms import StaffForm
from stores.models import Store
from suppliers.models import ScoreScheme
from suppliers.services.metrics import Bands, registered
from suppliers.services.schemes import STANDARD_GRADES, STANDARD_WEIGHTS, Graded, Weighed

_PAIR = re.compile(r"^(-?\d+(?:\.\d+)?)\s*[:：]\s*(\d+(?:\.\d+)?)$")

_FROM_TO = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[-–—~～]\s*(\d+(?:\.\d+)?)\s*")
GRADE_FIELDS = ("lower", "upper", "rates", "terms")
SPARE_ROWS = 2
MOST_GRADES = 12


def written(bands: Sequence[Sequence[object]]) -> str:
    """Bands as one line: `0; 5000: 30; 15000: 50`."""
    first, *rest = bands
    return "; ".join([f"{first[1]}", *(f"{lower}: {points}" for lower, points in rest)])


def read_bands(text: str) -> Bands:
    """Bands from that line; raises ValidationError with what is expected."""
    first, *rest = [part.strip() for part in re.split(r"[;；]", text) if part.strip()] or [""]
    pairs = [_PAIR.match(part) for part in rest]
    if not re.fullmatch(r"\d+(\.\d+)?", first) or not all(pairs):
        raise forms.ValidationError(_("Write points, then “from: points”, like 0; 5000: 30; 15000: 50."))
    return ((None, first), *((pair[1], pair[2]) for pair in pairs))


def _percent(share: Decimal) -> str:
    """0.1500 as 15."""
    return f"{(share * 100).normalize():f}"


class BandField(forms.CharField):
    def clean(self, value: str) -> Bands:
        return read_bands(super().clean(value))


class PairField(forms.CharField):
    """Two numbers, written 10–20; None when left empty."""

    def clean(self, value: str) -> tuple[Decimal, Decimal] | None:
        text = super().clean(value)
        match = _FROM_TO.fullmatch(text)
        if text and match is None:
            raise forms.ValidationError(_("Write from–to, like 10–20."))
        return (Decimal(match[1]), Decimal(match[2])) if match else None


def _rows_sent(data: QueryDict) -> int:
    """How many rows of grades were sent."""
    return next((row for row in range(MOST_GRADES) if f"letter_{row}" not in data), MOST_GRADES)


def _is_empty(value: object) -> bool:
    return value is None or value == ""


class SchemeForm(StaffForm):
    """Weights sum to 100; grades cover 0 to 100. The rules are the service's; it answers above the form."""

    month = forms.CharField(label=lazy("From the month"), widget=forms.DateInput(attrs={"type": "month"}), max_length=7)
    button = lazy("Save scheme")

    def __init__(self, scheme: ScoreScheme | None, data: QueryDict | None = None) -> None:
        weights = {one.metric: one for one in scheme.weights.all()} if scheme else {}
        grades = list(scheme.grades.all()) if scheme else list(STANDARD_GRADES)
        self.rows = range(len(grades) + SPARE_ROWS if data is None else _rows_sent(data))
        initial: dict[str, object] = {"month": f"{timezone.localdate():%Y-%m}"}
        self.metrics = registered()
        for metric in self.metrics:
            own = weights.get(metric.key)
            standard = STANDARD_WEIGHTS.get(metric.key, 0) if not scheme else 0
            initial[f"weight_{metric.key}"] = own.weight if own else standard
            initial[f"bands_{metric.key}"] = written(own.bands if own else metric.standard)
        for row, grade in enumerate(grades):
            initial |= {
                f"letter_{row}": grade.letter,
                f"lower_{row}": grade.lower,
                f"upper_{row}": grade.upper,
                f"rates_{row}": f"{_percent(grade.rate_from)}–{_percent(grade.rate_to)}",
                f"terms_{row}": f"{grade.term_from}–{grade.term_to}",
            }
        super().__init__(data, initial=initial)
        self._add_fields()
        self.helper.layout = self.layout_of_all()

    def _add_fields(self) -> None:
        for metric in self.metrics:
            self.fields[f"weight_{metric.key}"] = forms.DecimalField(
                label=metric.label, min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2
            )
            self.fields[f"bands_{metric.key}"] = BandField(label=_("Bands"), max_length=300)
        for row in self.rows:
            self.fields[f"letter_{row}"] = forms.CharField(label=_("Grade"), max_length=2, required=False)
            for name, label in (("lower", _("From")), ("upper", _("Below"))):
                self.fields[f"{name}_{row}"] = forms.DecimalField(
                    label=label, min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2,
                    required=False,
                )  # fmt: skip
            self.fields[f"rates_{row}"] = PairField(label=_("Rate, %"), max_length=20, required=False)
            self.fields[f"terms_{row}"] = PairField(label=_("Term, months"), max_length=20, required=False)
            self.fields[f"drop_{row}"] = forms.BooleanField(label=_("Remove this grade"), required=False)

    def layout_of_all(self) -> Layout:
        rows = [
            Row(
                Column(f"weight_{metric.key}", css_class="col-md-4"),
                Column(f"bands_{metric.key}", css_class="col-md-8"),
            )
            for metric in self.metrics
        ]
        grades = [
            Row(
                Column(f"letter_{row}", css_class="col-6 col-md-2"),
                *[Column(f"{name}_{row}", css_class="col-6 col-md-2") for name in GRADE_FIELDS],
                Column(f"drop_{row}", css_class="col-6 col-md-2 align-self-end"),
            )
            for row in self.rows
        ]
        told = HTML(
            format_html('<p class="soft">{}</p>', _("An empty row is no grade; saving brings two more of them."))
        )
        return Layout("month", Fieldset(_("Weights, together 100"), *rows), Fieldset(_("Grades"), told, *grades))

    def clean_month(self) -> date:
        try:
            return date.fromisoformat(f"{self.cleaned_data['month']}-01")
        except ValueError:
            raise forms.ValidationError(_("Write the month like 2026-11.")) from None

    def clean(self) -> dict[str, object]:
        """A row that is kept is complete; one taken out may hold anything."""
        data = super().clean()
        for row in self.rows:
            names = [f"{name}_{row}" for name in ("letter", *GRADE_FIELDS)]
            if data.get(f"drop_{row}"):
                for name in names:
                    self.errors.pop(name, None)
            elif any(not _is_empty(data.get(name)) for name in names):
                for name in names:
                    if name in data and _is_empty(data[name]):
                        self.add_error(name, self.fields[name].error_messages["required"])
        return data

    def weights(self) -> list[Weighed]:
        """The metrics that weigh anything."""
        data = self.cleaned_data
        return [
            Weighed(metric.key, data[f"weight_{metric.key}"], data[f"bands_{metric.key}"])
            for metric in self.metrics
            if data[f"weight_{metric.key}"]
        ]

    def grades(self) -> list[Graded]:
        """The rows that are filled in and not taken out."""
        data, found = self.cleaned_data, []
        for row in self.rows:
            if data[f"drop_{row}"] or not data[f"letter_{row}"]:
                continue
            (rate_from, rate_to), (term_from, term_to) = data[f"rates_{row}"], data[f"terms_{row}"]
            found.append(
                Graded(
                    letter=data[f"letter_{row}"],
                    lower=data[f"lower_{row}"],
                    upper=data[f"upper_{row}"],
                    rate_from=rate_from / 100,
                    rate_to=rate_to / 100,
                    term_from=int(term_from),
                    term_to=int(term_to),
                )
            )
        return found


class MonthForm(StaffForm):
    """Which store and month to score."""

    store = forms.ModelChoiceField(None, label=lazy("Store"))
    month = forms.CharField(label=lazy("Month"), widget=forms.DateInput(attrs={"type": "month"}), max_length=7)
    button = lazy("Calculate")

    def __init__(self, stores: object, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("initial", {"month": f"{timezone.localdate():%Y-%m}"})
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.fields["store"].label_from_instance = lambda store: store.label

    clean_month = SchemeForm.clean_month

    @property
    def chosen(self) -> tuple[Store, date]:
        return self.cleaned_data["store"], self.cleaned_data["month"]
