"""Identity papers: typed whole, kept as a digest."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from members.models import MemberIdentity


class IdentityForm(StaffForm):
    button = _("Record")

    kind = forms.ChoiceField(label=_("Paper"), choices=MemberIdentity.Kind.choices)
    identity = forms.CharField(
        label=_("Number"),
        max_length=30,
        help_text=_("It is checked, and afterwards shown as 3702**********1234 only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
