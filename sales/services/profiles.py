"""Import profiles for receipts: how the columns of a file become receipts and which lines are none."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from sales.exceptions import FileRefused, ImportRefused
from sales.services.drafts import BUSINESS_ZONE, RETURN, SALE
from staff.models import ImportProfile
from stores.models import Store

SHIPPED = Path(__file__).resolve().parent.parent / "profiles"
NEEDED = ("document", "product_code", "quantity", "sold_at", "unit_price")
KNOWN = (*NEEDED, "product_name", "member_no", "counter_code", "discount_amount")
QUANTITY = re.compile(r"-?\d{1,9}(\.\d{1,3})?")
PRICE = re.compile(r"-?\d{1,9}(\.\d{1,4})?")
AMOUNT = re.compile(r"\d{1,11}(\.\d{1,2})?")
WHOLE = re.compile(r"(\d+)\.0+")
LONGEST_DOCUMENT, LONGEST_CODE = 64, 60


@dataclass(slots=True)
class StagedRow:
    """A line of a file as it is staged: values as text that Postgres reads, or the reason it is rejected."""

    document: str = ""
    kind: str = ""
    sold_at: str | None = None
    product_code: str = ""
    product_name: str = ""
    member_no: str = ""
    counter_code: str = ""
    quantity: str | None = None
    unit_price: str | None = None
    discount_amount: str | None = None
    is_service: bool = False
    error: str = ""


@dataclass(slots=True)
class LineReader:
    """Reads the rows of one file by a profile: header in, staged rows out."""

    spec: dict
    header: list[str]
    _positions: dict[str, int] = field(default_factory=dict)
    _times: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = self.spec["columns"]
        absent = sorted({name for name in columns.values() if name not in self.header})
        if absent:
            raise FileRefused(
                _("The file has no column %(absent)s. It has: %(present)s.")
                % {"absent": ", ".join(absent), "present": ", ".join(self.header)[:300]}
            )
        self._positions = {ours: self.header.index(theirs) for ours, theirs in columns.items()}

    def read(self, cells: list[str]) -> StagedRow:
        """One row; a row that is no receipt line comes back with the reason in ``error``."""
        row = StagedRow()
        if len(cells) != len(self.header):
            row.error = f"{len(cells)} cells instead of {len(self.header)}"
            return row
        values = {ours: cells[position] for ours, position in self._positions.items()}
        for name in self.spec.get("whole_numbers", ()):
            values[name] = WHOLE.sub(r"\1", values[name])
        row.document = values["document"].strip()
        row.product_code = values["product_code"]
        row.product_name = values.get("product_name", "").strip()[:200]
        row.member_no = values.get("member_no", "").strip()
        row.counter_code = values.get("counter_code", "").strip()
        row.error = self._fill(row, values)
        return row

    def _fill(self, row: StagedRow, values: dict[str, str]) -> str:
        spec = self.spec
        for prefix, reason in spec.get("rejected_prefixes", {}).items():
            if row.document.startswith(prefix):
                return reason
        if not row.document or len(row.document) > LONGEST_DOCUMENT:
            return "no receipt number" if not row.document else "receipt number too long"
        if not row.product_code or len(row.product_code) > LONGEST_CODE:
            return "no product code" if not row.product_code else "product code too long"
        quantity, price = values["quantity"].strip(), values["unit_price"].strip()
        if not QUANTITY.fullmatch(quantity):
            return f"quantity not a number: {quantity[:40]}"
        if not PRICE.fullmatch(price):
            return f"price not a number: {price[:40]}"
        is_return = row.document.startswith(tuple(spec.get("return_prefixes", ()))) and bool(
            spec.get("return_prefixes")
        )
        is_negative = quantity.startswith("-")
        if is_negative and not is_return:
            return spec.get("negative_quantity", "negative quantity on a sale")
        if is_return and not is_negative:
            return "positive quantity on a return"
        if price.startswith("-"):
            return "negative price"
        discount = values.get("discount_amount", "").strip() or "0"
        if not AMOUNT.fullmatch(discount):
            return f"discount not an amount: {discount[:40]}"
        row.sold_at = self._time(values["sold_at"].strip())
        if row.sold_at is None:
            return f"time not readable: {values['sold_at'][:40]}"
        row.kind = RETURN if is_return else SALE
        row.quantity, row.unit_price, row.discount_amount = quantity.lstrip("-"), price, discount
        row.is_service = row.product_code in self.spec.get("service_codes", ()) or row.product_code.startswith(
            tuple(self.spec.get("service_prefixes", ("\0",)))
        )
        if not row.quantity.strip("0."):
            return "quantity is zero"
        return ""

    def _time(self, text: str) -> str | None:
        if text not in self._times:
            self._times[text] = _parse_time(text, self.spec.get("time_formats", ["%Y-%m-%d %H:%M:%S"]))
        return self._times[text]


def _parse_time(text: str, formats: list[str]) -> str | None:
    for pattern in formats:
        try:
            moment = datetime.strptime(text, pattern).replace(tzinfo=BUSINESS_ZONE)
        except ValueError:
            continue
        return moment.isoformat() if 1990 <= moment.year <= 2100 else None
    return None


def load_profile(name_or_path: str) -> ImportProfile:
    """A profile by name, shipped with the product or saved, or from a JSON file; files and shipped ones are saved."""
    path = Path(name_or_path)
    shipped = SHIPPED / f"{name_or_path}.json"
    if path.suffix == ".json" and path.is_file():
        return save_profile(_read_json(path), is_shipped=False)
    if re.fullmatch(r"[\w-]+", name_or_path) and shipped.is_file():
        return save_profile(_read_json(shipped), is_shipped=True)
    profile = ImportProfile.objects.filter(name=name_or_path, kind="sales").first()
    if profile is None:
        raise ImportRefused(_("There is no import profile %(name)s.") % {"name": name_or_path})
    return profile


def save_profile(spec: dict, *, is_shipped: bool) -> ImportProfile:
    """Check a mapping and save it under its name; saving it again replaces it."""
    check_spec(spec)
    profile, _created = ImportProfile.objects.update_or_create(
        name=spec["name"], defaults={"kind": "sales", "spec": spec, "is_shipped": is_shipped}
    )
    return profile


def check_spec(spec: dict) -> None:
    """Raise `ImportRefused` when a mapping lacks something or names something we do not have."""
    columns = spec.get("columns")
    if not isinstance(columns, dict) or not spec.get("name") or not spec.get("source"):
        raise ImportRefused(_("A profile needs a name, a source and columns."))
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in KNOWN]
    if missing or unknown:
        raise ImportRefused(
            _("The mapping lacks %(missing)s or has unknown fields %(unknown)s.")
            % {"missing": ", ".join(missing) or "–", "unknown": ", ".join(unknown) or "–"}
        )


def store_of(spec: dict) -> Store:
    """The store whose receipts the profile's files hold; made when the profile brings it along."""
    wanted = spec.get("store") or {}
    if not wanted.get("code"):
        raise ImportRefused(_("The profile names no store."))
    store, _created = Store.objects.get_or_create(
        code=wanted["code"],
        defaults={"name": wanted.get("name", wanted["code"]), "name_en": wanted.get("name_en", "")},
    )
    return store


def _read_json(path: Path) -> dict:
    try:
        spec = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ImportRefused(_("%(file)s is not valid JSON.") % {"file": path.name}) from error
    spec.setdefault("name", path.stem)
    return spec
