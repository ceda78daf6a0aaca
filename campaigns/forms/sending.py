"""Forms of what sends rest on: wordings, suppressed addresses, the control group, the installation."""

from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import MessageTemplate, Send
from campaigns.services.suppressions import BY_HAND
from campaigns.services.variables import VARIABLES
from kit.forms import Labelled, StaffForm
from stores.models import Store


def _row(*names: str) -> Row:
    return Row(*(Column(name, css_class="col-sm-6") for name in names))


def _yes(label: object, **kwargs: object) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, **kwargs)


class WordingForm(StaffForm):
    """A wording in both languages."""

    name = forms.CharField(label=pgettext_lazy("wording", "Name"), max_length=120)
    channel = forms.ChoiceField(label=_("Channel"), choices=Send.Channel)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=MessageTemplate.Purpose)
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("The whole chain"))
    in_library = _yes(_("In the library"), initial=True, help_text=_("Offered again for sends and steps of journeys."))
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False, help_text=_("E-mails need one."))
    body = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
    subject_en = forms.CharField(label=_("Subject in English"), max_length=200, required=False)
    body_en = forms.CharField(
        label=_("Text in English"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("For members who read English; without it they get the Chinese text."),
    )  # fmt: skip
    provider_template = forms.CharField(
        label=_("Number of the filed template"), max_length=60, required=False,
        help_text=_("For providers that want wordings filed first."),
    )  # fmt: skip

    def __init__(self, stores: object, *args: object, is_new: bool = True, purposes: object = None, **kwargs: object):
        self.is_new = is_new
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        if purposes is not None:
            self.fields["purpose"].choices = purposes
        if not is_new:
            for name in ("channel", "purpose", "store"):
                del self.fields[name]

    def layout(self) -> Layout:
        known = " ".join(f"<code>{{{name}}}</code>" for name in VARIABLES)
        how = _("Variables, in braces; what stands after a bar is for who has none: {name|friend}")
        hint = HTML(f"<p class='soft'>{how}<br>{known}</p>")
        head = (
            [_row("name", "channel"), _row("purpose", "store"), "in_library"] if self.is_new else ["name", "in_library"]
        )
        return Layout(
            *head,
            Fieldset(_("What it says"), hint, "subject", "body", "subject_en", "body_en", "provider_template"),
        )

    @property
    def words(self) -> dict[str, str]:
        return {
            name: self.cleaned_data[name] for name in ("subject", "body", "subject_en", "body_en", "provider_template")
        }


class SuppressForm(StaffForm):
    """An address nothing shall be sent to."""

    button = _("Suppress it")
    channel = forms.ChoiceField(label=_("Channel"), choices=[(one.value, one.label) for one in BY_HAND])
    address = forms.CharField(
        label=_("Number or e-mail address"), max_length=254,
        help_text=_("Only a keyed hash of it is kept: afterwards nobody can read it here."),
    )  # fmt: skip
    note = forms.CharField(label=_("Why"), max_length=200, help_text=_("Who asked for it, and how."))


class LiftForm(StaffForm):
    """Why an address may be written to again."""

    button = _("Lift it")
    reason = forms.CharField(label=_("Why may it be written to again?"), max_length=200)


class ControlForm(StaffForm):
    """How large the control group shall be."""

    button = _("Draw the group")
    percent = forms.DecimalField(
        label=_("Share of the members, per cent"), min_value=0, max_value=20, max_digits=4, decimal_places=2, initial=5,
        help_text=_("Five per cent, and at least a thousand members, is usual. They get no offers from today on; a group there is ends."),
    )  # fmt: skip


class TakeOverForm(StaffForm):
    """Why this installation shall send."""

    button = _("Let this installation send")
    look = "btn-danger"
    reason = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("For example: moved to another host on the 1st, the old one is off.")
    )  # fmt: skip
    sure = forms.BooleanField(label=_("The other installation is off, or shall not send any more"))
