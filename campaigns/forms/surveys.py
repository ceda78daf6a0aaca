"""Forms of surveys: what is asked, and the answers."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.campaign_access import campaigns_for
from campaigns.models import Campaign, Question, Segment
from campaigns.services.surveys import QuestionFacts, SurveyFacts
from kit.forms import Labelled, StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from stores.models import Store

Kind = Question.Kind


class SurveyForm(forms.Form):
    """The head of a survey; its questions are rows beside it."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    intro = forms.CharField(
        label=_("Introduction"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    intro_en = forms.CharField(
        label=_("Introduction in English"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    segment = Labelled(Segment.objects.none(), label=_("For whom"), required=False, empty_label=_("all members"))
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("All"))
    campaign = Labelled(Campaign.objects.none(), label=_("About the campaign"), required=False, empty_label="—")
    until_on = day_field(_("Until"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user).order_by("code")
        self.fields["store"].required = not (user.all_stores or user.is_administrator)
        self.fields["segment"].queryset = Segment.objects.filter(state=Segment.State.ACTIVE).order_by("name")
        self.fields["campaign"].queryset = campaigns_for(user).order_by("-from_on")[:200]
        self.fields["name"].widget.attrs["autofocus"] = True
        self.helper = FormHelper()
        self.helper.form_tag = False

        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class="col-md-6") for name in names))

        self.helper.layout = Layout(
            row("name", "name_en"), row("intro", "intro_en"), row("segment", "store"), row("campaign", "until_on")
        )

    @property
    def facts(self) -> SurveyFacts:
        return SurveyFacts(**self.cleaned_data)


class QuestionRow(forms.Form):
    """One question; `key` is that of a question there is."""

    key = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    text = forms.CharField(label=_("Question"), max_length=200)
    text_en = forms.CharField(label=_("In English"), max_length=200, required=False)
    options = forms.CharField(
        label=_("Choices, one a line: 满意 | Satisfied"), max_length=3000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    is_required = forms.BooleanField(label=_("Must be answered"), required=False, initial=True)

    def has_changed(self) -> bool:
        """A new row in which only choices of a browser stand is an empty one."""
        return bool(set(self.changed_data) - ({"kind", "is_required"} if self.empty_permitted else set()))

    def question(self) -> QuestionFacts:
        """What was typed, as the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("DELETE", "options")}
        pairs = []
        for line in self.cleaned_data["options"].replace("｜", "|").splitlines():
            zh, _bar, en = line.partition("|")
            if zh.strip():
                pairs.append((zh.strip()[:80], en.strip()[:80]))
        is_choice = data["kind"] in (Kind.SINGLE, Kind.MULTIPLE)
        return QuestionFacts(**data, options=tuple(pairs) if is_choice else ())


def question_rows(data: Any, questions: Sequence[Question] = ()) -> BaseFormSet:
    """The rows of a survey's questions, with two empty ones."""
    initial = [
        {
            "key": one.key, "kind": one.kind, "text": one.text, "text_en": one.text_en, "is_required": one.is_required,
            "options": "\n".join(" | ".join(part for part in pair if part) for pair in one.options),
        }
        for one in questions
    ]  # fmt: skip
    formset = formset_factory(QuestionRow, extra=2, can_delete=True, max_num=40)(
        data, prefix="questions", initial=initial or None
    )
    formset.title = _("Questions")
    return formset


def questions_typed(formset: BaseFormSet) -> list[QuestionFacts]:
    """The filled-in rows that were not crossed out."""
    kept = [form for form in formset if form.has_changed() and not form.cleaned_data.get("DELETE")]
    kept += [form for form in formset.initial_forms if not form.has_changed()]
    return [form.question() for form in sorted(kept, key=formset.forms.index)]


class AnswerForm(StaffForm):
    """The questions of a version as a form; each field is named by its question's key."""

    button = _("Send the answers")

    def __init__(self, questions: Sequence[Question], *args: Any, **kwargs: Any) -> None:
        self.questions = questions
        super().__init__(*args, **kwargs)
        for one in questions:
            self.fields[one.key] = _field(one)
        self.helper.form_show_errors = True

    @property
    def answers(self) -> dict[str, Any]:
        return {one.key: self.cleaned_data.get(one.key) for one in self.questions}


def _field(question: Question) -> forms.Field:
    words = {"label": question.label, "required": question.is_required}
    places = [(str(place), label) for place, label in enumerate(question.option_labels)]
    match question.kind:
        case Kind.SINGLE:
            return forms.ChoiceField(**words, choices=places, widget=forms.RadioSelect)
        case Kind.MULTIPLE:
            return forms.MultipleChoiceField(**words, choices=places, widget=forms.CheckboxSelectMultiple)
        case Kind.SCALE:
            numbers = [(str(one), str(one)) for one in range(11)]
            widget = forms.RadioSelect(attrs={"class": "scale"})
            return forms.ChoiceField(
                **words, choices=numbers, widget=widget, help_text=_("0 is very bad, 10 excellent.")
            )
    return forms.CharField(**words, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
