"""What members behind a cell of the pyramid can be narrowed by."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Layer, PyramidMember
from campaigns.selectors.pyramids import STANDING

SCORES = [(n, str(n)) for n in (5, 4, 3, 2, 1)]
KINDS = [
    ("transaction", pgettext_lazy("customers", "Transaction customers")),
    ("relationship", pgettext_lazy("customers", "Relationship customers")),
]


class BehindFilter(django_filters.FilterSet):
    """Checks what was asked; `campaigns.selectors.pyramids.members_behind` has already narrowed the rows by it."""

    layer = django_filters.ChoiceFilter(
        label=_("Layer"), choices=[(one.value, one.label) for one in STANDING], empty_label=_("All"), method="narrowed"
    )
    r = django_filters.ChoiceFilter(label="R", choices=SCORES, empty_label=_("All"), method="narrowed")
    f = django_filters.ChoiceFilter(label="F", choices=SCORES, empty_label=_("All"), method="narrowed")
    m = django_filters.ChoiceFilter(label="M", choices=SCORES, empty_label=_("All"), method="narrowed")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=KINDS, empty_label=_("All"), method="narrowed")
    least = django_filters.NumberFilter(label=_("Net spend from"), min_value=0, method="narrowed")
    before = django_filters.NumberFilter(widget=forms.HiddenInput, method="narrowed")
    was = django_filters.ChoiceFilter(
        choices=[(0, "0"), *((one.value, str(one.value)) for one in Layer)], widget=forms.HiddenInput, method="narrowed"
    )

    class Meta:
        model = PyramidMember
        fields: tuple[str, ...] = ()

    def narrowed(self, rows: object, name: str, value: object) -> object:
        return rows

    @property
    def chosen(self) -> dict[str, object]:
        """What was asked for and makes sense; layers and scores as numbers."""
        self.form.is_valid()
        given = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        return {name: value if name in ("kind", "least") else int(value) for name, value in given.items()}
