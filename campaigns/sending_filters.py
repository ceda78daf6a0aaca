"""What the lists of wordings, suppressed addresses and the control group can be narrowed by."""

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import MessageTemplate, Send, Suppression
from campaigns.selectors.segment_people import meant_by
from campaigns.services.suppressions import BY_HAND, hashes_of
from members.models import Member


class WordingFilter(filters.FilterSet):
    """The library alone, unless the others are asked for as well."""

    name = filters.CharFilter(label=pgettext_lazy("wording", "Name or words"), method="says")
    channel = filters.ChoiceFilter(label=_("Channel"), choices=Send.Channel, empty_label=_("All"))
    purpose = filters.ChoiceFilter(label=_("Purpose"), choices=MessageTemplate.Purpose, empty_label=_("All"))
    state = filters.ChoiceFilter(label=_("State"), choices=MessageTemplate.State, empty_label=_("All"))
    everything = filters.BooleanFilter(
        label=_("Also those written for one send"), method="all_of_them", widget=forms.CheckboxInput
    )

    class Meta:
        model = MessageTemplate
        fields: tuple[str, ...] = ()

    def says(self, rows: QuerySet[MessageTemplate], _name: str, value: str) -> QuerySet[MessageTemplate]:
        return rows.filter(Q(name__icontains=value) | Q(versions__body__icontains=value)).distinct()

    def all_of_them(self, rows: QuerySet[MessageTemplate], _name: str, value: bool) -> QuerySet[MessageTemplate]:
        return rows if value else rows.filter(in_library=True)


class SuppressionFilter(filters.FilterSet):
    address = filters.CharFilter(label=_("Whole number or e-mail address"), method="meant")
    channel = filters.ChoiceFilter(
        label=_("Channel"), choices=[(one.value, one.label) for one in BY_HAND], empty_label=_("All")
    )
    reason = filters.ChoiceFilter(label=_("Reason"), choices=Suppression.Reason, empty_label=_("All"))

    class Meta:
        model = Suppression
        fields: tuple[str, ...] = ()

    def meant(self, rows: QuerySet[Suppression], _name: str, value: str) -> QuerySet[Suppression]:
        wanted = Q(pk__in=[])
        for channel, address_hash in hashes_of(value):
            wanted |= Q(channel=channel, address_hash=address_hash)
        return rows.filter(wanted)


class DrawnFilter(filters.FilterSet):
    number = filters.CharFilter(label=_("Member number, phone or card"), method="numbered")

    class Meta:
        model = Member
        fields: tuple[str, ...] = ()

    def numbered(self, rows: QuerySet[Member], _name: str, value: str) -> QuerySet[Member]:
        return rows.filter(pk__in=meant_by(value))
