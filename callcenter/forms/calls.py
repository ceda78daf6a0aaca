"""Forms about calls: the note, a line for the shift, the simulator, phone systems."""

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.call_access import systems_for
from callcenter.models import AgentLine, Call, PhoneSystem
from kit import phones
from kit.forms import StaffForm
from staff.access import stores_for
from staff.models import User
from stores.models import Store


class NoteForm(forms.Form):
    """Note and result of a call; saved while typing."""

    disposition = forms.ChoiceField(label=_("Result"), choices=[("", "—"), *Call.Disposition.choices], required=False)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["disposition"].widget.attrs["class"] = "form-select"
        self.fields["note"].widget.attrs["class"] = "form-control"


class LineForm(StaffForm):
    """Where somebody sits for the shift."""

    button = _("Take this line")
    system = forms.ModelChoiceField(label=_("Phone system"), queryset=PhoneSystem.objects.none(), empty_label=None)
    extension = forms.RegexField(
        label=_("Extension"),
        regex=r"^[\w.-]{1,20}$",
        error_messages={"invalid": _("An extension is letters, digits, dots and dashes, such as 801.")},
    )
    opens_on_ring = forms.BooleanField(
        label=_("Open the member's page at once when it rings"),
        required=False,
        help_text=_("Never while something is being typed: then the card waits in the corner."),
    )

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].queryset = systems_for(user).order_by("pk")


class RingForm(StaffForm):
    """A call made of paper."""

    button = _("Ring")
    line = forms.ModelChoiceField(label=_("Extension"), queryset=AgentLine.objects.none(), empty_label=None)
    number = forms.CharField(
        label=_("Caller"), required=False, max_length=30, help_text=_("Empty: the number is withheld.")
    )
    queue = forms.CharField(label=_("Queue"), required=False, max_length=60)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        lines = AgentLine.objects.select_related("system", "user")
        paper = lines.filter(ended_at__isnull=True, system__kind=PhoneSystem.Kind.SIMULATOR, system__is_active=True)
        self.fields["line"].queryset = paper.order_by("extension")
        self.fields["line"].label_from_instance = lambda line: f"{line.extension} · {line.user}"

    def clean_number(self) -> str:
        text = self.cleaned_data["number"]
        try:
            return phones.normalise(text) if text else ""
        except phones.InvalidPhone as exc:
            raise forms.ValidationError(str(exc)) from exc


class SystemForm(StaffForm):
    """A phone system that may tell us about calls."""

    button = _("Add")
    code = forms.SlugField(label=_("Code"), max_length=30, help_text=_("Part of the address it posts to."))
    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=PhoneSystem.Kind.choices)
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none(), required=False)
    own_numbers = forms.CharField(
        label=_("Own numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line; calls from them show no card."),
    )

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user)
        self.fields["store"].label_from_instance = lambda row: row.label
        self.fields["store"].empty_label = _("All stores")

    def layout(self) -> Layout:
        return Layout("code", "name", "kind", "store", "own_numbers")

    def clean_own_numbers(self) -> list[str]:
        try:
            return [phones.normalise(line) for line in self.cleaned_data["own_numbers"].splitlines() if line.strip()]
        except phones.InvalidPhone as exc:
            raise forms.ValidationError(str(exc)) from exc
