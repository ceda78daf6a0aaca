"""What the lists of jobs, audit lines and messages can be narrowed by."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from staff.models import AuditEntry, Job, Outbox


def _day(field: str, lookup: str, label: object) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(field_name=field, lookup_expr=lookup, label=label, widget=widget)


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Job.State.choices, label=_("State"), empty_label=_("All"))

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()


class AuditFilter(django_filters.FilterSet):
    action = django_filters.CharFilter(lookup_expr="startswith", label=_("What"), max_length=80)
    actor = django_filters.CharFilter(field_name="actor__username", label=_("Who (account)"), max_length=80)
    since = _day("at", "date__gte", _("From"))
    until = _day("at", "date__lte", _("To"))

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()


class OutboxFilter(django_filters.FilterSet):
    channel = django_filters.ChoiceFilter(choices=Outbox.Channel.choices, label=_("Channel"), empty_label=_("All"))
    state = django_filters.ChoiceFilter(choices=Outbox.State.choices, label=_("State"), empty_label=_("All"))
    to = django_filters.CharFilter(lookup_expr="startswith", label=_("To"), max_length=80)

    class Meta:
        model = Outbox
        fields: tuple[str, ...] = ()
