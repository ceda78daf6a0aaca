"""What the list of requests to be erased can be narrowed by."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from members.models import ErasureRequest


class ErasureFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=ErasureRequest.State.choices, empty_label=_("All"), initial="waiting"
    )

    class Meta:
        model = ErasureRequest
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[ErasureRequest]) -> QuerySet[ErasureRequest]:
        """What waits, unless another state is asked for."""
        if "state" not in self.data:
            queryset = queryset.filter(state=ErasureRequest.State.WAITING)
        return super().filter_queryset(queryset)
