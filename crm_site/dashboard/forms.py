"""What the first screen can be narrowed to: a period, a store, a floor."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm_site.dashboard.access import Ground
from crm_site.dashboard.periods import LONGEST_DAYS, PRESETS, Period, preset_period

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Asked:
    """A valid question to the figures."""

    period: Period
    preset: str
    store_id: int | None = None
    floor_id: int | None = None

    def query(self, **changes: object) -> str:
        """The address's query for this question, with some parts changed (None leaves one out)."""
        parts: dict[str, object] = {"period": self.preset, "store": self.store_id, "floor": self.floor_id}
        if self.preset == "custom":
            parts |= {"from": self.period.first, "to": self.period.last}
        return "?" + urlencode({name: value for name, value in (parts | changes).items() if value is not None})


class DashboardForm(forms.Form):
    """A plain GET form; with nothing given it means the last 30 days in all stores of the person."""

    period = forms.ChoiceField(label=_("Period"), choices=[*PRESETS.items()], required=False)
    to = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    store = forms.TypedChoiceField(label=_("Store"), coerce=int, empty_value=None, required=False)
    floor = forms.TypedChoiceField(label=_("Floor"), coerce=int, empty_value=None, required=False)

    def __init__(self, data: QueryDict, *, ground: Ground, today: date) -> None:
        given = data.dict()
        period = preset_period(given.get("period", ""), today)
        if given.get("period") != "custom":
            # The days of a preset stand in the date fields, where they can be changed.
            given |= {"from": str(period.first), "to": str(period.last)}
        super().__init__({"period": "30d", **given})
        self.today = today
        self.ground = ground
        first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
        # "from" is a word of Python, so the field cannot be declared by name.
        self.fields = {"period": self.fields["period"], "from": first, **self.fields}
        self.fields["store"].choices = [("", _("All my stores")), *((s.pk, s.label) for s in ground.stores.values())]
        self.fields["floor"].choices = [("", _("All floors")), *self._floors()]
        self.helper = FormHelper()
        self.helper.form_tag = False

    def _floors(self) -> list[tuple[int, str]]:
        chosen = self.data.get("store") or ""
        several = not chosen and len(self.ground.stores) > 1
        return [
            (pk, f"{floor.store.label} · {floor.label}" if several else floor.label)
            for pk, floor in self.ground.floors.items()
            if not chosen or str(floor.store_id) == chosen
        ]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        first, last = data.get("from"), data.get("to")
        if data.get("period") == "custom" and not self.errors:
            if not (first and last):
                raise forms.ValidationError(_("Give both days, from and to."))
            if first < EARLIEST:
                raise forms.ValidationError(_("Days before 2000 cannot be shown."))
            if last < first:
                raise forms.ValidationError(_("The last day lies before the first."))
            if (last - first).days >= LONGEST_DAYS:
                raise forms.ValidationError(_("At most 366 days can be shown at once."))
        return data

    def asked(self) -> Asked:
        """The question; a form with errors asks for the last 30 days of what it did understand."""
        understood = self.is_valid()
        data = self.cleaned_data
        preset = data.get("period") or "30d"
        if preset == "custom" and understood:
            period = Period(data["from"], data["to"])
        else:
            preset = "30d" if preset == "custom" else preset
            period = preset_period(preset, self.today)
        return Asked(period, preset, data.get("store"), data.get("floor"))
