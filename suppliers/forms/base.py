"""Why something is done: the form of every deed about suppliers that wants a reason."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm


class ReasonForm(StaffForm):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: object, button: object = "", **kwargs: object) -> None:
        self.button = button or self.button
        super().__init__(*args, **kwargs)
