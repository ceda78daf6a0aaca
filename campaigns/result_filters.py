"""What the members behind a result can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from campaigns.models import SendRecipient


class UnitFilter(django_filters.FilterSet):
    arm = django_filters.ChoiceFilter(
        label=_("Arm"), choices=[one for one in SendRecipient.Arm.choices if one[0]], empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=SendRecipient.State.choices, empty_label=_("All"))

    class Meta:
        model = SendRecipient
        fields: tuple[str, ...] = ()
