"""The form of a score scheme: weights, bands, grades in one page, checked as a whole."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from stores.models import Store
from suppliers.forms.base import SupplierForm
from suppliers.models import ScoreScheme
from suppliers.services.metrics import Bands, registered
from suppliers.services.schemes import STANDARD_GRADES, STANDARD_WEIGHTS, Graded, Weighed

_PAIR = re.compile(r"^(-?\d+(?:\.\d+)?)\s*[:：]\s*(\d+(?:\.\d+)?)$")


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


class SchemeForm(SupplierForm):
    """Weights sum to 100; grades cover 0 to 100. The rules are the service's; it answers above the form."""

    month = forms.CharField(label=lazy("From the month"), widget=forms.DateInput(attrs={"type": "month"}), max_length=7)
    button = lazy("Save scheme")

    def __init__(self, scheme: ScoreScheme | None, *args: object, **kwargs: object) -> None:
        weights = {one.metric: one for one in scheme.weights.all()} if scheme else {}
        grades = list(scheme.grades.all()) if scheme else list(STANDARD_GRADES)
        self.letters = [grade.letter for grade in grades]
        initial: dict[str, object] = {"month": f"{timezone.localdate():%Y-%m}"}
        self.metrics = registered()
        for metric in self.metrics:
            own = weights.get(metric.key)
            standard = STANDARD_WEIGHTS.get(metric.key, 0) if not scheme else 0
            initial[f"weight_{metric.key}"] = own.weight if own else standard
            initial[f"bands_{metric.key}"] = written(own.bands if own else metric.standard)
        for grade in grades:
            initial |= {
                f"lower_{grade.letter}": grade.lower,
                f"upper_{grade.letter}": grade.upper,
                f"rates_{grade.letter}": f"{_percent(grade.rate_from)}–{_percent(grade.rate_to)}",
                f"terms_{grade.letter}": f"{grade.term_from}–{grade.term_to}",
            }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self._add_fields()
        self.helper.layout = self.layout_of_all()

    def _add_fields(self) -> None:
        for metric in self.metrics:
            self.fields[f"weight_{metric.key}"] = forms.DecimalField(
                label=metric.label, min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2
            )
            self.fields[f"bands_{metric.key}"] = BandField(label=_("Bands"), max_length=300)
        for letter in self.letters:
            for name, label in (("lower", _("From")), ("upper", _("Below"))):
                self.fields[f"{name}_{letter}"] = forms.DecimalField(
                    label=label, min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2
                )
            self.fields[f"rates_{letter}"] = forms.CharField(label=_("Rate, %"), max_length=20)
            self.fields[f"terms_{letter}"] = forms.CharField(label=_("Term, months"), max_length=20)

    def layout_of_all(self) -> Layout:
        rows = [
            Row(
                Column(f"weight_{metric.key}", css_class="col-md-4"),
                Column(f"bands_{metric.key}", css_class="col-md-8"),
            )
            for metric in self.metrics
        ]
        grades = [
            Fieldset(
                _("Grade %(letter)s") % {"letter": letter},
                Row(
                    *[
                        Column(f"{name}_{letter}", css_class="col-6 col-md-3")
                        for name in ("lower", "upper", "rates", "terms")
                    ]
                ),
            )
            for letter in self.letters
        ]
        return Layout("month", Fieldset(_("Weights, together 100"), *rows), *grades)

    def clean_month(self) -> date:
        try:
            return date.fromisoformat(f"{self.cleaned_data['month']}-01")
        except ValueError:
            raise forms.ValidationError(_("Write the month like 2026-11.")) from None

    def clean(self) -> dict[str, object]:
        data = super().clean()
        for letter in self.letters:
            for name in ("rates", "terms"):
                field = f"{name}_{letter}"
                if field in data and self._pair(data[field]) is None:
                    self.add_error(field, _("Write from–to, like 10–20."))
        return data

    @staticmethod
    def _pair(text: str) -> tuple[Decimal, Decimal] | None:
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[-–—~～]\s*(\d+(?:\.\d+)?)\s*", text)
        return (Decimal(match[1]), Decimal(match[2])) if match else None

    def weights(self) -> list[Weighed]:
        """The metrics that weigh anything."""
        data = self.cleaned_data
        return [
            Weighed(metric.key, data[f"weight_{metric.key}"], data[f"bands_{metric.key}"])
            for metric in self.metrics
            if data[f"weight_{metric.key}"]
        ]

    def grades(self) -> list[Graded]:
        data = self.cleaned_data
        found = []
        for letter in self.letters:
            rates, terms = self._pair(data[f"rates_{letter}"]), self._pair(data[f"terms_{letter}"])
            found.append(
                Graded(
                    letter,
                    data[f"lower_{letter}"],
                    data[f"upper_{letter}"],
                    rates[0] / 100,
                    rates[1] / 100,
                    int(terms[0]),
                    int(terms[1]),
                )
            )
        return found


class MonthForm(SupplierForm):
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
