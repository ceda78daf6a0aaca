"""The till in the browser: who, what, how it is paid."""

from collections.abc import Sequence
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from loyalty.forms.desk import Labelled, new_key
from loyalty.selectors.shelf import SHOWN, counter_codes, products_by_code, products_named
from loyalty.services.till_inputs import BasketLine
from sales.models import Payment
from stores.models import Product, Store

PREFIX = "lines"
FIRST_LINES, MOST_LINES = 2, 60
MONEY = [(value, label) for value, label in Payment.Tender.choices if value not in ("points", "coupon")]
CONTROL, SELECT = {"class": "form-control"}, {"class": "form-select"}


class TillForm(forms.Form):
    """Everything but the lines."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    member = forms.IntegerField(required=False, widget=forms.HiddenInput)
    who = forms.CharField(
        label=lazy("Member"),
        max_length=100,
        required=False,
        widget=forms.TextInput(
            attrs=CONTROL | {"autocomplete": "off", "placeholder": lazy("phone, card, name, initials")}
        ),
    )
    store = Labelled(
        label=lazy("Store"), queryset=Store.objects.none(), empty_label=None, widget=forms.Select(attrs=SELECT)
    )
    gives_discount = forms.BooleanField(
        label=lazy("Take the member’s discount off"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    points = forms.IntegerField(
        label=lazy("Pay with points"),
        min_value=0,
        max_value=1_000_000_000,
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"inputmode": "numeric", "step": "1"}),
    )
    tender = forms.ChoiceField(
        label=lazy("The rest by"), choices=MONEY, initial="wechat", widget=forms.Select(attrs=SELECT)
    )
    tender_too = forms.ChoiceField(
        label=lazy("And part by"), choices=[("", "—"), *MONEY], required=False, widget=forms.Select(attrs=SELECT)
    )
    amount_too = forms.DecimalField(
        label=lazy("Amount"),
        min_value=0,
        max_digits=11,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"step": "0.01", "inputmode": "decimal"}),
    )

    def __init__(self, stores: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.initial.setdefault("store", stores.first())


class LineForm(forms.Form):
    """One line of the basket; price and counter follow from the product where they are left empty."""

    product = forms.CharField(
        label=lazy("Product"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=CONTROL | {"autocomplete": "off", "placeholder": lazy("code, barcode or name")}),
    )
    counter = forms.CharField(
        label=lazy("Counter"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs=CONTROL | {"list": "counters", "autocomplete": "off"}),
    )
    quantity = forms.DecimalField(
        label=lazy("Quantity"),
        min_value=Decimal("0.001"),
        max_digits=9,
        decimal_places=3,
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"step": "any", "inputmode": "decimal"}),
    )
    unit_price = forms.DecimalField(
        label=lazy("Unit price"),
        min_value=0,
        max_digits=11,
        decimal_places=4,
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"step": "any", "inputmode": "decimal"}),
    )
    discount = forms.DecimalField(
        label=lazy("Discount"),
        min_value=0,
        max_digits=11,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"step": "0.01", "inputmode": "decimal"}),
    )

    product_name = ""
    found: Product | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Inputs in a table have no label of their own beside them.
            field.widget.attrs["aria-label"] = field.label


class BaseLines(forms.BaseFormSet):
    """The lines; `fill` looks goods up, `basket` gives them as a till would send them."""

    def fill(self, store_id: int) -> bool:
        """Find each line's product and complete what was left empty; False where a line cannot be understood."""
        if not self.is_valid():
            return False
        filled = [form for form in self.forms if form.cleaned_data.get("product", "").strip()]
        found = products_by_code(form.cleaned_data["product"].strip() for form in filled)
        for form in filled:
            data = form.cleaned_data
            text = data["product"].strip()
            product = found.get(text) or self._by_name(form, text, store_id)
            if product is None:
                continue
            form.product_name = product.label
            data["code"] = product.code
            data["quantity"] = data.get("quantity") or Decimal(1)
            if data.get("unit_price") is None:
                if product.list_price is None:
                    form.add_error("unit_price", _("What does it cost?"))
                    continue
                data["unit_price"] = product.list_price
            form.found = product
        open_ones = [form for form in filled if form.found and not form.cleaned_data.get("counter")]
        places = counter_codes([form.found for form in open_ones], store_id) if open_ones else {}
        for form in open_ones:
            form.cleaned_data["counter"] = places.get(form.found.pk, "")
        return not any(form.errors for form in self.forms)

    def _by_name(self, form: LineForm, text: str, store_id: int):
        named = products_named(text, store_id) if len(text) >= 2 else []
        if len(named) == 1:
            return named[0]
        if not named:
            form.add_error("product", _("No product with this code or name."))
        else:
            several = " · ".join(f"{product.code} {product.label}" for product in named[:SHOWN])
            form.add_error("product", _("Which one? %(several)s") % {"several": several})
        return None

    def basket(self) -> Sequence[BasketLine]:
        """The lines that hold something."""
        return [
            BasketLine(
                product=form.cleaned_data["code"],
                quantity=form.cleaned_data["quantity"],
                unit_price=form.cleaned_data["unit_price"],
                discount=form.cleaned_data.get("discount") or Decimal("0.00"),
                counter=form.cleaned_data.get("counter", ""),
                name=form.product_name,
            )
            for form in self.forms
            if form.cleaned_data.get("code")
        ]


