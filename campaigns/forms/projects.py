"""What a campaign is filled in with: the head, and rows for shares, offers, budget, tasks, hours, resources."""

from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import BudgetLine, Campaign, Offer, Resource, Segment
from campaigns.services.plan_rows import PlanRows, WorkRows
from campaigns.services.projects import CampaignFacts
from kit.forms import Labelled, LabelledMany, StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with
from stores.models import Brand, Counter, Store
from suppliers.models import Party

MONEY = {"min_value": 0, "max_digits": 13, "decimal_places": 2, "required": False}


class PercentField(forms.DecimalField):
    """A share between 0 and 1, typed as 25 or 12.5."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100, "decimal_places": 2, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        found = super().clean(value)
        return None if found is None else found / 100


class CounterChoice(LabelledMany):
    def label_from_instance(self, obj: Counter) -> str:
        return f"{obj.store.label} · {obj.code} {obj.label}"


class CampaignForm(forms.Form):
    """The head of a plan; its rows are formsets beside it."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Campaign.Kind)
    segment = Labelled(Segment.objects.none(), label=_("For whom"), required=False, empty_label=_("everybody"))
    from_on = day_field(_("From"), required=True)
    until_on = day_field(_("Until"), required=True)
    objective = forms.CharField(
        label=_("Objective in words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    target_sales = forms.DecimalField(label=_("Sales aimed at"), **MONEY)
    target_visits = forms.IntegerField(
        label=_("Purchases aimed at"), min_value=0, max_value=2_000_000_000, required=False
    )
    target_members = forms.IntegerField(
        label=_("New members aimed at"), min_value=0, max_value=2_000_000_000, required=False
    )
    target_response = PercentField(
        label=_("Response aimed at, %"), required=False,
        help_text=_("Of those it is for, the share that buys in the period."),
    )  # fmt: skip
    stores = LabelledMany(Store.objects.none(), label=_("Stores"), widget=forms.SelectMultiple(attrs={"size": 4}))
    counters = CounterChoice(
        Counter.objects.none(), label=_("Counters"), required=False, widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text=_("None chosen: all."),
    )  # fmt: skip
    brands = LabelledMany(
        Brand.objects.none(), label=_("Brands"), required=False, widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text=_("None chosen: all."),
    )  # fmt: skip

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user).filter(is_active=True).order_by("code")
        self.fields["stores"].queryset = stores
        counters = Counter.objects.filter(store__in=stores, is_active=True).select_related("store")
        self.fields["counters"].queryset = counters.order_by("store__code", "code")
        self.fields["brands"].queryset = Brand.objects.order_by("name")
        self.fields["segment"].queryset = Segment.objects.filter(state=Segment.State.ACTIVE).order_by("name")
        self.fields["name"].widget.attrs["autofocus"] = True
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = self._layout()

    @staticmethod
    def _layout() -> Layout:
        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class=f"col-md-{12 // len(names)}") for name in names))

        return Layout(
            row("name", "name_en"), row("kind", "segment"), row("from_on", "until_on"),
            Fieldset(_("Objective"), "objective", row("target_sales", "target_visits", "target_members", "target_response")),
            Fieldset(_("Who takes part"), row("stores", "counters", "brands")),
        )  # fmt: skip

    @property
    def facts(self) -> CampaignFacts:
        """What was typed, as the service takes it."""
        return CampaignFacts(**self.cleaned_data)


class RowForm(forms.Form):
    """One row of a plan; `id` is that of a row there is."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def has_changed(self) -> bool:
        """A new row in which only the kind is chosen, as a browser sends it, is an empty one."""
        return bool(set(self.changed_data) - ({"kind"} if self.empty_permitted else set()))

    def row(self) -> dict[str, Any]:
        """The row as the service takes it."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "DELETE"}


class ShareRow(RowForm):
    brand = Labelled(Brand.objects.none(), label=_("Brand"), required=False, empty_label="—")
    party = Labelled(Party.objects.none(), label=_("Supplier"), required=False, empty_label=_("Our store"))
    percent = forms.DecimalField(label=_("Share, %"), min_value=Decimal("0.01"), max_value=100, decimal_places=2)


class OfferRow(RowForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Offer.Kind)
    name = forms.CharField(label=_("Offer"), max_length=80)
    name_en = forms.CharField(label=_("In English"), max_length=80, required=False)
    times = forms.DecimalField(
        label=_("Times the points"), min_value=Decimal("1.01"), max_value=20, decimal_places=2, required=False
    )
    amount = forms.DecimalField(label=_("Amount off"), **MONEY)
    rate = PercentField(label=_("Rate off, %"), required=False, max_value=Decimal("99"))
    minimum_spend = forms.DecimalField(label=_("Minimum purchase"), **MONEY)
    minimum_rank = forms.IntegerField(label=_("From tier rank"), min_value=0, max_value=20, required=False)
    unit_cost = forms.DecimalField(label=_("Cost of one"), **MONEY)
    brand = Labelled(Brand.objects.none(), label=_("For the brand"), required=False, empty_label="—")
    is_funded = forms.BooleanField(label=_("The brand pays"), required=False)
    expected = forms.IntegerField(
        label=_("Expected uses (points: yuan of sales)"), min_value=0, max_value=2_000_000_000, required=False
    )

    def row(self) -> dict[str, Any]:
        found = super().row()
        zeros = ("minimum_spend", "unit_cost", "minimum_rank", "expected")
        return found | {name: found[name] or 0 for name in zeros}


