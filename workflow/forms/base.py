"""What every form of approvals shares."""

from collections.abc import Callable

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError
from staff.models import User


class FlowForm(forms.Form):
    """A form with one button; `button` is its word."""

    button = _("Save")
    look = "btn-primary"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.add_input(Submit("", self.button, css_class=f"btn {self.look}"))


class PeopleField(forms.ModelMultipleChoiceField):
    """Colleagues who work here."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(User.objects.filter(is_active=True).order_by("display_name", "username"), **kwargs)


class PersonField(forms.ModelChoiceField):
    """One colleague who works here."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(User.objects.filter(is_active=True).order_by("display_name", "username"), **kwargs)


def carried_out(form: forms.Form, deed: Callable[[], object]) -> object | None:
    """Run a service; a refusal is shown above the form. None when it was refused."""
    try:
        return deed() or True
    except DomainError as exc:
        form.add_error(None, str(exc))
        return None
