"""What every form of loyalty shares: a crispy helper with one button, and refusals beside the field they mean."""

from collections.abc import Callable

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError


class PointsForm(forms.Form):
    """A form in Python: subclasses give `button` and, where the order matters, `layout()`."""

    button = _("Save")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        if layout := self.layout():
            self.helper.layout = layout
        self.helper.add_input(Submit("", self.button, css_class="btn btn-primary"))
        first = next((field for field in self.fields.values() if not field.widget.is_hidden), None)
        if first is not None:
            first.widget.attrs["autofocus"] = True

    def layout(self) -> Layout | None:
        return None


def carried_out(form: forms.Form, deed: Callable[[], object]) -> object | None:
    """Run a service; a refusal is shown beside its field, or above the form. None when it was refused."""
    try:
        return deed() or True
    except DomainError as exc:
        field = next((name for name in exc.fields or {} if name in form.fields), None)
        form.add_error(field, str(exc))
        return None
