"""What lists of journeys and of their members can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from campaigns.models import Journey, JourneyEnrolment


class JourneyFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=Journey.State.choices, empty_label=_("All"))

    class Meta:
        model = Journey
        fields: tuple[str, ...] = ()


class EnrolmentFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=JourneyEnrolment.State.choices, empty_label=_("All"))
    arm = django_filters.ChoiceFilter(label=_("Arm"), choices=[(1, _("Holdout")), (2, "A")], empty_label=_("All"))
    step = django_filters.CharFilter(label=_("Waits for step"))

    class Meta:
        model = JourneyEnrolment
        fields: tuple[str, ...] = ()
