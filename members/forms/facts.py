"""The store's own fields about a member, as a form made from their definitions."""

from collections.abc import Iterable

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm, day_field
from members.models import FieldDefinition, Member

Kind = FieldDefinition.Kind


def _field(one: FieldDefinition) -> forms.Field:
    words = {"label": one.label, "help_text": one.hint, "required": False}
    unknown = ("", _("not known"))
    if one.kind == Kind.CHOICES:
        return forms.MultipleChoiceField(choices=one.choices, widget=forms.CheckboxSelectMultiple, **words)
    if one.kind == Kind.CHOICE:
        return forms.ChoiceField(choices=[unknown, *one.choices], **words)
    if one.kind == Kind.YES_NO:
        return forms.ChoiceField(choices=[unknown, ("yes", _("yes")), ("no", _("no"))], **words)
    if one.kind == Kind.DATE:
        return day_field(one.label, help_text=one.hint)
    placeholder = {"placeholder": "11-21"} if one.kind == Kind.OCCASION else {}
    if one.kind == Kind.NUMBER:
        placeholder = {"inputmode": "decimal"}
    return forms.CharField(
        max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off", **placeholder}), **words
    )


class FactsForm(StaffForm):
    """One field per definition, grouped as the store groups them."""

    def __init__(self, definitions: Iterable[FieldDefinition], *args: object, **kwargs: object) -> None:
        self.definitions = list(definitions)
        super().__init__(*args, **kwargs)
        self.fields.update({one.key: _field(one) for one in self.definitions})
        self._focus(list(self.fields))

    def layout(self) -> Layout:
        groups: dict[str, list[Column]] = {}
        for one in self.definitions:
            groups.setdefault(one.group, []).append(Column(one.key, css_class="col-sm-6"))
        order = [group for group in FieldDefinition.Group if group in groups]
        return Layout(*(Fieldset(group.label, Row(*groups[group])) for group in order))

    @staticmethod
    def values_of(member: Member) -> dict[str, object]:
        """What is known, as the form shows it."""
        answers = {True: "yes", False: "no"}
        return {key: answers[value] if isinstance(value, bool) else value for key, value in member.custom.items()}
