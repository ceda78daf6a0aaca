"""Claims with their lines, payments, fixed fees, budgets."""

from decimal import Decimal

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kit.forms import Labelled, StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from stores.models import Department
from workflow.models import ExpenseCategory, ExpenseClaim, ExpenseTerm
from workflow.services.expenses import ClaimLine

LINES = 5


def money_field(label: object, **kwargs: object) -> forms.DecimalField:
    """Yuan with two places, more than nothing."""
    return forms.DecimalField(label=label, min_value=Decimal("0.01"), max_digits=13, decimal_places=2, **kwargs)


def categories() -> object:
    return ExpenseCategory.objects.filter(is_active=True)


class DepartmentChoice(forms.ModelChoiceField):
    """A department with its store's name."""

    def label_from_instance(self, obj: Department) -> str:
        return f"{obj.store.label} · {obj.label}"


class ClaimForm(StaffForm):
    """The head of a claim; its lines are `LineFormSet`."""

    department = DepartmentChoice(label=_("Department"), queryset=Department.objects.none())
    purpose = forms.CharField(label=_("What for"), max_length=200)
    counterparty = forms.CharField(label=_("To be paid to"), max_length=120)
    month = forms.DateField(
        label=_("Budget month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )
    due_on = day_field(_("To be paid by"))

    def __init__(self, user: User, *args: object, claim: ExpenseClaim | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_tag = False
        self.helper.inputs = []
        self.fields["department"].queryset = Department.objects.filter(store__in=stores_for(user)).select_related(
            "store"
        )
        if claim is not None:
            for name in ("department", "purpose", "counterparty", "month", "due_on"):
                self.initial[name] = getattr(claim, name)
        else:
            self.initial["month"] = timezone.localdate()
            self.initial["department"] = user.department_id


class LineForm(forms.Form):
    category = Labelled(label=_("Category"), queryset=ExpenseCategory.objects.none())
    spent_on = day_field(pgettext_lazy("claim", "Day"), required=True)
    description = forms.CharField(label=_("Description"), max_length=200)
    amount = money_field(_("Amount"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = categories()


class BaseLineFormSet(forms.BaseFormSet):
    """The lines of a claim; rows left empty do not count."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.template = "bootstrap5/table_inline_formset.html"

    def clean(self) -> None:
        if not any(self.errors) and not self.lines():
            raise forms.ValidationError(_now("A claim needs at least one line."))

    def lines(self) -> list[ClaimLine]:
        """The lines that were filled in and not marked for removal."""
        filled = [one.cleaned_data for one in self.forms if one.has_changed() and one.is_valid()]
        return [
            ClaimLine(row["category"].pk, row["spent_on"], row["description"], row["amount"])
            for row in filled
            if not row.get("DELETE")
        ]


LineFormSet = forms.formset_factory(
    LineForm, formset=BaseLineFormSet, extra=LINES, max_num=60, validate_max=True, can_delete=True
)


def line_rows(claim: ExpenseClaim) -> list[dict[str, object]]:
    """The lines of a claim as the formset's initial rows."""
    return list(claim.lines.values("category", "spent_on", "description", "amount"))


class PaymentForm(StaffForm):
    button = _("Book the payment")

    reference = forms.CharField(label=_("Payment reference"), max_length=80, help_text=_("The bank's number."))


class FilesField(forms.FileField):
    """Several files at once."""

    class Widget(forms.ClearableFileInput):
        allow_multiple_selected = True

    def __init__(self, **kwargs: object) -> None:
        super().__init__(widget=self.Widget(), **kwargs)

    def clean(self, data: object, initial: object = None) -> list[object]:
        if not data:
            super().clean(data, initial)
            return []
        return [super(FilesField, self).clean(one, initial) for one in data]


class PapersForm(StaffForm):
    button = _("Put to it")

    files = FilesField(label=_("Files"), help_text=_("PDF, pictures, Word or Excel, up to 8 MB each."))


class TermForm(StaffForm):
    name = forms.CharField(label=_("What for"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    department = DepartmentChoice(label=_("Department"), queryset=Department.objects.none())
    category = Labelled(label=_("Category"), queryset=ExpenseCategory.objects.none())
    payee = forms.CharField(label=_("To be paid to"), max_length=120)
    amount = money_field(_("Amount"))
    cadence = forms.ChoiceField(label=_("Comes"), choices=ExpenseTerm.Cadence.choices)
    starts_on = day_field(_("From"), required=True)
    ends_on = day_field(_("Until"))
    pay_within_days = forms.IntegerField(label=_("To be paid within days"), min_value=0, max_value=365, initial=14)
    owner = forms.ModelChoiceField(label=_("Who sees to it"), queryset=User.objects.none())

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user)
        self.fields["department"].queryset = Department.objects.filter(store__in=stores).select_related("store")
        self.fields["category"].queryset = categories()
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("display_name", "pk")
        self.initial.setdefault("owner", user.pk)

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _now("The end lies before the beginning."))
        if data.get("department"):
            data["store"] = data["department"].store
        return data


class EndForm(StaffForm):
    button = _("Let it end")

    on = day_field(_("Last day"), required=True)


class BudgetForm(StaffForm):
    department = DepartmentChoice(label=_("Department"), queryset=Department.objects.none())
    category = Labelled(label=_("Category"), queryset=ExpenseCategory.objects.none())
    month = forms.DateField(
        label=_("Month"), input_formats=["%Y-%m"], widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    )
    amount = forms.DecimalField(label=_("Budget"), min_value=0, max_digits=13, decimal_places=2)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(store__in=stores_for(user)).select_related(
            "store"
        )
        self.fields["category"].queryset = categories()
        self.initial.setdefault("month", timezone.localdate())
