"""What contracts, promotions and fees are filled in with. Rates are typed in percent."""

from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.forms import BaseFormSet, fields_for_model, formset_factory
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm, day_field
from stores.models import Brand, Category, Counter, Product, Store
from suppliers.models import (
    Contract,
    ContractVersion,
    FeeTerm,
    FeeType,
    MonthGuarantee,
    Party,
    PromotionSheet,
    RateTier,
)
from suppliers.services.contracts import TERMS, TermsInput

PERCENTS = ("base_rate", "promotion_share", "excess_rate", "vat_rate")


class PercentField(forms.DecimalField):
    """A share between 0 and 1, typed as 25 or 12.5."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"min_value": 0, "max_value": 100, "decimal_places": 2, **kwargs}
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        found = super().clean(value)
        return None if found is None else found / 100


class LabelChoice(forms.ModelChoiceField):
    """A choice shown by its label, in the language of the page."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.label


class CounterChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Counter) -> str:
        return f"{obj.store.label} · {obj.code} {obj.label}"


class TermsForm(forms.Form):
    """The terms of one version; its parts are formsets beside it."""

    def __init__(self, *args: Any, with_head: bool = False, stores: Any = None, counters: Any = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if with_head:
            self.fields["party"] = LabelChoice(
                label=_("Supplier"), queryset=Party.objects.exclude(status__in=["blocked", "left"]).order_by("name")
            )
            self.fields["store"] = LabelChoice(label=_("Store"), queryset=stores)
            self.fields["kind"] = forms.ChoiceField(label=_("Kind"), choices=Contract.Kind.choices)
            self.fields["notice_months"] = forms.IntegerField(
                label=_("Months of notice"), min_value=0, max_value=24, initial=2
            )
        self.fields["effective_on"] = day_field(_("From"), required=True)
        self.fields["ends_on"] = day_field(_("Until"), required=True)
        if counters is not None:
            self.fields["counters"] = CounterChoice(
                label=_("Counters"), queryset=counters, widget=forms.SelectMultiple(attrs={"size": 6})
            )
        self.fields.update(fields_for_model(ContractVersion, TERMS))
        for name in PERCENTS:
            old = self.fields[name]
            self.fields[name] = PercentField(label=_("%(label)s (%%)") % {"label": old.label}, required=old.required)
        for name, value in self._defaults().items():
            self.initial.setdefault(name, value)
        self.fields["note"].widget = forms.Textarea(attrs={"rows": 3})
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = self._layout(with_head, counters is not None)

    @staticmethod
    def _defaults() -> dict[str, Any]:
        blank = ContractVersion()
        found = {name: getattr(blank, name) for name in TERMS if getattr(blank, name) not in (None, "")}
        return {name: Decimal(str(value)) if name in PERCENTS else value for name, value in found.items()}

    @staticmethod
    def _layout(with_head: bool, with_counters: bool) -> Layout:
        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class=f"col-md-{12 // len(names)}") for name in names))

        parts = []
        if with_head:
            parts.append(Fieldset(_("Who and where"), row("party", "store"), row("kind", "notice_months")))
        days = [row("effective_on", "ends_on")] + (["counters"] if with_counters else [])
        parts += [
            Fieldset(_("Days and counters"), *days),
            Fieldset(_("Commission"), row("base_rate", "mode"), row("rent", "breakpoint", "cap")),
            Fieldset(
                _("Guarantee"),
                row("guarantee", "guaranteed", "promotion_share"),
                row("excess", "excess_rate", "horizon"),
                row("year_month", "partial"),
                "carries_credit",
            ),
            Fieldset(
                _("Money"),
                row("vat_rate", "deposit_required", "deposit_refund_months"),
                "carries_negative",
            ),
            Fieldset(_("When it goes badly"), row("move_after", "end_after", "exit_months")),
            "note",
        ]
        return Layout(*parts)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("effective_on") and data.get("ends_on") and data["ends_on"] < data["effective_on"]:
            self.add_error("ends_on", _("The end lies before the beginning."))
        if data.get("store") and any(one.store_id != data["store"].pk for one in data.get("counters") or ()):
            self.add_error("counters", _("All counters of a contract lie in its store."))
        return data


