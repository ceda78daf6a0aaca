"""What the in-tray can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from workflow.models import ApprovalRequest, ApprovalTask, Copy
from workflow.registry import registered


def _kinds() -> list[tuple[str, object]]:
    return [(kind.key, kind.label) for kind in registered()]


class RequestFilter(django_filters.FilterSet):
    """Own requests by kind, state and number."""

    kind = django_filters.ChoiceFilter(field_name="subject_type", choices=_kinds, label=_("Kind"), empty_label=_("All"))
    status = django_filters.ChoiceFilter(choices=ApprovalRequest.Status.choices, label=_("State"), empty_label=_("All"))
    number = django_filters.CharFilter(field_name="number", lookup_expr="iexact", label=_("Number"), max_length=20)

    class Meta:
        model = ApprovalRequest
        fields: tuple[str, ...] = ()


class TaskFilter(django_filters.FilterSet):
    """Tasks by the kind and number of their request."""

    kind = django_filters.ChoiceFilter(
        field_name="request__subject_type", choices=_kinds, label=_("Kind"), empty_label=_("All")
    )
    number = django_filters.CharFilter(
        field_name="request__number", lookup_expr="iexact", label=_("Number"), max_length=20
    )

    class Meta:
        model = ApprovalTask
        fields: tuple[str, ...] = ()


class CopyFilter(TaskFilter):
    """Copies by the kind and number of their request."""

    class Meta:
        model = Copy
        fields: tuple[str, ...] = ()
