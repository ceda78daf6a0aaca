"""What settlements are run, corrected, paid and answered with."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm, day_field


class RunForm(StaffForm):
    button = _("Calculate")
    month_on = day_field(_("Any day of the month"), required=True)


class AdjustForm(StaffForm):
    button = _("Adjust")
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=13,
        decimal_places=2,
        help_text=_("More for the supplier; negative for less."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_("An adjustment changes the amount."))
        return amount


class PayForm(StaffForm):
    button = _("Note the payment")
    paid_on = day_field(_("Paid on"), required=True)
    reference = forms.CharField(label=_("Payment reference"), max_length=60)


class AnswerForm(StaffForm):
    button = _("Answer")
    answer = forms.CharField(label=_("Our answer"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class SupplierAnswerForm(forms.Form):
    """What the supplier says: the own name, and for each line what is wrong with it, if anything."""

    name = forms.CharField(label=_("Your name"), max_length=60)

    def __init__(self, *args: Any, lines: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"line_{line.pk}"] = forms.CharField(
                label=_("What is wrong"), required=False, max_length=500, strip=True
            )

    def reasons(self) -> dict[int, str]:
        return {
            int(name.removeprefix("line_")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("line_") and value
        }
