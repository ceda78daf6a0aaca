"""Naming the people whom who asks may choose."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from workflow.exceptions import Need

PREFIX = "choose-"


class ChooseForm(StaffForm):
    """One dropdown for each node that wants people."""

    button = _("Submit for approval")

    def __init__(self, needs: Sequence[Need], data: QueryDict | None) -> None:
        self.needs = needs
        super().__init__(data)
        self.helper.form_tag = False
        for need in needs:
            name = (need.name_en if get_language() == "en" else "") or need.name or need.node
            self.fields[f"{PREFIX}{need.node}"] = forms.MultipleChoiceField(
                label=name,
                choices=[(str(person.pk), str(person)) for person in need.candidates],
                help_text=_("Hold Ctrl to choose several."),
            )
        self._focus(list(self.fields))


def choices_in(data: QueryDict) -> dict[str, list[int]]:
    """The people chosen in what was sent, by node; what is no number is left out."""
    return {
        name.removeprefix(PREFIX): [int(one) for one in values if one.isascii() and one.isdigit() and len(one) < 10]
        for name, values in data.lists()
        if name.startswith(PREFIX)
    }
