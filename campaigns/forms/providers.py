"""The form of a provider: its rules, and whether it is in use."""

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import ProviderProfile, Send
from campaigns.services.provider_settings import ProviderFacts
from kit.forms import StaffForm

ONLY_SMS = ("signature", "opt_out_wording", "needs_template", "allows_variables", "allows_links")
MOST_SECONDS = 60


def _number(label: object, least: int, most: int, help_text: object = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text)


def _time(label: object, **kwargs: object) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)


class ProviderForm(StaffForm):
    """What does not concern the channel keeps its value and is not asked."""

    name = forms.CharField(label=pgettext_lazy("provider", "Name"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False)
    price = forms.DecimalField(
        label=_("Price of one part, yuan"), min_value=0, max_digits=13, decimal_places=4,
        help_text=_("Sends that were made keep the price they were made with."),
    )  # fmt: skip
    rate = _number(_("Messages a second"), 1, 100_000)
    batch = _number(_("Messages a call"), 1, 1_000)
    timeout_seconds = _number(_("Seconds a call may take"), 1, MOST_SECONDS)
    ask_after_minutes = _number(
        _("Asked after minutes"),
        1,
        1_440,
        _("How long we wait before asking what became of a message nobody answered."),
    )
    max_length = _number(_("Longest text"), 1, 20_000)
    window_from = _time(_("Offers from"))
    window_until = _time(_("Offers until"), help_text=_("The same hour twice: at any hour."))
    signature = forms.CharField(
        label=_("Signature"), max_length=30, required=False, help_text=_("As it was filed, without the brackets.")
    )
    opt_out_wording = forms.CharField(label=_("Opt-out wording"), max_length=30, required=False)
    forbidden_words = forms.CharField(
        label=_("Words it refuses"), max_length=4_000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line."),
    )  # fmt: skip
    needs_template = forms.BooleanField(label=_("Wordings are filed first"), required=False)
    allows_variables = forms.BooleanField(label=_("Variables allowed"), required=False)
    allows_links = forms.BooleanField(label=_("Links allowed"), required=False)

    def __init__(self, provider: ProviderProfile, *args: object, **kwargs: object) -> None:
        self.provider = provider
        typed = {name: getattr(provider, name) for name in ProviderFacts.__slots__}
        kwargs["initial"] = typed | {"forbidden_words": "\n".join(provider.forbidden_words)}
        super().__init__(*args, **kwargs)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Fields that mean nothing for this provider."""
        texts = () if self.provider.channel == Send.Channel.SMS else ONLY_SMS
        return texts if self.provider.can_be_asked else (*texts, "ask_after_minutes")

    def layout(self) -> Layout:
        for name in self.hidden:
            del self.fields[name]

        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class="col-sm-6") for name in names))

        texts = (row("signature", "opt_out_wording"), "needs_template", "allows_variables", "allows_links")
        said = texts if self.provider.channel == Send.Channel.SMS else ()
        waits = [name for name in ("timeout_seconds", "ask_after_minutes") if name in self.fields]
        return Layout(
            row("name", "name_en"), "is_active", row("window_from", "window_until"), row("price", "max_length"),
            Fieldset(_("What a text must be like"), *said, "forbidden_words"),
            Fieldset(_("The connection"), row("rate", "batch"), row(*waits)),
        )  # fmt: skip

    def clean_forbidden_words(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["forbidden_words"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    @property
    def facts(self) -> ProviderFacts:
        kept = {name: getattr(self.provider, name) for name in self.hidden}
        return ProviderFacts(**{name: self.cleaned_data.get(name, kept.get(name)) for name in ProviderFacts.__slots__})
