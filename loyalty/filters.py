"""What the lists of loyalty can be narrowed by."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.models import Adjustment, PointsTxn
from sales.models import ImportBatch


def _day(lookup: str, label: object) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(
        field_name="business_at", lookup_expr=f"date__{lookup}", label=label, widget=widget
    )


class LedgerFilter(django_filters.FilterSet):
    """One account's transactions by kind and day."""

    kind = django_filters.ChoiceFilter(choices=PointsTxn.Kind.choices, label=_("Kind"), empty_label=_("All"))
    since = _day("gte", _("From"))
    until = _day("lte", _("To"))

    class Meta:
        model = PointsTxn
        fields: tuple[str, ...] = ()


class AdjustmentFilter(django_filters.FilterSet):
    """Adjustments by state."""

    state = django_filters.ChoiceFilter(choices=Adjustment.State.choices, label=_("State"), empty_label=_("All"))

    class Meta:
        model = Adjustment
        fields: tuple[str, ...] = ()


class ImportFilter(django_filters.FilterSet):
    """Imports of receipts by state."""

    state = django_filters.ChoiceFilter(choices=ImportBatch.State.choices, label=_("State"), empty_label=_("All"))

    class Meta:
        model = ImportBatch
        fields: tuple[str, ...] = ()
