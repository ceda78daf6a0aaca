"""What the list of call lists and the entries of one can be narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from callcenter.models import CallAttempt, CallList, CallListEntry
from callcenter.selectors.call_rechecks import reasons_to_leave_out


class CallListFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=CallList.State, empty_label=_("All"))
    purpose = filters.ChoiceFilter(label=_("Purpose"), choices=CallList.Purpose, empty_label=_("All"))

    class Meta:
        model = CallList
        fields: tuple[str, ...] = ()


class EntryFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=CallListEntry.State, empty_label=_("All"))
    last_outcome = filters.ChoiceFilter(label=_("Last result"), choices=CallAttempt.Outcome, empty_label=_("All"))
    why = filters.ChoiceFilter(label=_("Left out because"), choices=reasons_to_leave_out, empty_label=_("All"))

    class Meta:
        model = CallListEntry
        fields: tuple[str, ...] = ()
