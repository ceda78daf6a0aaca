"""Filters of the lists about suppliers."""

from datetime import date

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with
from stores.models import Floor
from suppliers.models import CounterScore, Licence, LicenceType, Party, PartyPerson

STATES = [("expiring", _("Running out")), ("expired", _("Run out")), ("valid", _("Valid")), ("open", _("No last day"))]


class OfStores(filters.FilterSet):
    """A filter whose stores are those of the person who asks."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for one in self.filters.values():
            if hasattr(one.field, "empty_label"):
                one.field.empty_label = _("All")
        if "store" in self.filters:
            self.filters["store"].field.queryset = stores_for(self.request.user)
            self.filters["store"].field.label_from_instance = lambda row: row.label


class PartyFilter(OfStores):
    text = filters.CharFilter(label=_("Name, pinyin or number"), method="by_text")
    status = filters.ChoiceFilter(label=_("Status"), choices=Party.Status)
    stage = filters.ChoiceFilter(label=_("Stage"), choices=Party.Stage)
    selling = filters.ChoiceFilter(label=_("Right to sell"), choices=Party.Selling)
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=None, field_name="stores")
    buyer = filters.ModelChoiceFilter(
        label=_("Buyer"), queryset=User.objects.filter(role__in=roles_with("suppliers.change_supplier"))
    )

    class Meta:
        model = Party
        fields: list[str] = []

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(by_text(value))


def by_text(text: str) -> Q:
    """Suppliers by part of a name, by number, credit code, pinyin or initials."""
    found = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(name_en__icontains=text)
    found |= Q(code__iexact=text) | Q(uscc__iexact=text) | Q(brand_note__icontains=text)
    word = "".join(text.lower().split())
    return found | Q(pinyin__contains=word) if word.isascii() and word else found


class LicenceFilter(OfStores):
    state = filters.ChoiceFilter(label=_("State"), choices=STATES)
    type = filters.ModelChoiceFilter(label=_("Type"), queryset=LicenceType.objects.all())
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=None, field_name="party__stores")
    text = filters.CharFilter(label=_("Supplier or person"), method="by_text")

    class Meta:
        model = Licence
        fields: list[str] = []

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(party__name__icontains=value) | Q(party__short_name__icontains=value)
        return queryset.filter(found | Q(person__name__icontains=value) | Q(number__icontains=value))


class PersonFilter(OfStores):
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=None, field_name="counter__store")
    floor = filters.ModelChoiceFilter(
        label=_("Floor"), queryset=Floor.objects.select_related("store"), field_name="counter__floor"
    )
    role = filters.ChoiceFilter(label=_("Position"), choices=PartyPerson.Role)
    here = filters.ChoiceFilter(
        label=_("Here"), choices=[("yes", _("works here")), ("no", _("has left"))], method="by_presence"
    )
    text = filters.CharFilter(label=_("Name, counter or supplier"), method="by_text")

    class Meta:
        model = PartyPerson
        fields: list[str] = []

    def by_presence(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        gone = Q(left_on__lt=timezone.localdate())
        return queryset.filter(gone) if value == "no" else queryset.exclude(gone)

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(name__icontains=value) | Q(counter__name__icontains=value)
        return queryset.filter(found | Q(party__name__icontains=value) | Q(party__short_name__icontains=value))


class ScoreFilter(OfStores):
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=None, field_name="period__store")
    month = filters.CharFilter(label=_("Month"), method="by_month", widget=forms.DateInput(attrs={"type": "month"}))
    grade = filters.CharFilter(label=_("Grade"), lookup_expr="iexact")
    text = filters.CharFilter(label=_("Counter or supplier"), method="by_text")

    class Meta:
        model = CounterScore
        fields: list[str] = []

    def __init__(self, data: QueryDict, *args: object, month: date | None = None, **kwargs: object) -> None:
        if month is not None:
            data = data.copy()
            data["month"] = f"{month:%Y-%m}"
        super().__init__(data, *args, **kwargs)

    def by_month(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The page has chosen the month already."""
        return queryset

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(counter__name__icontains=value) | Q(counter__name_en__icontains=value)
        return queryset.filter(found | Q(party__name__icontains=value) | Q(party__short_name__icontains=value))
