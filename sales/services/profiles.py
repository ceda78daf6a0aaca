"""Import profiles for receipts: how the columns of a file become receipts and which lines are none."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from sales.exceptions import FileRefused, ImportRefused
from sales.services.drafts import BUSINESS_ZONE, RETURN, SALE
from staff.models import ImportProfile
from stores.models import Store

SHIPPED = Path(__file__).resolve().parent.parent / "profiles"
NEEDED = ("document", "product_code", "quantity", "sold_at", "unit_price")
FIELDS = (
    "document", "product_code", "product_name", "member_no", "counter_code", "quantity", "unit_price",
    "discount_amount", "sold_at",
)  # fmt: skip
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


class LineReader:
    """Reads the rows of one file by a profile: header in, staged rows out.

    Files repeat themselves (documents, times, quantities, codes), so what a text means is worked out once.
    """

    def __init__(self, spec: dict, header: list[str]) -> None:
        columns = spec["columns"]
        absent = sorted({name for name in columns.values() if name not in header})
        if absent:
            raise FileRefused(
                _("The file has no column %(absent)s. It has: %(present)s.")
                % {"absent": ", ".join(absent), "present": ", ".join(header)[:300]}
            )
        self.spec = spec
        self._width = len(header)
        self._at = [header.index(columns[name]) if name in columns else self._width for name in FIELDS]
        whole = set(spec.get("whole_numbers", ()))
        self._whole_members = "member_no" in whole
        self._document = Remembered(self._read_document)
        self._quantity = Remembered(lambda text: self._read_number("quantity", text, QUANTITY))
        self._price = Remembered(lambda text: self._read_number("price", text, PRICE))
        self._discount = Remembered(lambda text: self._read_number("discount", text or "0", AMOUNT))
        self._time = Remembered(lambda text: _parse_time(text, spec.get("time_formats", ["%Y-%m-%d %H:%M:%S"])))
        self._is_service = Remembered(self._read_service)

    def read(self, cells: list[str]) -> StagedRow:
        """One row; a row that is no receipt line comes back with the reason in ``error``."""
        if len(cells) != self._width:
            return StagedRow(
                error=_("%(found)s cells instead of %(expected)s") % {"found": len(cells), "expected": self._width}
            )
        cells.append("")
        document, code, name, member, counter, quantity, price, discount, moment = [cells[at] for at in self._at]
        row = StagedRow(document.strip(), product_code=code, product_name=name.strip()[:200])
        row.member_no, row.counter_code = member.strip(), counter.strip()
        if self._whole_members and row.member_no.endswith(".0"):
            row.member_no = row.member_no[:-2]
        row.error = self._fill(row, quantity.strip(), price.strip(), discount.strip(), moment.strip())
        return row

    def _fill(self, row: StagedRow, quantity: str, price: str, discount: str, moment: str) -> str:
        kind, reason = self._document[row.document]
        if reason:
            return reason
        if not row.product_code or len(row.product_code) > LONGEST_CODE:
            return _("no product code") if not row.product_code else _("product code too long")
        for text, checked in ((quantity, self._quantity), (price, self._price), (discount, self._discount)):
            if checked[text]:
                return checked[text]
        if quantity[0] == "-" and kind == SALE:
            return _(self.spec.get("negative_quantity", "negative quantity on a sale"))
        if quantity[0] != "-" and kind == RETURN:
            return _("positive quantity on a return")
        if price[0] == "-":
            return _("negative price")
        row.quantity, row.unit_price, row.discount_amount = quantity.lstrip("-"), price, discount or "0"
        if not row.quantity.strip("0."):
            return _("quantity is zero")
        row.sold_at = self._time[moment]
        if row.sold_at is None:
            return _("time not readable: %(text)s") % {"text": moment[:40]}
        row.kind, row.is_service = kind, self._is_service[row.product_code]
        return ""

    def _read_document(self, document: str) -> tuple[str, str]:
        """The kind of a document, or why it is none."""
        for prefix, reason in self.spec.get("rejected_prefixes", {}).items():
            if document.startswith(prefix):
                return "", _(reason)
        if not document or len(document) > LONGEST_DOCUMENT:
            return "", _("no receipt number") if not document else _("receipt number too long")
        returns = tuple(self.spec.get("return_prefixes", ()))
        return (RETURN if returns and document.startswith(returns) else SALE), ""

    def _read_number(self, name: str, text: str, pattern: re.Pattern[str]) -> str:
        """Nothing, or why a text is no number."""
        if pattern.fullmatch(text):
            return ""
        return _("%(field)s is not a number: %(text)s") % {"field": name, "text": text[:40]}

    def _read_service(self, code: str) -> bool:
        prefixes = tuple(self.spec.get("service_prefixes", ()))
        return code in self.spec.get("service_codes", ()) or (bool(prefixes) and code.startswith(prefixes))


class Remembered(dict):
    """Answers of a function by its argument; forgotten when there are too many."""

    MOST = 200_000

    def __init__(self, function: Callable[[str], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, text: str) -> Any:
        if len(self) >= self.MOST:
            self.clear()
        answer = self[text] = self._function(text)
        return answer


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