class RateRow(forms.Form):
    category = LabelChoice(label=_("Category"), queryset=Category.objects.all(), required=False)
    brand = LabelChoice(label=_("Brand"), queryset=Brand.objects.all(), required=False)
    goods = forms.CharField(label=_("Product codes"), required=False, max_length=2000)
    rate = PercentField(label=_("Rate (%)"))
    from_on = day_field(_("From"))
    until_on = day_field(_("Until"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        codes = (data.get("goods") or "").replace(",", " ").replace(",", " ").split()
        known = dict(Product.objects.filter(code__in=codes).values_list("code", "pk"))
        if missing := [code for code in codes if code not in known]:
            self.add_error("goods", _("Not known: %(codes)s") % {"codes": ", ".join(missing[:5])})
        data["products"] = [known[code] for code in codes if code in known]
        if not (data.get("category") or data.get("brand") or data["products"]):
            self.add_error("category", _("Name a category, a brand or goods."))
        return data

    def row(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in ("category", "brand", "products", "rate", "from_on", "until_on")}


class TierRow(forms.Form):
    lower = fields_for_model(RateTier, ["lower"])["lower"]
    rate = PercentField(label=_("Rate (%)"))
    fixed = forms.DecimalField(label=_("Fixed amount"), required=False, min_value=0, max_digits=13, decimal_places=2)

    def row(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"lower": data["lower"], "rate": data["rate"], "fixed": data["fixed"] or 0}


class MonthRow(forms.Form):
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)
    guaranteed = fields_for_model(MonthGuarantee, ["guaranteed"])["guaranteed"]

    def row(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("month", "guaranteed")}


class FeeRow(forms.Form):
    series = forms.UUIDField(required=False, widget=forms.HiddenInput)
    fee_type = LabelChoice(label=_("Fee"), queryset=FeeType.objects.filter(is_active=True))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=13, decimal_places=2)
    recurrence = forms.ChoiceField(
        label=_("How often"), choices=FeeTerm.Recurrence.choices, initial=FeeTerm.Recurrence.MONTHLY
    )
    payment = forms.ChoiceField(label=_("Invoiced"), choices=FeeTerm.Payment.choices, initial=FeeTerm.Payment.BEFORE)
    from_on = day_field(_("From"))
    until_on = day_field(_("Until"))
    service_item = forms.CharField(label=_("Service"), required=False, max_length=80)
    service_content = forms.CharField(label=_("What is done"), required=False, max_length=300)
    consented = forms.BooleanField(label=_("Consented"), required=False)
    own_area = forms.BooleanField(label=_("Own area"), required=False)

    def row(self) -> dict[str, Any]:
        found = {name: self.cleaned_data[name] for name in self.fields if name not in ("series", "DELETE")}
        if self.cleaned_data["series"]:
            found["series"] = self.cleaned_data["series"]
        return found


PARTS = {"rates": RateRow, "tiers": TierRow, "months": MonthRow, "fees": FeeRow}
TITLES = {
    "rates": _("Other rates for some goods (the first that fits counts)"),
    "tiers": _("Tiers of sales a month"),
    "months": _("Guarantee of single months"),
    "fees": _("Fees that come by themselves"),
}


def part_formsets(data: Any, initial: dict[str, list[dict[str, Any]]]) -> dict[str, BaseFormSet]:
    """The rows of a version's parts, each with two empty ones."""
    found = {}
    for name, row in PARTS.items():
        formset = formset_factory(row, extra=2, can_delete=True, max_num=60)(
            data, prefix=name, initial=initial.get(name) or None
        )
        formset.helper = FormHelper()
        formset.helper.form_tag = False
        formset.helper.template = "suppliers/_rows_form.html"
        formset.title = TITLES[name]
        found[name] = formset
    return found


def rows_of(formset: BaseFormSet) -> list[dict[str, Any]]:
    """The filled-in rows that were not crossed out."""
    kept = [form for form in formset if form.has_changed() and not form.cleaned_data.get("DELETE")]
    kept += [form for form in formset.initial_forms if not form.has_changed()]
    return [form.row() for form in sorted(kept, key=formset.forms.index)]


def terms_input(form: TermsForm, formsets: dict[str, BaseFormSet]) -> TermsInput:
    """What was filled in, as the service takes it."""
    rates = [{**row, "position": number} for number, row in enumerate(rows_of(formsets["rates"]), 1)]
    rest = {name: rows_of(formsets[name]) for name in ("tiers", "months", "fees")}
    return TermsInput({name: form.cleaned_data[name] for name in TERMS}, rates=rates, **rest)


def initial_of(version: ContractVersion) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """A version as its form shows it."""
    head = {name: getattr(version, name) for name in TERMS}
    head |= {"effective_on": version.effective_on, "ends_on": version.until_on}
    head["counters"] = list(version.contract.counters.values_list("counter_id", flat=True))
    products = {pk for row in version.rates.all() for pk in row.products}
    codes = dict(Product.objects.filter(pk__in=products).values_list("pk", "code"))
    parts: dict[str, list[dict[str, Any]]] = {
        "rates": [
            {
                "category": row.category_id,
                "brand": row.brand_id,
                "goods": " ".join(codes[pk] for pk in row.products),
                "rate": row.rate,
                "from_on": row.from_on,
                "until_on": row.until_on,
            }
            for row in version.rates.all()
        ],
        "tiers": list(version.tiers.values("lower", "rate", "fixed")),
        "months": list(version.months.values("month", "guaranteed")),
        "fees": [{name: getattr(row, name) for name in FeeRow.base_fields} for row in version.fees.all()],
    }
    return head, parts