class BudgetRow(RowForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=BudgetLine.Kind)
    what = forms.CharField(label=_("What for"), max_length=120, required=False)
    planned = forms.DecimalField(label=_("Planned"), **{**MONEY, "required": True})


class TaskRow(RowForm):
    what = forms.CharField(label=_("What is to be done"), max_length=200)
    person = forms.ModelChoiceField(User.objects.none(), label=pgettext_lazy("task", "Who"))
    due_on = day_field(pgettext_lazy("day", "By"), required=True)


class HoursRow(RowForm):
    what = forms.CharField(label=_("Work"), max_length=120)
    planned = forms.DecimalField(label=_("Hours planned"), min_value=0, max_digits=7, decimal_places=1)
    actual = forms.DecimalField(label=_("Hours worked"), min_value=0, max_digits=7, decimal_places=1, required=False)
    hourly_cost = forms.DecimalField(
        label=_("Cost of an hour"), min_value=0, max_digits=7, decimal_places=2, required=False
    )

    def row(self) -> dict[str, Any]:
        found = super().row()
        return found | {"hourly_cost": found["hourly_cost"] or 0}


class ResourceRow(RowForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Resource.Kind)
    what = forms.CharField(label=pgettext_lazy("resource", "What"), max_length=120)
    quantity = forms.CharField(label=_("How much"), max_length=40, required=False)
    is_ready = forms.BooleanField(label=_("There"), required=False)


PLAN: dict[str, tuple[type[RowForm], object]] = {
    "offers": (OfferRow, _("Offers")),
    "budget": (BudgetRow, _("Budget")),
    "shares": (ShareRow, _("Who pays which share (none: our store pays all)")),
}
WORK: dict[str, tuple[type[RowForm], object]] = {
    "tasks": (TaskRow, _("Tasks")),
    "hours": (HoursRow, _("Staff hours")),
    "resources": (ResourceRow, _("Places, equipment, materials")),
}


def row_sets(
    parts: dict[str, tuple[type[RowForm], object]], data: Any, initial: dict[str, list[dict[str, Any]]] | None = None
) -> dict[str, BaseFormSet]:
    """The rows of a plan, each part with two empty ones; choices are read once for all rows."""
    found = {}
    choices: dict[str, Any] = {}
    for name, (row, title) in parts.items():
        formset = formset_factory(row, extra=2, can_delete=True, max_num=80)(
            data, prefix=name, initial=(initial or {}).get(name) or None
        )
        formset.title = title
        for form in formset:
            _give_choices(form, choices)
        found[name] = formset
    return found


def _give_choices(form: forms.Form, choices: dict[str, Any]) -> None:
    sources = {
        "brand": lambda: Brand.objects.order_by("name"),
        "party": lambda: Party.objects.exclude(status__in=["blocked", "left"]).order_by("name"),
        "person": lambda: User.objects.filter(
            is_active=True, role__in=roles_with("workflow.view_own_tasks")
        ).order_by("display_name", "pk"),
    }  # fmt: skip
    for name, make in sources.items():
        if name not in form.fields:
            continue
        field = form.fields[name]
        field.queryset = make()
        if name not in choices:
            # Asked for its length, it would count the rows first.
            choices[name] = list(iter(field.choices))
        field.choices = choices[name]


def rows_of(formset: BaseFormSet) -> list[dict[str, Any]]:
    """The filled-in rows that were not crossed out."""
    kept = [form for form in formset if form.has_changed() and not form.cleaned_data.get("DELETE")]
    kept += [form for form in formset.initial_forms if not form.has_changed()]
    return [form.row() for form in sorted(kept, key=formset.forms.index)]


def plan_rows(sets: dict[str, BaseFormSet]) -> PlanRows:
    return PlanRows(**{name: rows_of(sets[name]) for name in PLAN})


def work_rows(sets: dict[str, BaseFormSet]) -> WorkRows:
    return WorkRows(**{name: rows_of(sets[name]) for name in WORK})


class NothingForm(forms.Form):
    """The page of rows has no fields of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class CloseForm(StaffForm):
    """What was learnt."""

    button = _("Close the campaign")
    rating = forms.TypedChoiceField(
        label=_("How did it go?"), coerce=int, choices=[(n, f"{n} / 5") for n in (5, 4, 3, 2, 1)], initial=4
    )
    lessons = forms.CharField(
        label=_("Lessons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What to do again, what to leave, whom to ask. Next year's plan begins with this."),
    )  # fmt: skip


class ReasonForm(StaffForm):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: object, button: object = "", **kwargs: object) -> None:
        self.button = button or self.button
        super().__init__(*args, **kwargs)


class AgainForm(StaffForm):
    """When it is done again."""

    button = _("Begin the plan")
    from_on = day_field(_("First day"), required=True)


class CostForm(StaffForm):
    """A cost with its document."""

    button = _("Enter")
    kind = forms.ChoiceField(label=_("Kind"), choices=BudgetLine.Kind)
    what = forms.CharField(label=_("What for"), max_length=120)
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=13, decimal_places=2)
    paid_on = day_field(_("Day"), required=True)
    document = forms.CharField(label=_("Number of the invoice or contract"), max_length=60, required=False)
    file = forms.FileField(
        label=_("The paper"), required=False, help_text=_("PDF, JPEG, PNG, Word or Excel, up to 8 MB."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"}),
    )  # fmt: skip