Lines = forms.formset_factory(LineForm, formset=BaseLines, extra=0, max_num=MOST_LINES)


def fresh_lines(count: int = FIRST_LINES) -> BaseLines:
    """Empty lines; typing begins in the first."""
    lines = Lines(initial=[{} for _n in range(count)], prefix=PREFIX)
    lines.forms[0].fields["product"].widget.attrs["autofocus"] = True
    return lines


def focus_next(lines: BaseLines) -> None:
    """Typing continues where something is wrong, else in the first line that is still empty."""
    wrong = ((form, name) for form in lines.forms for name in form.errors if name in form.fields)
    empty = ((form, "product") for form in lines.forms if not form["product"].value())
    form, name = next(wrong, None) or next(empty, (None, ""))
    if form is not None:
        form.fields[name].widget.attrs["autofocus"] = True


def with_changes(post: QueryDict, filled: BaseLines | None = None) -> QueryDict:
    """What was sent, with a line added or removed as asked, and with what the goods' own data has completed."""
    data = post.copy()
    try:
        total = min(max(int(data.get(f"{PREFIX}-TOTAL_FORMS", "0")), 0), MOST_LINES)
    except ValueError:
        total = 0
    names = list(LineForm.base_fields)
    rows = [{name: data.get(f"{PREFIX}-{index}-{name}", "") for name in names} for index in range(total)]
    if filled is not None:
        for row, form in zip(rows, filled.forms, strict=False):
            known = getattr(form, "cleaned_data", {})
            if known.get("code"):
                row["product"], row["counter"] = known["code"], known.get("counter", "")
                row["quantity"] = f"{known['quantity'].normalize():f}" if known.get("quantity") else ""
                price = known.get("unit_price")
                row["unit_price"] = (
                    f"{price.quantize(Decimal('0.01')) if price == price.quantize(Decimal('0.01')) else price.normalize():f}"
                    if price is not None
                    else ""
                )
    remove = data.get("drop_line", "")
    if remove.isdigit() and int(remove) < len(rows):
        rows.pop(int(remove))
    if "add" in data or ("next" in data and all(row["product"].strip() for row in rows)):
        rows.append(dict.fromkeys(names, ""))
    if not rows:
        rows.append(dict.fromkeys(names, ""))
    for index, row in enumerate(rows[:MOST_LINES]):
        for name, value in row.items():
            data[f"{PREFIX}-{index}-{name}"] = value
    data[f"{PREFIX}-TOTAL_FORMS"] = str(len(rows[:MOST_LINES]))
    data[f"{PREFIX}-INITIAL_FORMS"] = str(len(rows[:MOST_LINES]))
    return data


class ReturnForm(forms.Form):
    """Where goods come back to, and how money goes back."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    store = Labelled(
        label=lazy("Store"), queryset=Store.objects.none(), empty_label=None, widget=forms.Select(attrs=SELECT)
    )
    tender = forms.ChoiceField(
        label=lazy("Refund or difference by"), choices=MONEY, initial="wechat", widget=forms.Select(attrs=SELECT)
    )

    def __init__(self, stores: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.initial.setdefault("store", stores.first())
