"""What the lists of campaigns, gifts and surveys can be narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Campaign, GiftHandout, Survey
from staff.access import stores_for


class CampaignFilter(filters.FilterSet):
    name = filters.CharFilter(label=pgettext_lazy("thing", "Name"), lookup_expr="icontains")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Campaign.Kind, empty_label=_("All"))
    state = filters.ChoiceFilter(label=_("State"), choices=Campaign.State, empty_label=_("All"))

    class Meta:
        model = Campaign
        fields: tuple[str, ...] = ()


class StoreChoice(filters.ModelChoiceFilter):
    """The stores in the asker's scope, by their label."""

    def __init__(self, **kwargs: object) -> None:
        kwargs = {"queryset": lambda request: stores_for(request.user).order_by("code"), **kwargs}
        super().__init__(label=_("Store"), empty_label=_("All"), **kwargs)

    @property
    def field(self) -> object:
        found = super().field
        found.label_from_instance = lambda store: store.label
        return found


class HandoutFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=GiftHandout.State, empty_label=_("All"))
    store = StoreChoice()

    class Meta:
        model = GiftHandout
        fields: tuple[str, ...] = ()


class SurveyFilter(filters.FilterSet):
    name = filters.CharFilter(label=pgettext_lazy("thing", "Name"), lookup_expr="icontains")
    state = filters.ChoiceFilter(label=_("State"), choices=Survey.State, empty_label=_("All"))

    class Meta:
        model = Survey
        fields: tuple[str, ...] = ()
