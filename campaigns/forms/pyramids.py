"""Asking for a picture of the pyramid, and choosing how scores are made."""

from decimal import Decimal

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import RfmScheme
from kit.forms import Labelled, StaffForm, day_field
from staff.access import stores_for
from stores.models import Store


class PictureForm(StaffForm):
    button = _("Take the picture")

    as_of_on = day_field(_("As of the end of"), required=True)
    months = forms.TypedChoiceField(
        label=_("Period"), coerce=int, choices=[(12, _("12 months")), (6, _("6 months")), (3, _("3 months")), (24, _("24 months"))]
    )  # fmt: skip
    store = Labelled(
        label=_("Sales of"), queryset=Store.objects.none(), required=False, empty_label=_("the whole chain")
    )

    def __init__(self, *args: object, user: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user)
        self.fields["as_of_on"].initial = timezone.localdate()


def _whole(label: object) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, help_text=_("Four limits, rising, with spaces between them: 30 60 120 240")
    )


class SchemeForm(StaffForm):
    """How buyers are scored from the next picture on."""

    mode = forms.ChoiceField(label=_("Scores by"), choices=RfmScheme.Mode.choices, widget=forms.RadioSelect)
    recency = _whole(_("R: days since the last purchase"))
    frequency = _whole(_("F: purchases in the period"))
    spend = _whole(_("M: net spend in the period, yuan"))
    transaction_share = forms.TypedChoiceField(
        label=_("Transaction customers buy at a discount"),
        coerce=Decimal,
        choices=[("0.5", _("at least 50 %")), ("0.6", _("at least 60 %")), ("0.7", _("at least 70 %")), ("0.8", _("at least 80 %")), ("0.9", _("at least 90 %")), ("1", _("everything"))],
    )  # fmt: skip

    def layout(self) -> Layout:
        return Layout("mode", Div("recency", "frequency", "spend"), "transaction_share")

    def clean(self) -> dict[str, object]:
        data = super().clean()
        for name, kind in (("recency", int), ("frequency", int), ("spend", Decimal)):
            try:
                data[name] = [kind(part) for part in (data.get(name) or "").replace(",", " ").split()]
            except (ValueError, ArithmeticError):
                self.add_error(name, _("Please give numbers only."))
        return data
