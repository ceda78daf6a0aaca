"""What the lists of calls and of events can be narrowed by."""

from datetime import datetime, timedelta

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from callcenter.models import Call, CallEvent, PhoneSystem
from kit import phones
from members.models import Member, MemberCard
from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with
from stores.models import Store


def _day_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _midnight(day: object) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made aware at once


class CallFilter(filters.FilterSet):
    """Calls by day, whose they are, how they ended, and of whom."""

    who = filters.CharFilter(label=_("Phone, member number or card"), method="of_whom", max_length=40)
    on = filters.DateFilter(label=_("Day"), method="on_day", widget=_day_widget())
    state = filters.ChoiceFilter(label=_("State"), choices=Call.State, empty_label=_("All"))
    direction = filters.ChoiceFilter(
        label=_("Direction"), choices=[one for one in Call.Direction.choices if one[0] != "own"], empty_label=_("All")
    )
    disposition = filters.ChoiceFilter(label=_("Result"), choices=Call.Disposition, empty_label=_("All"))
    agent = filters.ModelChoiceFilter(
        label=pgettext_lazy("call", "Agent"),
        queryset=User.objects.filter(role__in=roles_with("callcenter.take_calls"), is_active=True),
        empty_label=_("All"),
    )
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=Store.objects.none(), empty_label=_("All"))

    class Meta:
        model = Call
        fields: list[str] = []

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.request.user.has_perm("callcenter.view_all_calls"):
            self.filters["store"].field.queryset = stores_for(self.request.user)
            self.filters["store"].field.label_from_instance = lambda row: row.label
        else:
            del self.filters["store"], self.filters["agent"]

    def on_day(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        begin = _midnight(value)
        return queryset.filter(heard_at__gte=begin, heard_at__lt=begin + timedelta(days=1))

    def of_whom(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """A whole number, a member number or a card; nothing that would have to scan."""
        text = value.strip()
        member = Member.objects.filter(member_no=text.upper()).values_list("pk", flat=True).first()
        member = (
            member or MemberCard.objects.filter(number=text.replace(" ", "")).values_list("member", flat=True).first()
        )
        if member:
            return queryset.filter(member_id=member)
        try:
            return queryset.filter(number=phones.normalise(text))
        except phones.InvalidPhone:
            return queryset.none()


class EventFilter(filters.FilterSet):
    """Events of phone systems: which, what became of them, when."""

    system = filters.ModelChoiceFilter(
        label=_("Phone system"), queryset=PhoneSystem.objects.all(), empty_label=_("All")
    )
    outcome = filters.ChoiceFilter(label=_("Outcome"), choices=CallEvent.Outcome, empty_label=_("All"))
    extension = filters.CharFilter(label=_("Extension"), max_length=20)
    external_id = filters.CharFilter(label=_("Call"), max_length=80)
    on = filters.DateFilter(label=_("Day"), method="on_day", widget=_day_widget())

    class Meta:
        model = CallEvent
        fields: list[str] = []

    def on_day(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        begin = _midnight(value)
        return queryset.filter(received_at__gte=begin, received_at__lt=begin + timedelta(days=1))
