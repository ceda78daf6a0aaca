"""Forms of call lists: what a list is, who is added, what came of a call."""

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.models import CallAttempt, CallList
from callcenter.services.call_list_work import Result
from callcenter.services.call_lists import ListFacts
from kit.forms import Labelled, StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with
from stores.models import Store

MOST_BYTES = 4 * 1024 * 1024


def _hour(label: object, initial: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, initial=initial, widget=widget)


class CallListForm(StaffForm):
    """Everything a list is but its members."""

    name = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=CallList.Purpose, help_text=_("Offers and surveys reach only who allowed calls.")
    )
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("All"))
    from_on = day_field(_("From"))
    until_on = day_field(_("Until"), required=True)
    call_from = _hour(_("Calls from"), "09:30")
    call_until = _hour(_("Calls until"), "20:00")
    most_attempts = forms.IntegerField(label=_("Calls per member, at most"), min_value=1, max_value=10, initial=3)
    bought_within = forms.IntegerField(label=_("A purchase counts within days"), min_value=1, max_value=90, initial=14)
    drops_buyers = forms.BooleanField(label=_("Leave out who has bought since"), required=False, initial=True)
    script = forms.CharField(
        label=_("What to say"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("{member}, {title}, {store} and {agent} are put in."),
    )
    script_en = forms.CharField(
        label=_("What to say, in English"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    agents = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Team"),
        required=False,
        help_text=_("Nobody chosen: everybody of the store who works lists."),
    )
    members = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user).order_by("code")
        people = User.objects.filter(role__in=roles_with("callcenter.work_call_list"), is_active=True)
        self.fields["agents"].queryset = people.order_by("display_name", "pk")

    def layout(self) -> Layout:
        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class="col-sm-6") for name in names))

        return Layout(
            "name", row("purpose", "store"), row("from_on", "until_on"), row("call_from", "call_until"),
            row("most_attempts", "bought_within"), "drops_buyers", "script", "script_en", "agents", "members",
        )  # fmt: skip

    @property
    def facts(self) -> ListFacts:
        """What was typed, as the service takes it."""
        return ListFacts(
            **{name: value for name, value in self.cleaned_data.items() if name not in ("agents", "members")}
        )


class AddForm(StaffForm):
    """Numbers typed or pasted, or a file of them."""

    button = _("Add")
    numbers = forms.CharField(
        label=_("Phones, member numbers or cards"),
        required=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One per line."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("CSV or text, up to 4 MB; the first column counts."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt"}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean()
        lines = (data.get("numbers") or "").splitlines()
        if (file := data.get("file")) is not None:
            if file.size > MOST_BYTES:
                self.add_error("file", _("The file is larger than 4 MB."))
                return data
            lines += _text_of(file.read()).splitlines()
        data["lines"] = [first for line in lines if (first := line.replace("\x00", "").split(",")[0].strip(' "\t'))]
        if not data["lines"] and not self.errors:
            self.add_error("numbers", _("Please give at least one number."))
        return data


def _text_of(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="replace")


class OutcomeForm(forms.Form):
    """What came of a call; the buttons are in the template, each with its key."""

    outcome = forms.ChoiceField(choices=CallAttempt.Outcome)
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    callback_at = forms.DateTimeField(
        label=_("Call back at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    callback_is_mine = forms.BooleanField(label=_("I call back myself"), required=False, initial=True)

    @property
    def result(self) -> Result:
        return Result(**self.cleaned_data)
