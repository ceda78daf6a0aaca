"""What the lists of receipts and unmatched returns can be narrowed by."""

from datetime import timedelta

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from sales.models import Receipt, ReceiptLine, UnmatchedReturn
from staff.access import counters_for, stores_for
from stores.models import Counter, Store

USUAL_DAYS = 7


def _day(lookup: str, label: object) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(field_name="sold_on", lookup_expr=lookup, label=label, widget=widget)


def _number(field: str, lookup: str, low: int, high: int) -> django_filters.NumberFilter:
    return django_filters.NumberFilter(
        field_name=field, lookup_expr=lookup, widget=forms.HiddenInput, min_value=low, max_value=high
    )


class PlaceFilter(django_filters.ModelChoiceFilter):
    """A choice among the person's own stores or counters."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        model = self.queryset.model if self.queryset is not None else Store
        return stores_for(request.user) if model is Store else counters_for(request.user)

    @property
    def field(self) -> forms.Field:
        field = super().field
        field.label_from_instance = lambda place: place.label
        return field


class ReceiptFilter(django_filters.FilterSet):
    """Receipts of the last seven days, unless a number, a member or other days are asked for."""

    since = _day("gte", _("From"))
    until = _day("lte", _("To"))
    document = django_filters.CharFilter(field_name="document", label=_("Receipt number"), max_length=64)
    member = django_filters.CharFilter(method="of_member", label=_("Member number or card"), max_length=40)
    store = PlaceFilter(queryset=Store.objects.all(), label=_("Store"), empty_label=_("All"))
    counter = PlaceFilter(queryset=Counter.objects.all(), method="at_counter", label=_("Counter"), empty_label=_("All"))
    kind = django_filters.ChoiceFilter(choices=Receipt.Kind.choices, label=_("Kind"), empty_label=_("All"))
    channel = django_filters.ChoiceFilter(choices=Receipt.Channel.choices, label=_("Channel"), empty_label=_("All"))
    who = django_filters.ChoiceFilter(
        choices=[("member", _("Members")), ("anonymous", _("Without a member"))],
        method="by_whom",
        label=_("Bought by"),
        empty_label=_("All"),
    )
    floor = django_filters.NumberFilter(method="on_floor", widget=forms.HiddenInput, min_value=1)
    hour = _number("sold_at", "hour", 0, 23)
    weekday = _number("sold_on", "iso_week_day", 1, 7)

    class Meta:
        model = Receipt
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict, *args: object, **kwargs: object) -> None:
        data = data.copy()
        if not any(data.get(name) for name in ("since", "until", "document", "member")):
            data["since"] = str(timezone.localdate() - timedelta(days=USUAL_DAYS - 1))
        super().__init__(data, *args, **kwargs)

    def _lines(self) -> QuerySet[ReceiptLine]:
        """Lines of the days asked for, so that only those partitions are read."""
        lines = ReceiptLine.objects.all()
        cleaned = self.form.cleaned_data
        if cleaned.get("since"):
            lines = lines.filter(sold_on__gte=cleaned["since"])
        if cleaned.get("until"):
            lines = lines.filter(sold_on__lte=cleaned["until"])
        return lines

    def of_member(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        text = value.replace(" ", "")
        found = Member.objects.filter(member_no=text) | Member.objects.filter(cards__number=text)
        return queryset.filter(member__in=list(found.values_list("pk", flat=True).distinct()[:10]))

    def at_counter(self, queryset: QuerySet, _name: str, counter: Counter) -> QuerySet:
        return queryset.filter(pk__in=self._lines().filter(counter=counter).values("receipt_id"))

    def on_floor(self, queryset: QuerySet, _name: str, floor: int) -> QuerySet:
        counters = Counter.objects.filter(floor=int(floor)).values("pk")
        return queryset.filter(pk__in=self._lines().filter(counter__in=counters).values("receipt_id"))

    def by_whom(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(member__isnull=value == "anonymous")


class UnmatchedFilter(django_filters.FilterSet):
    since = _day("gte", _("From"))
    until = _day("lte", _("To"))
    store = PlaceFilter(queryset=Store.objects.all(), label=_("Store"), empty_label=_("All"))
    who = django_filters.ChoiceFilter(
        choices=[("member", _("Members")), ("anonymous", _("Without a member"))],
        method="by_whom",
        label=_("Returned by"),
        empty_label=_("All"),
    )

    class Meta:
        model = UnmatchedReturn
        fields: tuple[str, ...] = ()

    def by_whom(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(member__isnull=value == "anonymous")
