"""What the lists of contracts, promotions and settlements can be narrowed by."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from staff.access import stores_for
from stores.models import Store
from suppliers.models import Contract, PromotionSheet, Settlement
from suppliers.settling.spans import month_end


class _LabelFilter(django_filters.ModelChoiceFilter):
    """A store, by its label in the language of the page."""

    class field_class(django_filters.ModelChoiceFilter.field_class):
        def label_from_instance(self, obj: Store) -> str:
            return obj.label


def _stores(request: object) -> QuerySet[Store]:
    return stores_for(request.user)


def _search(label: object) -> django_filters.CharFilter:
    return django_filters.CharFilter(method="found", label=label)


class ContractFilter(django_filters.FilterSet):
    q = _search(_("Number or supplier"))
    store = _LabelFilter(queryset=_stores, label=_("Store"), empty_label=_("All"))
    state = django_filters.ChoiceFilter(choices=Contract.State.choices, label=_("State"), empty_label=_("All"))
    until = django_filters.DateFilter(
        field_name="ends_on",
        lookup_expr="lte",
        label=_("Ends by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Contract
        fields: tuple[str, ...] = ()

    def found(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        value = value.strip()
        return rows.filter(Q(number__icontains=value) | Q(party__name__icontains=value))


class PromotionFilter(django_filters.FilterSet):
    q = _search(_("Number or name"))
    status = django_filters.ChoiceFilter(choices=PromotionSheet.Status.choices, label=_("State"), empty_label=_("All"))

    class Meta:
        model = PromotionSheet
        fields: tuple[str, ...] = ()

    def found(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(Q(number__icontains=value.strip()) | Q(name__icontains=value.strip()))


class SettlementFilter(django_filters.FilterSet):
    q = _search(_("Number or supplier"))
    store = _LabelFilter(queryset=_stores, label=_("Store"), empty_label=_("All"))
    state = django_filters.ChoiceFilter(choices=Settlement.State.choices, label=_("State"), empty_label=_("All"))
    month = django_filters.DateFilter(
        method="in_month",
        label=_("Month"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Settlement
        fields: tuple[str, ...] = ()

    def found(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        value = value.strip()
        return rows.filter(
            Q(number__icontains=value) | Q(party__name__icontains=value) | Q(contract__number__icontains=value)
        )

    def in_month(self, rows: QuerySet, _name: str, value: object) -> QuerySet:
        return rows.filter(first_on__range=(value.replace(day=1), month_end(value)))
