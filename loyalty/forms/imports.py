"""Uploading a file of receipts, and saying which of its columns is what."""

import json

from crispy_forms.layout import Column, Field, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from loyalty.forms.desk import Labelled
from sales.models import Receipt
from staff.models import ImportProfile
from stores.models import Store

ACCEPT = ".csv,.gz,.xlsx,.txt"
MOST_COLUMNS = 200
OURS = (
    ("document", _("Receipt number"), True),
    ("sold_at", _("Sold at"), True),
    ("product_code", _("Product code"), True),
    ("quantity", _("Quantity"), True),
    ("unit_price", _("Unit price"), True),
    ("product_name", _("Product name"), False),
    ("member_no", _("Member number"), False),
    ("counter_code", _("Counter"), False),
    ("discount_amount", _("Discount"), False),
)
GUESSES = {
    "document": ("invoiceno", "receipt", "document", "小票", "单号", "流水"),
    "sold_at": ("invoicedate", "soldat", "date", "time", "日期", "时间"),
    "product_code": ("stockcode", "productcode", "sku", "商品编码", "货号", "条码"),
    "quantity": ("quantity", "qty", "数量"),
    "unit_price": ("unitprice", "price", "单价", "售价"),
    "product_name": ("description", "productname", "品名", "商品名称", "名称"),
    "member_no": ("customerid", "member", "card", "会员", "卡号"),
    "counter_code": ("counter", "专柜", "柜组"),
    "discount_amount": ("discount", "折扣", "优惠"),
}
TIME_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S"]
MONTH_FIRST = ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"]
DAY_FIRST = ["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"]
TIMES = {"year": TIME_FORMATS, "month": MONTH_FIRST + TIME_FORMATS, "day": DAY_FIRST + TIME_FORMATS}


class ImportForm(StaffForm):
    button = _("Start")

    profile = forms.ModelChoiceField(label=_("Mapping"), queryset=ImportProfile.objects.none(), empty_label=None)
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, CSV.GZ or XLSX, UTF-8 or GBK."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    dry_run = forms.BooleanField(
        label=_("Only check, post nothing"),
        required=False,
        help_text=_("Every line is read and gets its verdict."),
    )

    def __init__(self, profiles: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].queryset = profiles


class HeaderForm(StaffForm):
    button = _("Read the heading")

    file = forms.FileField(
        label=_("A file of this kind"),
        help_text=_("Only its heading is read; nothing is imported."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )


class MappingForm(StaffForm):
    """Our fields, each with the column of the file that holds it."""

    button = _("Save the mapping")

    header = forms.CharField(widget=forms.HiddenInput)
    name = forms.RegexField(
        label=_("Name of the mapping"), regex=r"^[\w-]+$", max_length=60, help_text=_("Letters, digits, - and _")
    )
    store = Labelled(label=_("Store"), queryset=Store.objects.none(), empty_label=None)
    channel = forms.ChoiceField(label=_("Channel"), choices=Receipt.Channel.choices)
    times = forms.ChoiceField(
        label=_("Dates are written"),
        choices=[("year", "2026-11-21 14:05"), ("month", "11/21/2026 14:05"), ("day", "21/11/2026 14:05")],
    )
    return_prefixes = forms.CharField(
        label=_("Receipt numbers of returns begin with"),
        max_length=60,
        required=False,
        help_text=_("Several with commas."),
    )
    service_codes = forms.CharField(
        label=_("Product codes that are no merchandise"),
        max_length=500,
        required=False,
        help_text=_("They are kept and earn nothing. Several with commas."),
    )

    def __init__(self, stores: object, header: list[str], *args: object, **kwargs: object) -> None:
        self.names = header
        kwargs["initial"] = {"header": json.dumps(header, ensure_ascii=False), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        columns = [(name, name) for name in header]
        for ours, label, needed in OURS:
            choices = [("", "—"), *columns]
            self.fields[f"col_{ours}"] = forms.ChoiceField(label=label, choices=choices, required=needed)
            self.initial.setdefault(f"col_{ours}", _guess(ours, header))
        self.helper.layout = self._with_columns()
        self.helper.form_action = "loyalty:profile_save"

    def _with_columns(self) -> Layout:
        half = "col-sm-6"
        pairs = [Column(Field(f"col_{ours}"), css_class=half) for ours, _label, _needed in OURS]
        rows = [Row(*pairs[start : start + 2]) for start in range(0, len(pairs), 2)]
        return Layout(
            "header",
            Row(Column("name", css_class=half), Column("store", css_class=half)),
            Row(Column("channel", css_class=half), Column("times", css_class=half)),
            *rows,
            Row(Column("return_prefixes", css_class=half), Column("service_codes", css_class=half)),
        )

    @staticmethod
    def header_from(text: str) -> list[str]:
        """The heading as the first step sent it along; anything else is an empty one."""
        try:
            names = json.loads(text)
        except ValueError:
            return []
        if not isinstance(names, list) or len(names) > MOST_COLUMNS:
            return []
        return [name for name in names if isinstance(name, str) and name]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        chosen = [data.get(f"col_{ours}") for ours, _label, _needed in OURS if data.get(f"col_{ours}")]
        if len(chosen) != len(set(chosen)):
            raise forms.ValidationError(_("A column can stand for one field only."))
        if ImportProfile.objects.filter(name=data.get("name"), is_shipped=True).exists():
            self.add_error("name", _("This name belongs to a mapping of the product."))
        return data

    def spec(self) -> dict[str, object]:
        """The mapping as importers read it."""
        data = self.cleaned_data
        store = data["store"]
        return {
            "name": data["name"],
            "kind": "sales",
            "source": data["name"],
            "store": {"code": store.code, "name": store.name, "name_en": store.name_en},
            "channel": data["channel"],
            "columns": {ours: data[f"col_{ours}"] for ours, _label, _needed in OURS if data.get(f"col_{ours}")},
            "time_formats": TIMES[data["times"]],
            "whole_numbers": ["member_no"],
            "return_prefixes": _split(data["return_prefixes"]),
            "service_codes": _split(data["service_codes"]),
        }


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def _guess(ours: str, header: list[str]) -> str:
    for guess in GUESSES[ours]:
        for name in header:
            if guess in name.lower().replace(" ", "").replace("_", ""):
                return name
    return ""
