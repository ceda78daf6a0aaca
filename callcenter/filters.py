"""Filters of the desk's lists."""

from datetime import timedelta

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from callcenter.models import Article, Case, CaseCategory, HandOver, Kind, Priority
from callcenter.selectors.desk import FIGURE_DAYS, found_articles
from callcenter.selectors.fcr import resolved_at_first_contact
from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with

WHICH = [
    ("mine", _("My cases")),
    ("nobody", _("Without an owner")),
    ("standing", _("Not solved")),
    ("overdue", _("Overdue")),
    ("breached", _("Late, of the last 30 days")),
    ("solved", _("Solved in the last 30 days")),
    ("first", _("Solved at first contact, last 30 days")),
    ("rated", _("Rated in the last 30 days")),
]


class _OfStores(filters.FilterSet):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for one in self.filters.values():
            if hasattr(one.field, "empty_label"):
                one.field.empty_label = _("All")
        for name in ("store", "category"):
            if name in self.filters:
                self.filters[name].field.label_from_instance = lambda row: row.label
        if "store" in self.filters:
            self.filters["store"].field.queryset = stores_for(self.request.user)


class CaseFilter(_OfStores):
    text = filters.CharFilter(label=_("Number, title or tag"), method="by_text")
    which = filters.ChoiceFilter(label=_("Which"), choices=WHICH, method="by_which")
    state = filters.ChoiceFilter(label=_("State"), choices=Case.State)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Kind)
    priority = filters.ChoiceFilter(label=_("Priority"), choices=Priority)
    category = filters.ModelChoiceFilter(
        label=_("Category"), queryset=CaseCategory.objects.filter(is_active=True), method="by_category"
    )
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=None)
    owner = filters.ModelChoiceFilter(
        label=_("Owner"), queryset=User.objects.filter(role__in=roles_with("callcenter.work_case"), is_active=True)
    )
    counter = filters.NumberFilter(widget=forms.HiddenInput())
    member = filters.NumberFilter(widget=forms.HiddenInput())

    class Meta:
        model = Case
        fields: list[str] = []

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        word = value.strip()
        return queryset.filter(
            Q(number__istartswith=word.upper()) | Q(title__icontains=word) | Q(tags__contains=[word])
        )

    def by_category(self, queryset: QuerySet, name: str, value: CaseCategory) -> QuerySet:
        return queryset.filter(Q(category=value) | Q(category__parent=value))

    def by_which(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        now = timezone.now()
        since = now - timedelta(days=FIGURE_DAYS)
        match value:
            case "mine":
                return queryset.standing().filter(owner_id=self.request.user.pk)
            case "nobody":
                return queryset.standing().filter(owner=None)
            case "standing":
                return queryset.standing()
            case "overdue":
                return queryset.overdue(now)
            case "breached":
                return queryset.breached().filter(solved_at__gte=since)
            case "solved":
                return queryset.filter(solved_at__gte=since)
            case "first":
                return resolved_at_first_contact(queryset, since, now)
        return queryset.filter(rating__stars__isnull=False, rating__rated_at__gte=since)


class ArticleFilter(filters.FilterSet):
    text = filters.CharFilter(label=pgettext_lazy("search", "Words"), method="by_words")
    state = filters.ChoiceFilter(label=_("State"), choices=Article.State)

    class Meta:
        model = Article
        fields: list[str] = []

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(pk__in=[one.pk for one in found_articles(value, queryset, limit=200)])


class HandOverFilter(_OfStores):
    store = filters.ModelChoiceFilter(label=_("Store"), queryset=None)
    state = filters.ChoiceFilter(
        label=_("State"), choices=[("open", _("Not taken over")), ("taken", _("Taken over"))], method="by_state"
    )

    class Meta:
        model = HandOver
        fields: list[str] = []

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(taken_at__isnull=value == "open")
