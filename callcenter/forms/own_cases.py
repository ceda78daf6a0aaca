"""Forms of the member's own cases."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.forms.cases import parsed_line
from callcenter.models import Kind
from kit.forms import StaffForm
from sales.selectors.own_slips import Slip


class OwnCaseForm(StaffForm):
    """What it is about, in the member's words; the purchase, where it is about one of the own."""

    button = _("Send")
    look = "btn-primary btn-wide"

    kind = forms.ChoiceField(label=_("What is it?"), choices=Kind.choices)
    line = forms.TypedChoiceField(label=_("About this purchase"), coerce=parsed_line, empty_value=None, required=False)
    title = forms.CharField(label=_("In a few words"), max_length=120)
    description = forms.CharField(
        label=_("What happened?"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, slips: Sequence[Slip], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        lines = [
            (
                f"{line.sold_on:%Y-%m-%d}:{line.receipt_id}:{line.line_no}",
                f"{line.sold_on:%Y-%m-%d} · {line.product.label}",
            )
            for slip in slips
            for line in slip.lines
        ]
        self.fields["line"].choices = [("", _("none")), *lines]


class OwnAnswerForm(StaffForm):
    """A few more words."""

    button = _("Send")
    look = "btn-primary btn-wide"
    text = forms.CharField(label=_("Your answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
