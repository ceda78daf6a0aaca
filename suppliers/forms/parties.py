"""Forms about a company: its facts, its bank account, contacts, the log, tasks, the blacklist, leaving."""

from decimal import Decimal

from crispy_forms.layout import Column, Div, Fieldset, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with
from stores.models import Brand, Category, Floor
from suppliers.models import Leaving, Party, PartyContact, PartyEvent


def half(*names: str) -> Row:
    return Row(*[Column(name, css_class="col-md-6") for name in names])


class CompanyForm(StaffForm):
    """A company's facts. Stores outside the person's scope stay as they are."""

    name = forms.CharField(label=_("Company name"), max_length=120)
    short_name = forms.CharField(label=_("Short name"), max_length=40, required=False)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Party.Kind)
    source = forms.ChoiceField(label=_("Source"), choices=Party.Source)
    category = forms.ModelChoiceField(Category.objects.order_by("code"), label=_("Category"), required=False)
    brands = forms.ModelMultipleChoiceField(
        Brand.objects.order_by("code"),
        label=_("Brands"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    brand_note = forms.CharField(label=_("Other brands"), max_length=120, required=False)
    stores = forms.ModelMultipleChoiceField(None, label=_("Stores"), widget=forms.CheckboxSelectMultiple)
    wanted_floor = forms.ModelChoiceField(None, label=_("Wanted floor"), required=False)
    wanted_area_sqm = forms.DecimalField(
        label=_("Wanted area (m²)"), min_value=Decimal(1), max_digits=8, decimal_places=2, required=False
    )
    buyer = forms.ModelChoiceField(None, label=_("Buyer"), required=False)
    uscc = forms.CharField(label=_("Unified social credit code"), max_length=40, required=False)
    legal_representative = forms.CharField(label=_("Legal representative"), max_length=60, required=False)
    registered_address = forms.CharField(label=_("Registered address"), max_length=200, required=False)
    founded_on = day_field(_("Founded on"))
    taxpayer = forms.ChoiceField(label=_("Taxpayer"), choices=Party.Taxpayer)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, user: User, *args: object, party: Party | None = None, **kwargs: object) -> None:
        if party is not None:
            kwargs["initial"] = {name: getattr(party, name) for name in self.base_fields if hasattr(party, name)} | {
                "stores": list(party.stores.all()),
                "brands": list(party.brands.all()),
            }
        else:
            kwargs["initial"] = {"buyer": user, "stores": list(stores_for(user)[:1])}
        super().__init__(*args, **kwargs)
        stores = stores_for(user)
        self.beyond = tuple(party.stores.exclude(pk__in=stores.values("pk"))) if party else ()
        self.fields["stores"].queryset = stores.filter(is_active=True)
        floors = Floor.objects.filter(store__in=stores.values("pk")).select_related("store")
        self.fields["wanted_floor"].queryset = floors
        self.fields["wanted_floor"].label_from_instance = lambda floor: f"{floor.store.label} · {floor.label}"
        for name in ("stores", "category", "brands"):
            self.fields[name].label_from_instance = lambda row: row.label
        self.fields["buyer"].queryset = User.objects.filter(
            role__in=roles_with("suppliers.change_supplier"), is_active=True
        ).order_by("display_name")

    def layout(self) -> Layout:
        return Layout(
            Fieldset(_("The company"), half("name", "short_name"), half("name_en", "kind"), half("source", "buyer")),
            Fieldset(
                _("What and where"),
                "stores",
                half("category", "brand_note"),
                "brands",
                half("wanted_floor", "wanted_area_sqm"),
            ),
            Fieldset(
                _("Register"),
                half("uscc", "legal_representative"),
                "registered_address",
                half("founded_on", "taxpayer"),
            ),
            Div("note"),
        )

    def clean(self) -> dict[str, object]:
        data = super().clean()
        data["stores"] = (*data.get("stores", ()), *self.beyond)
        data["brands"] = tuple(data.get("brands", ()))
        return data


class BankForm(StaffForm):
    bank_name = forms.CharField(label=_("Bank"), max_length=100)
    bank_account = forms.RegexField(
        r"^[0-9 ]{8,34}$",
        label=_("Bank account"),
        error_messages={"invalid": _("A bank account has 8 to 30 digits.")},
    )
    bank_account_name = forms.CharField(label=_("Account holder"), max_length=120)


class ContactForm(StaffForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    job_title = forms.CharField(label=_("Position"), max_length=60, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    is_primary = forms.BooleanField(label=_("Main contact"), required=False)


class EventForm(StaffForm):
    """A line of the log."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[one for one in PartyEvent.Kind.choices if one[0] != PartyEvent.Kind.STAGE]
    )
    happened_on = day_field(_("Day"), required=True)
    contact = forms.ModelChoiceField(None, label=_("With"), required=False)
    summary = forms.CharField(label=_("What was said"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    pieces = forms.IntegerField(label=_("Pieces (samples)"), min_value=1, max_value=100_000, required=False)
    rate = forms.DecimalField(
        label=_("Offered commission rate, %"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    guarantee = forms.DecimalField(
        label=_("Offered monthly guarantee, yuan"),
        min_value=Decimal(0),
        max_digits=13,
        decimal_places=2,
        required=False,
    )

    def __init__(self, party: Party, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("initial", {"happened_on": timezone.localdate()})
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = PartyContact.objects.filter(party=party, is_active=True)

    def layout(self) -> Layout:
        return Layout(half("kind", "happened_on"), "contact", "summary", half("rate", "guarantee"), "pieces")

    def clean_rate(self) -> Decimal | None:
        rate = self.cleaned_data["rate"]
        return None if rate is None else rate / 100

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("kind") in (PartyEvent.Kind.SAMPLE, PartyEvent.Kind.SAMPLE_BACK) and not data.get("pieces"):
            self.add_error("pieces", _("How many pieces?"))
        return data


class TaskForm(StaffForm):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_on = day_field(_("Due"), required=True)
    owner = forms.ModelChoiceField(None, label=_("Who"))

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("initial", {"owner": user, "due_on": timezone.localdate()})
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(
            role__in=roles_with("suppliers.view_supplier"), is_active=True
        ).order_by("display_name")


class LeavingForm(StaffForm):
    cause = forms.ChoiceField(label=_("Cause"), choices=Leaving.Cause)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    notice_on = day_field(_("Notice given on"), required=True)
    notice_days = forms.IntegerField(label=_("Days of notice"), min_value=0, max_value=400)
    leaves_on = day_field(_("Last day"), required=True)
    deposit = forms.DecimalField(
        label=_("Deposit to give back, yuan"),
        min_value=Decimal(0),
        max_digits=13,
        decimal_places=2,
        required=False,
        help_text=_("The balance of the deposit; due two months after the last day unless the chain set otherwise."),
    )

    button = _("Begin leaving")


class StepForm(StaffForm):
    done_on = day_field(_("Done on"), required=True)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    button = _("Mark as done")


class OverrideForm(StaffForm):
    """Leave to sell although a paper is missing."""

    until_on = day_field(_("To the end of"), required=True)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    urgent = forms.BooleanField(label=_("Urgent: tell the approvers by text and e-mail at once"), required=False)

    button = _("Ask for approval")