class AmendForm(StaffForm):
    button = _("Begin the amendment")
    effective_on = day_field(_("In force from"), required=True)


class RenewForm(StaffForm):
    button = _("Begin the renewal")
    ends_on = day_field(_("New end"), required=True)


class SubmitForm(StaffForm):
    button = _("Submit for approval")
    comment = forms.CharField(label=_("Remark for the approvers"), required=False, max_length=300)
    urgent = forms.BooleanField(label=_("Urgent: approvers get a text message at once"), required=False)


class SignForm(StaffForm):
    button = _("Sign")
    signed_on = day_field(_("Signed on"), required=True)
    signatory = forms.CharField(label=_("Signed for the supplier by"), max_length=60)


class TerminateForm(StaffForm):
    button = _("Terminate")
    last_on = day_field(_("Last day"), required=True)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    consented = forms.BooleanField(label=_("Both sides agree"), required=False, initial=True)


class DocumentForm(StaffForm):
    button = _("Keep")
    title = forms.CharField(label=_("Title"), max_length=120)
    file = forms.FileField(label=_("File"))


class DepositForm(StaffForm):
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("paid", _("Paid in")), ("deducted", _("Deducted")), ("refunded", _("Refunded"))]
    )
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=13, decimal_places=2)
    happened_on = day_field(_("On"), required=True)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ChargeForm(StaffForm):
    button = _("Write down")
    fee_type = LabelChoice(label=_("Fee"), queryset=FeeType.objects.filter(is_active=True))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=13, decimal_places=2)
    reason = forms.CharField(label=_("What for"), max_length=200)
    invoiced_on = day_field(_("Invoice date"), required=True)
    document = forms.FileField(label=_("Document"))
    own_area = forms.BooleanField(label=_("For the supplier’s own area"), required=False)


class TargetForm(StaffForm):
    month_on = day_field(_("Any day of the month"), required=True)
    sales = forms.DecimalField(label=_("Sales target"), min_value=0, max_digits=13, decimal_places=2)
    margin = forms.DecimalField(label=_("Margin target"), min_value=0, max_digits=13, decimal_places=2, required=False)


class PromotionForm(StaffForm):
    """A promotion sheet: the goods as lines of code, regular price, promotion price."""

    name = forms.CharField(label=_("Promotion"), max_length=80)
    from_on = day_field(_("From"), required=True)
    until_on = day_field(_("Until"), required=True)
    rate = PercentField(label=_("Promotion rate (%)"))
    compensation = forms.ChoiceField(label=_("Price difference"), choices=PromotionSheet.Compensation.choices)
    supplier_share = PercentField(label=_("Share of the supplier (%)"), required=False)
    goods = forms.CharField(
        label=_("Goods"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One line each: product code, regular price, promotion price. Nothing means all goods."),
    )

    def clean_goods(self) -> list[dict[str, Any]]:
        lines = [line.replace(",", " ").replace(",", " ").split() for line in self.cleaned_data["goods"].splitlines()]
        lines = [line for line in lines if line]
        products = Product.objects.in_bulk([line[0] for line in lines], field_name="code")
        found, seen = [], set()
        for line in lines:
            if line[0] not in products or line[0] in seen:
                raise forms.ValidationError(_("Not known, or named twice: %(code)s") % {"code": line[0]})
            seen.add(line[0])
            found.append({"product": products[line[0]], **self._prices(line)})
        return found

    @staticmethod
    def _prices(line: list[str]) -> dict[str, Decimal | None]:
        if len(line) == 1:
            return {"price": None, "promotion_price": None}
        field = forms.DecimalField(min_value=0, max_digits=11, decimal_places=2)
        if len(line) != 3:
            raise forms.ValidationError(_("%(code)s needs both prices, or none.") % {"code": line[0]})
        return {"price": field.clean(line[1]), "promotion_price": field.clean(line[2])}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["supplier_share"] = data.get("supplier_share") or Decimal(0)
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", _("The end lies before the beginning."))
        return data


class FeeTypeForm(StaffForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = ("code", "name", "name_en", "nature", "tax", "vat_rate", "is_active")
        self.fields.update(fields_for_model(FeeType, names))
        self.fields["vat_rate"] = PercentField(label=_("VAT rate (%)"), initial=Decimal("0.06"))
        self.helper.render_hidden_fields = True


def stores_and_counters(stores: Any) -> dict[str, Any]:
    counters = Counter.objects.filter(store__in=stores, is_active=True).select_related("store")
    return {"stores": Store.objects.filter(pk__in=stores), "counters": counters.order_by("store", "code")}
