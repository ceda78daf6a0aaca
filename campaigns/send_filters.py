"""What the lists of sends and of their recipients can be narrowed by."""

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Send, SendRecipient
from campaigns.selectors.segment_people import meant_by
from campaigns.send_reasons import REASONS


class SendFilter(filters.FilterSet):
    name = filters.CharFilter(label=pgettext_lazy("send", "Name"), lookup_expr="icontains")
    channel = filters.ChoiceFilter(label=_("Channel"), choices=Send.Channel, empty_label=_("All"))
    state = filters.ChoiceFilter(label=_("State"), choices=Send.State, empty_label=_("All"))

    class Meta:
        model = Send
        fields: tuple[str, ...] = ()


class RecipientFilter(filters.FilterSet):
    number = filters.CharFilter(label=_("Member number, phone or card"), method="numbered")
    state = filters.ChoiceFilter(label=_("State"), choices=SendRecipient.State, empty_label=_("All"))
    reason = filters.ChoiceFilter(label=_("Reason"), choices=list(REASONS.items()), empty_label=_("All"))

    class Meta:
        model = SendRecipient
        fields: tuple[str, ...] = ()

    def numbered(self, rows: QuerySet[SendRecipient], _name: str, value: str) -> QuerySet[SendRecipient]:
        return rows.filter(member_id__in=meant_by(value))
