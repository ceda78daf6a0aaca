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
    _return_prefixes: tuple[str, ...] = ()
    _rejected: tuple[tuple[str, str], ...] = ()
    _whole: frozenset[str] = frozenset()
    _times: dict[str, str | None] = field(default_factory=dict)
    _numbers: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _services: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = self.spec["columns"]
        absent = sorted({name for name in columns.values() if name not in self.header})
        if absent:
            raise FileRefused(
                _("The file has no column %(absent)s. It has: %(present)s.")
                % {"absent": ", ".join(absent), "present": ", ".join(self.header)[:300]}
            )
        self._positions = {ours: self.header.index(theirs) for ours, theirs in columns.items()}
        self._return_prefixes = tuple(self.spec.get("return_prefixes", ()))
        self._rejected = tuple(self.spec.get("rejected_prefixes", {}).items())
        self._whole = frozenset(self.spec.get("whole_numbers", ()))

    def read(self, cells: list[str]) -> StagedRow:
        """One row; a row that is no receipt line comes back with the reason in ``error``."""
        row = StagedRow()
        if len(cells) != len(self.header):
            row.error = _("%(found)s cells instead of %(expected)s") % {
                "found": len(cells),
                "expected": len(self.header),
            }
            return row
        row.document = self._cell(cells, "document")
        row.product_code = cells[self._positions["product_code"]]
        row.product_name = self._cell(cells, "product_name")[:200]
        row.member_no = self._cell(cells, "member_no")
        row.counter_code = self._cell(cells, "counter_code")
        row.error = self._fill(row, cells)
        return row

    def _cell(self, cells: list[str], name: str) -> str:
        position = self._positions.get(name)
        if position is None:
            return ""
        text = cells[position].strip()
        return text[:-2] if name in self._whole and text.endswith(".0") else text

    def _fill(self, row: StagedRow, cells: list[str]) -> str:
        for prefix, reason in self._rejected:
            if row.document.startswith(prefix):
                return _(reason)
        if not row.document or len(row.document) > LONGEST_DOCUMENT:
            return _("no receipt number") if not row.document else _("receipt number too long")
        if not row.product_code or len(row.product_code) > LONGEST_CODE:
            return _("no product code") if not row.product_code else _("product code too long")
        quantity, price = self._cell(cells, "quantity"), self._cell(cells, "unit_price")
        discount = self._cell(cells, "discount_amount") or "0"
        for name, text, pattern in (
            ("quantity", quantity, QUANTITY),
            ("price", price, PRICE),
            ("discount", discount, AMOUNT),
        ):
            if not self._is_number(name, text, pattern):
                return _("%(field)s is not a number: %(text)s") % {"field": name, "text": text[:40]}
        is_return = row.document.startswith(self._return_prefixes) if self._return_prefixes else False
        is_negative = quantity[0] == "-"
        if is_negative and not is_return:
            return _(self.spec.get("negative_quantity", "negative quantity on a sale"))
        if is_return and not is_negative:
            return _("positive quantity on a return")
        if price[0] == "-":
            return _("negative price")
        row.quantity, row.unit_price, row.discount_amount = quantity.lstrip("-"), price, discount
        if not row.quantity.strip("0."):
            return _("quantity is zero")
        moment = self._cell(cells, "sold_at")
        row.sold_at = self._time(moment)
        if row.sold_at is None:
            return _("time not readable: %(text)s") % {"text": moment[:40]}
        row.kind = RETURN if is_return else SALE
        row.is_service = self._is_service(row.product_code)
        return ""

    def _is_number(self, name: str, text: str, pattern: re.Pattern[str]) -> bool:
        key = (name, text)
        if key not in self._numbers:
            self._numbers[key] = text if pattern.fullmatch(text) else None
        return self._numbers[key] is not None

    def _is_service(self, code: str) -> bool:
        if code not in self._services:
            prefixes = tuple(self.spec.get("service_prefixes", ()))
            self._services[code] = code in self.spec.get("service_codes", ()) or (
                bool(prefixes) and code.startswith(prefixes)
            )
        return self._services[code]

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
