"""What the list of requests to be erased can be narrowed by."""

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.models import ErasureRequest


class ErasureFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=ErasureRequest.State.choices, empty_label=_("All"))

    class Meta:
        model = ErasureRequest
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict | None = None, *args: object, **kwargs: object) -> None:
        """What waits, unless another state is asked for."""
        asked = data.copy() if data is not None else QueryDict(mutable=True)
        asked.setdefault("state", ErasureRequest.State.WAITING)
        super().__init__(asked, *args, **kwargs)
