"""What the lists of segments and of their members can be narrowed by."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Segment, SegmentMember
from campaigns.selectors.segment_people import meant_by


class SegmentFilter(filters.FilterSet):
    name = filters.CharFilter(label=pgettext_lazy("thing", "Name"), method="named")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Segment.Kind, empty_label=_("All"))
    state = filters.ChoiceFilter(label=_("State"), choices=Segment.State, empty_label=_("All"))

    class Meta:
        model = Segment
        fields: tuple[str, ...] = ()

    def named(self, segments: QuerySet[Segment], _name: str, value: str) -> QuerySet[Segment]:
        return segments.filter(Q(name__icontains=value) | Q(name_en__icontains=value))


class BelongingFilter(filters.FilterSet):
    number = filters.CharFilter(label=_("Member number, phone or card"), method="numbered")
    pin = filters.ChoiceFilter(label=_("By hand"), choices=SegmentMember.Pin, empty_label=_("All"))

    class Meta:
        model = SegmentMember
        fields: tuple[str, ...] = ()

    def numbered(self, rows: QuerySet[SegmentMember], _name: str, value: str) -> QuerySet[SegmentMember]:
        return rows.filter(member_id__in=meant_by(value))
