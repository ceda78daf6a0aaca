"""Forms of an associate's phone."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.forms import Labelled, StaffForm, day_field
from staff.access import counters_for
from staff.models import User
from stores.models import Counter


class WishForm(StaffForm):
    """Tell her when it arrives."""

    what = forms.CharField(
        label=_("What the member waits for"),
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": _("camel wool coat"), "autocomplete": "off"}),
    )
    size = forms.CharField(label=_("Size"), max_length=20, required=False)
    until_on = day_field(_("Wanted until"), help_text=_("Two months from now, unless you say."))
    counter = Labelled(Counter.objects.none(), label=_("Counter"))

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        own = counters_for(user).order_by("code")
        self.fields["counter"].queryset = own
        self.fields["counter"].initial = first.pk if (first := own.first()) else None


class MemberPromiseForm(StaffForm):
    """What I promise a customer, and the day I keep it."""

    button = _("Promise")
    what = forms.CharField(label=_("What do you promise?"), max_length=300)
    due_on = day_field(_("Until when?"), required=True)

    def clean_due_on(self) -> date:
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("The day has passed."))
        return day


class LaterForm(forms.Form):
    """In how many days to be reminded."""

    days = forms.IntegerField(min_value=1, max_value=90)


class TapForm(forms.Form):
    """One choice of one field."""

    key = forms.CharField(max_length=40)
    value = forms.CharField(max_length=300)


class NoteForm(forms.Form):
    """A note, tapped or typed."""

    text = forms.CharField(max_length=2000)
