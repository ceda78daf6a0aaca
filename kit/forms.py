"""What every form of staff shares: a crispy helper with one button, focus where typing continues, refusals beside the
field they mean."""

from collections.abc import Callable

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError


class StaffForm(forms.Form):
    """A form in Python: subclasses give `button` (its word), `look` and, where the order matters, `layout()`."""

    button = _("Save")
    look = "btn-primary"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        layout = self.layout()
        if layout is not None:
            self.helper.layout = layout
        self.helper.add_input(Submit("", self.button, css_class=f"btn {self.look}"))
        self._focus(list(self.fields))

    def layout(self) -> Layout | None:
        return None

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self._errors:
            self._focus([name for name in self.fields if name in self._errors])

    def _focus(self, names: list[str]) -> None:
        """Typing continues in the first field that has an error, else in the first one."""
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
        for name in names:
            if not self.fields[name].widget.is_hidden:
                self.fields[name].widget.attrs["autofocus"] = True
                return


class Labelled(forms.ModelChoiceField):
    """A choice shown by its label, in the language of the page."""

    def label_from_instance(self, obj: object) -> str:
        return obj.label


class LabelledMany(forms.ModelMultipleChoiceField):
    """Several choices shown by their labels."""

    def label_from_instance(self, obj: object) -> str:
        return obj.label


def day_field(label: object, *, required: bool = False, **kwargs: object) -> forms.DateField:
    """A date as browsers ask for it."""
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
    )


def carried_out(form: forms.Form, deed: Callable[[], object]) -> object | None:
    """Run a service; a refusal is shown beside its field, or above the form. None when it was refused."""
    try:
        return deed() or True
    except DomainError as exc:
        field = next((name for name in exc.fields or {} if name in form.fields), None)
        form.add_error(field, str(exc))
        return None
