"""What the lists of expenses and of the office can be narrowed by."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workflow.models import Budget, Bulletin, Circulation, ExpenseCategory, ExpenseClaim, OfficeTask, OfficialDocument


def _months(field_name: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        field_name=field_name,
        label=_("Month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )


class ClaimFilter(django_filters.FilterSet):
    """Claims by state, direction, month and words."""

    status = django_filters.ChoiceFilter(choices=ExpenseClaim.Status.choices, label=_("State"), empty_label=_("All"))
    direction = django_filters.ChoiceFilter(
        choices=ExpenseClaim.Direction.choices, label=_("Direction"), empty_label=_("All")
    )
    month = _months("month")
    words = django_filters.CharFilter(method="find", label=_("Number, purpose or payee"), max_length=60)

    class Meta:
        model = ExpenseClaim
        fields: tuple[str, ...] = ()

    def find(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(Q(number__iexact=value) | Q(purpose__icontains=value) | Q(counterparty__icontains=value))


class BudgetFilter(django_filters.FilterSet):
    """Budgets by month and category."""

    month = _months("month")
    category = django_filters.ModelChoiceFilter(
        queryset=ExpenseCategory.objects.all(), label=_("Category"), empty_label=_("All")
    )

    class Meta:
        model = Budget
        fields: tuple[str, ...] = ()


class OfficeTaskFilter(django_filters.FilterSet):
    """Tasks by state and by who does them."""

    status = django_filters.ChoiceFilter(choices=OfficeTask.Status.choices, label=_("State"), empty_label=_("All"))
    whose = django_filters.ChoiceFilter(
        method="of", label=_("Whose"), choices=[("mine", _("I do it")), ("given", _("I gave it"))], empty_label=_("All")
    )

    class Meta:
        model = OfficeTask
        fields: tuple[str, ...] = ()

    def of(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(**{"owner" if value == "mine" else "given_by": self.request.user})


class BulletinFilter(django_filters.FilterSet):
    """Bulletins that still count, or all of them."""

    shown = django_filters.ChoiceFilter(
        method="still", label=_("Shown"), choices=[("now", _("still shown")), ("past", _("taken down"))],
        empty_label=_("All"),
    )  # fmt: skip
    words = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label=_("Title"), max_length=60)

    class Meta:
        model = Bulletin
        fields: tuple[str, ...] = ()

    def still(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        past = Q(until__lt=timezone.localdate())
        return queryset.filter(past) if value == "past" else queryset.exclude(past)


class DocumentFilter(django_filters.FilterSet):
    """Documents by kind, archive and words."""

    kind = django_filters.ChoiceFilter(choices=OfficialDocument.Kind.choices, label=_("Kind"), empty_label=_("All"))
    archived = django_filters.BooleanFilter(
        field_name="archived_at",
        lookup_expr="isnull",
        exclude=True,
        label=_("Archived"),
        widget=forms.Select(choices=[("", _("All")), ("true", _("Yes")), ("false", _("No"))]),
    )
    words = django_filters.CharFilter(method="find", label=_("Number, title or correspondent"), max_length=60)

    class Meta:
        model = OfficialDocument
        fields: tuple[str, ...] = ()

    def find(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(
            Q(number__icontains=value) | Q(title__icontains=value) | Q(correspondent__icontains=value)
        )


class CirculationFilter(django_filters.FilterSet):
    """Circulations that go on, or have ended."""

    ended = django_filters.BooleanFilter(
        field_name="ended_at",
        lookup_expr="isnull",
        exclude=True,
        label=_("Ended"),
        widget=forms.Select(choices=[("", _("All")), ("true", _("Yes")), ("false", _("No"))]),
    )

    class Meta:
        model = Circulation
        fields: tuple[str, ...] = ()
