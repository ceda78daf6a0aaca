"""Uploading a file of members, and saying which of its columns is what."""

from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.layout import HTML, Column, Field, Fieldset, Layout, Row
from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from kit.forms import Labelled, StaffForm
from members.models import MemberImport
from members.services.imports.profiles import DEFAULT_MATCH, MATCH_KEYS, all_targets
from members.services.imports.standardising import WORDS
from staff.models import ImportProfile
from stores.models import Store

ACCEPT = ".csv,.gz,.xlsx,.txt"
MATCHES = {
    "external_no": _("number in the source system"),
    "member_no": _("member number"),
    "card_no": _("card number"),
    "identity": _("identity number"),
    "phone_name": _("phone with the same name"),
    "phone_verified": _("a phone the member proved"),
    "phone_any": _("any phone, whatever the name"),
}


class ImportFileForm(StaffForm):
    button = _("Read the file")

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, CSV.GZ or XLSX, UTF-8 or GBK; the first row names the columns. Nothing is written yet."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    profile = forms.ModelChoiceField(
        label=_("Mapping"), queryset=ImportProfile.objects.none(), required=False, empty_label=_("Guess from the file")
    )

    def __init__(self, profiles: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].queryset = profiles


class MemberMappingForm(StaffForm):
    """Each column of the file with three of its values, and what it stands for."""

    button = _("Check the file")

    source = forms.CharField(
        label=_("Source system"),
        max_length=40,
        help_text=_("Under this name its numbers are unique, and points are opened once."),
    )
    store = Labelled(
        label=_("Home store where the file names none"), queryset=Store.objects.none(), required=False, empty_label="—"
    )
    dates = forms.ChoiceField(
        label=_("Dates are written"),
        choices=[("year", "2026-11-21"), ("day", "21/11/2026"), ("month", "11/21/2026")],
    )
    match = forms.MultipleChoiceField(
        label=_("A row means a member we know by, in this order"),
        choices=[(key, MATCHES[key]) for key in MATCH_KEYS],
        widget=forms.CheckboxSelectMultiple,
    )
    blanks_overwrite = forms.BooleanField(
        label=_("Empty cells empty the field"),
        required=False,
        help_text=_("Otherwise an empty cell leaves what is there."),
    )
    words = forms.CharField(
        label=_("Words of this file"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "gender: 女会员 = female\nstore: 一店 = S1"}),
        help_text=_("One a line: list, word of the file, our word. Lists: %(lists)s.")
        % {"lists": ", ".join([*WORDS, "store"])},
    )
    save_as = forms.RegexField(
        label=_("Keep this mapping as"), regex=r"^[\w-]+$", max_length=60, required=False,
        help_text=_("Letters, digits, - and _"),
    )  # fmt: skip

    def __init__(self, batch: MemberImport, stores: object, *args: object, **kwargs: object) -> None:
        self.batch = batch
        kwargs["initial"] = {**self._initial_of(batch), **(kwargs.get("initial") or {})}
        self.columns: Sequence[str] = batch.header
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        choices = [("", _("— leave out —")), *((target.key, target.label) for target in all_targets())]
        chosen = {column: key for key, column in (batch.spec.get("columns") or {}).items()}
        for place, name in enumerate(self.columns):
            examples = " · ".join(batch.samples[place]) if place < len(batch.samples) else ""
            # Crispy prints labels and help as they are; what comes from the file is escaped here.
            self.fields[f"col_{place}"] = forms.ChoiceField(
                label=escape(name),
                choices=choices,
                required=False,
                initial=chosen.get(name, ""),
                help_text=escape(examples),
            )
        self.helper.layout = self._with_columns()
        self.helper.form_id = "mapping-form"

    @staticmethod
    def _initial_of(batch: MemberImport) -> dict[str, object]:
        spec = batch.spec
        lines = [
            f"{name}: {word} = {meaning}"
            for name, words in (spec.get("dictionaries") or {}).items()
            for word, meaning in words.items()
        ]
        return {
            "source": spec.get("source", "import"),
            "store": spec.get("store_id"),
            "dates": spec.get("dates", "year"),
            "match": spec.get("match", DEFAULT_MATCH),
            "blanks_overwrite": spec.get("blanks_overwrite", False),
            "words": "\n".join(lines),
        }

    def _with_columns(self) -> Layout:
        third, half = "col-sm-6 col-lg-4", "col-sm-6"
        columns = [Column(Field(f"col_{place}"), css_class=third) for place in range(len(self.columns))]
        return Layout(
            Fieldset(_("Columns of the file"), Row(*columns)),
            HTML("<hr>"),
            Row(Column("source", css_class=third), Column("store", css_class=third), Column("dates", css_class=third)),
            Row(Column("match", css_class=half), Column("words", "blanks_overwrite", "save_as", css_class=half)),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        chosen = [data.get(f"col_{place}") for place in range(len(self.columns)) if data.get(f"col_{place}")]
        if not chosen:
            raise forms.ValidationError(_("A mapping says at least which column holds what."))
        twice = {key for key in chosen if chosen.count(key) > 1}
        for place in range(len(self.columns)):
            if data.get(f"col_{place}") in twice:
                self.add_error(f"col_{place}", _("Two columns cannot stand for the same."))
        return data

    def clean_words(self) -> Mapping[str, Mapping[str, str]]:
        words: dict[str, dict[str, str]] = {}
        for line in self.cleaned_data["words"].replace("：", ":").replace("＝", "=").splitlines():
            if not line.strip():
                continue
            name, colon, rest = line.partition(":")
            word, equals, meaning = rest.partition("=")
            if not (colon and equals and word.strip()) or name.strip() not in {*WORDS, "store"}:
                raise forms.ValidationError(_("“%(line)s” is not a word of a list.") % {"line": line[:60]})
            words.setdefault(name.strip(), {})[word.strip()] = meaning.strip()
        return words

    def spec(self) -> dict[str, Any]:
        """The mapping as importers read it."""
        data = self.cleaned_data
        columns = {data[f"col_{place}"]: name for place, name in enumerate(self.columns) if data.get(f"col_{place}")}
        store = data["store"]
        return {
            "source": data["source"],
            "store_id": store.pk if store else None,
            "dates": data["dates"],
            "match": [key for key in MATCH_KEYS if key in data["match"]],
            "blanks_overwrite": data["blanks_overwrite"],
            "dictionaries": data["words"],
            "columns": columns,
        }
