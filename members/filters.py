"""What the lists of members and contacts can be narrowed by. Every filter here has an index or narrows one."""

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.models import Contact, DuplicatePair, Household, Member, MemberCare
from staff.models import User
from staff.roles import Role
from stores.models import Store


class _Stores(django_filters.fields.ModelChoiceField):
    def label_from_instance(self, store: Store) -> str:
        return store.label


class StoreFilter(django_filters.ModelChoiceFilter):
    field_class = _Stores


def _day(field: str, lookup: str, label: object) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(field_name=field, lookup_expr=lookup, label=label, widget=widget)


def _associates(request: object) -> QuerySet[User]:
    return User.objects.filter(role=Role.ASSOCIATE, is_active=True).order_by("display_name", "username")


class MemberFilter(django_filters.FilterSet):
    home_store = StoreFilter(queryset=Store.objects.all(), label=_("Home store"), empty_label=_("All"))
    category = django_filters.ChoiceFilter(choices=Member.Category.choices, label=_("Category"), empty_label=_("All"))
    status = django_filters.ChoiceFilter(choices=Member.Status.choices, label=_("Status"), empty_label=_("All"))
    since = _day("enrolled_on", "gte", _("Enrolled from"))
    until = _day("enrolled_on", "lte", _("Enrolled until"))
    associate = django_filters.ModelChoiceFilter(
        queryset=_associates, label=_("Looked after by"), empty_label=_("All"), method="looked_after_by"
    )

    class Meta:
        model = Member
        fields: tuple[str, ...] = ()

    def looked_after_by(self, members: QuerySet[Member], name: str, associate: User) -> QuerySet[Member]:
        care = MemberCare.objects.filter(associate=associate, until_on__isnull=True)
        return members.filter(pk__in=care.values("member_id"))


class DuplicateFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        choices=DuplicatePair.State.choices, label=_("State"), empty_label=_("All"), initial=DuplicatePair.State.OPEN
    )
    likeness = django_filters.ChoiceFilter(
        choices=DuplicatePair.Likeness.choices, label=_("Likeness"), empty_label=_("All")
    )

    class Meta:
        model = DuplicatePair
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict | None = None, *args: object, **kwargs: object) -> None:
        """What is to be looked at comes first, and the filter says so."""
        asked = data.copy() if data else QueryDict(mutable=True)
        asked.setdefault("state", DuplicatePair.State.OPEN)
        super().__init__(asked, *args, **kwargs)


class HouseholdFilter(django_filters.FilterSet):
    pools_points = django_filters.ChoiceFilter(
        choices=[("true", _("Pooled")), ("false", _("Not pooled"))], label=_("Points"), empty_label=_("All")
    )

    class Meta:
        model = Household
        fields: tuple[str, ...] = ()


class ContactFilter(django_filters.FilterSet):
    store = StoreFilter(queryset=Store.objects.all(), label=_("Store"), empty_label=_("All"))
    open = django_filters.ChoiceFilter(
        label=_("State"),
        empty_label=_("All"),
        choices=[("open", _("No card yet")), ("converted", _("Became a member"))],
        method="by_state",
    )

    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()

    def by_state(self, contacts: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        return contacts.filter(converted_to__isnull=value == "open")
