"""Merging: whose details count, and why the two are one."""

from collections.abc import Sequence

from crispy_forms.layout import Field, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from members.models import Member
from members.services.merge_fields import Part


class MergeForm(StaffForm):
    """One choice for each detail about which the two differ; the winner's is proposed."""

    button = _("Merge now")
    loser = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why are they one person?"), max_length=200)

    def __init__(self, parts: Sequence[Part], pair: tuple[Member, Member] | None, *args: object, **kw: object) -> None:
        super().__init__(*args, **kw)
        self.parts = parts
        for part in parts:
            self.fields[f"take_{part.key}"] = forms.ChoiceField(
                label=part.label,
                choices=[("winner", part.shown(pair[0])), ("loser", part.shown(pair[1]))],
                initial="winner",
                required=False,
                widget=forms.RadioSelect,
            )
        self.helper.layout = Layout(*(Field(f"take_{part.key}") for part in parts), "reason", "loser")
        self._focus(["reason"])

    @property
    def taken(self) -> list[str]:
        """The details that are the loser's afterwards."""
        return [part.key for part in self.parts if self.cleaned_data[f"take_{part.key}"] == "loser"]


class UnmergeForm(StaffForm):
    button = _("Take the merge back")
    look = "btn-danger"
    reason = forms.CharField(label=_("Why are they two?"), max_length=200)
