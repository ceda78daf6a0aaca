"""Founding a household, joining it, its rules."""

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from members.models import HouseholdMember


class AgreedField(forms.CharField):
    """How an adult agreed to share points."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(
            label=_("How they agreed"),
            max_length=200,
            help_text=_("Number of the signed form, or who heard it. Everybody may spend what the others allow."),
            **kwargs,
        )


def limit_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Points a month"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=_("Of the others' points; empty: no limit."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class FoundForm(StaffForm):
    button = _("Found household")
    name = forms.CharField(label=_("Name"), max_length=80)
    agreed = AgreedField()


class HouseholdForm(StaffForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    pools_points = forms.BooleanField(label=_("Points are pooled"), required=False)


class SpendingForm(StaffForm):
    may_spend = forms.BooleanField(label=_("May spend the household's points"), required=False)
    monthly_limit = limit_field()


class JoinForm(SpendingForm):
    button = _("Add to the household")
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, role.label) for role in (HouseholdMember.Role.ADULT, HouseholdMember.Role.CHILD)],
        widget=forms.RadioSelect,
        initial=HouseholdMember.Role.ADULT,
    )
    agreed = AgreedField(required=False)

    def layout(self) -> Layout:
        half = "col-sm-6"
        return Layout(
            "role",
            "agreed",
            Row(Column("may_spend", css_class=f"{half} align-self-center"), Column("monthly_limit", css_class=half)),
        )
