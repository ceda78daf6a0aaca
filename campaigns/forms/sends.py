"""Forms of sends: whom, over which channel, with which words, when."""

from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Campaign, Segment, Send
from campaigns.services.send_writing import Facts, Words
from campaigns.services.variables import VARIABLES
from kit.forms import Labelled, StaffForm
from stores.models import Store


def _text(label: object, *, rows: int = 5, required: bool = False, **kwargs: object) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20_000, required=required, widget=forms.Textarea(attrs={"rows": rows}), **kwargs
    )


class SendForm(StaffForm):
    """Everything a send is."""

    name = forms.CharField(label=pgettext_lazy("send", "Name"), max_length=120)
    channel = forms.ChoiceField(label=_("Channel"), choices=Send.Channel)
    segment = Labelled(Segment.objects.none(), label=_("To whom"), required=False)
    campaign = Labelled(Campaign.objects.none(), label=_("Campaign"), required=False)
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("The whole chain"))
    planned_at = forms.DateTimeField(
        label=_("Planned for"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: you start it by hand."),
    )
    holdout = forms.IntegerField(
        label=_("Holdout, per cent"), min_value=0, max_value=50, initial=10,
        help_text=_("Chosen by chance, get nothing: only so you learn what the send has earned."),
    )  # fmt: skip
    budget = forms.DecimalField(
        label=_("Budget, yuan"), required=False, min_value=0, max_digits=13, decimal_places=2,
        help_text=_("Nothing is handed over that would cost more."),
    )  # fmt: skip
    defers_capped = forms.BooleanField(
        label=_("Who was contacted too often waits for another day, instead of being left out"), required=False
    )
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    body = _text(_("Text"))
    subject_en = forms.CharField(label=_("Subject in English"), max_length=200, required=False)
    body_en = _text(_("Text in English"), help_text=_("For members who read English."))
    body_b = _text(
        _("Second text, for a test"),
        rows=4,
        help_text=_("Half of the recipients get it; you see which is clicked more."),
    )
    provider_template = forms.CharField(
        label=_("Number of the filed template"), max_length=60, required=False,
        help_text=_("For providers that want wordings filed first."),
    )  # fmt: skip

    def __init__(self, choices: dict[str, object], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in choices.items():
            self.fields[name].queryset = rows

    def layout(self) -> Layout:
        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class="col-sm-6") for name in names))

        known = " ".join(f"<code>{{{name}}}</code>" for name in VARIABLES)
        how = _("Variables, in braces; what stands after a bar is for who has none: {name|friend}")
        hint = HTML(f"<p class='soft'>{how}<br>{known}</p>")
        return Layout(
            row("name", "channel"), row("segment", "campaign"), row("store", "planned_at"), row("holdout", "budget"),
            "defers_capped",
            Fieldset(_("What it says"), hint, "subject", "body", "subject_en", "body_en", "body_b", "provider_template"),
        )  # fmt: skip

    @property
    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in Words.__slots__})

    @property
    def facts(self) -> Facts:
        return Facts(**{name: self.cleaned_data[name] for name in Facts.__slots__})
