"""From the cells of a row to what our tables hold: each column's reader, and the row put together."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from kit import identity_numbers, names, phones
from kit.copy import copy_text
from kit.errors import DomainError
from members.exceptions import ImportRefused
from members.models import FieldDefinition, Member
from members.services.identities import digest_of
from members.services.imports.days import read_birthday, read_day, read_past_day
from members.services.imports.dictionary import CLEARABLE, CUSTOM
from members.services.imports.extensions import Extension, extensions
from stores.models import Store

STAGED = (
    "batch_id", "row_no", "verdict", "reasons", "external_no", "member_no", "card_no", "identity", "phones",
    "name_key", "store_id", "data",
)  # fmt: skip
PHONES = ("phone1", "phone2", "phone3", "landline")
_WIDTHS = {
    "name": 120, "name_en": 120, "province": 40, "city": 40, "district": 40, "street": 200, "postcode": 12,
    "external_no": 60, "member_no": 20, "note": 2000,
}  # fmt: skip
WORDS: dict[str, dict[str, object]] = {
    "gender": {"女": "female", "女士": "female", "女性": "female", "f": "female", "female": "female", "0": "female",
               "男": "male", "男士": "male", "先生": "male", "男性": "male", "m": "male", "male": "male", "1": "male",
               "未知": "", "保密": "", "不详": "", "unknown": ""},
    "language": {"中文": "zh-hans", "汉语": "zh-hans", "简体中文": "zh-hans", "zh": "zh-hans", "zh-cn": "zh-hans",
                 "zh-hans": "zh-hans", "chinese": "zh-hans", "英文": "en", "英语": "en", "en": "en", "english": "en"},
    "category": {"普通": "ordinary", "普通会员": "ordinary", "个人": "ordinary", "ordinary": "ordinary",
                 "大客户": "big_customer", "vip": "big_customer", "big customer": "big_customer", "big_customer": "big_customer",
                 "集团": "group", "集团客户": "group", "集团会员": "group", "企业": "group", "公司": "group", "group": "group"},
    "birth_calendar": {"公历": False, "阳历": False, "新历": False, "solar": False, "农历": True, "阴历": True, "旧历": True, "lunar": True},
    "consent": {"是": True, "同意": True, "接受": True, "y": True, "yes": True, "true": True, "1": True, "√": True,
                "否": False, "不同意": False, "拒绝": False, "退订": False, "n": False, "no": False, "false": False, "0": False, "×": False},
}  # fmt: skip
_SEPARATORS = re.compile(r"[/;,、|\n]+|\s{2,}")
_LONG_NUMBER = re.compile(r"(\d{3})\d{4,}(\d{2})")
_PLAIN_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_PLAIN_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}", re.ASCII)
_ADDRESS = re.compile(
    r"(?P<province>[\u4e00-\u9fff]{2,8}?(?:省|自治区)|(?:北京|上海|天津|重庆)市)?"
    r"(?P<city>[\u4e00-\u9fff]{2,8}?(?:市|自治州|地区|盟))?"
    r"(?P<district>[\u4e00-\u9fff]{1,8}?(?:区|县|市|旗))?(?P<street>.*)"
)

Reader = Callable[[str, dict[str, Any]], None]
_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def _text(text: str) -> str:
    """Text in COPY's format; what is printable and has no backslash is so already."""
    return text if text.isprintable() and "\\" not in text else copy_text(text)


def columns_found(spec: Mapping[str, Any], header: Sequence[str]) -> dict[str, str]:
    """The mapping's columns that the file has; raises `ImportRefused` when one is missing that is not `optional`."""
    optional = set(spec.get("optional") or ())
    columns = spec["columns"]
    missing = [column for key, column in columns.items() if column not in header and key not in optional]
    if missing:
        raise ImportRefused(_("The file lacks the columns %(names)s.") % {"names": ", ".join(missing)})
    return {key: column for key, column in columns.items() if column in header}


class RowReader:
    """Reads the rows of one file by its mapping, and notes the words it does not know."""

    def __init__(self, spec: Mapping[str, Any], header: Sequence[str]) -> None:
        self.spec = spec
        self.header = [name.strip() for name in header]
        self.unknown: dict[str, Counter[str]] = {}
        self.order = spec.get("dates", "year")
        self._words = self._all_words(spec.get("dictionaries") or {})
        self._definitions = {f"{CUSTOM}{one.key}": one for one in FieldDefinition.objects.filter(is_active=True)}
        self._extensions = extensions()
        theirs = {target.key: one for one in self._extensions for target in one.targets}
        self._plain: list[tuple[int, str, Reader]] = []
        self._of_extension: dict[str, list[tuple[int, str]]] = {}
        self._sensitive: set[int] = set()
        blanks = bool(spec.get("blanks_overwrite"))
        self._clears = CLEARABLE if blanks else frozenset()
        for key, column in columns_found(spec, self.header).items():
            place = self.header.index(column)
            if key == "identity":
                self._sensitive.add(place)
            if key in theirs:
                self._of_extension.setdefault(theirs[key].name, []).append((place, key))
            else:
                self._plain.append((place, key, self._reader(key)))
        # What others lean on is read first.
        self._plain.sort(key=lambda one: one[1] not in ("birth_calendar", "consented_on"))
        self._by_name: dict[str, Extension] = {one.name: one for one in self._extensions}

    def line(self, batch_id: int, row_no: int, cells: Sequence[str]) -> str:
        """The row as the staging table takes it, in COPY's text format."""
        data, reasons = self.read(cells)
        if reasons:
            data = {"raw": self.masked(cells), "extensions": data.get("extensions") or {}}
        keys = data.pop("keys", None) or {}
        numbers = data.get("phones") or ()
        return (
            f"{batch_id}\t{row_no}\t{'error' if reasons else ''}"
            f"\t{_text(_as_json(reasons)) if reasons else chr(92) + 'N'}"
            f"\t{_text(data.get('external_no') or '')}\t{keys.get('member_no', '')}"
            f"\t{keys.get('card_no', '')}\t{keys.get('identity', '')}"
            f"\t{{{','.join(numbers)}}}\t{_text(keys.get('name_key', ''))}\t{copy_text(data.get('home_store_id'))}"
            f"\t{_text(_as_json(data))}\n"
        )

    def masked(self, cells: Sequence[str]) -> list[str]:
        """The row's cells as pages and files may show them."""
        return [
            f"{text[:4]}****{text[-2:]}"
            if place in self._sensitive and len(text) > 6
            else _LONG_NUMBER.sub(r"\1****\2", text[:60])
            for place, text in enumerate(cells)
        ]

    def read(self, cells: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """What the row says, and what is wrong with it by target (or by "" for the row as a whole)."""
        data: dict[str, Any] = {}
        reasons: dict[str, str] = {}
        width = len(cells)
        if width > len(self.header) and any(text.strip() for text in cells[len(self.header) :]):
            reasons[""] = _("The row has more cells than the heading.")
        if width and cells[0].strip() == self.header[0] and [text.strip() for text in cells] == self.header:
            reasons[""] = _("The heading stands here again.")
        if reasons:
            return data, reasons
        for place, key, reader in self._plain:
            text = cells[place].strip() if place < width else ""
            if not text:
                if key in self._clears:
                    data[key] = None
                continue
            try:
                if "\x00" in text:
                    raise ValueError(_("There are characters in this cell that are no text."))
                reader(text, data)
            except (ValueError, DomainError) as exc:
                reasons[key] = str(exc)
        for name, columns in self._of_extension.items():
            texts = {key: cells[place].strip() for place, key in columns if place < width and cells[place].strip()}
            if texts:
                try:
                    value = self._by_name[name].read(texts, self.spec)
                except (ValueError, DomainError) as exc:
                    reasons[columns[0][1]] = str(exc)
                else:
                    if value is not None:
                        data.setdefault("extensions", {})[name] = value
        if not reasons:
            self._put_together(data)
        return data, reasons

    def _put_together(self, data: dict[str, Any]) -> None:
        data.pop("_lunar", None)
        on = data.pop("_consented_on", None)
        if on and "consents" in data:
            data["consents"] = {channel: [granted, day or on] for channel, (granted, day) in data["consents"].items()}
        keys = data["keys"] = {"name_key": names.clean(data.get("name") or data.get("name_en") or "")}
        if "member_no" in data:
            keys["member_no"] = data.pop("member_no")
        if "card_no" in data:
            keys["card_no"] = data["card_no"]
        if "identity" in data:
            keys["identity"] = f"{data['identity'][0]}:{data['identity'][1]}"

    # The readers of columns ---------------------------------------------------------------------------

    def _reader(self, key: str) -> Reader:
        if key in PHONES:
            return _read_phones
        if key in self._definitions:
            return self._custom(key.removeprefix(CUSTOM), self._definitions[key])
        if key.startswith("consent_"):
            return self._consent(key.removeprefix("consent_"))
        known: dict[str, Reader] = {
            "name": _put_text("name", names.tidy),
            "name_en": _put_text("name_en", names.tidy),
            "external_no": _put_text("external_no"),
            "member_no": _read_member_no,
            "card_no": _read_card,
            "gender": self._word("gender", "gender"),
            "language": self._word("language", "language"),
            "category": self._word("category", "category"),
            "birth_calendar": self._word("birth_calendar", "_lunar"),
            "store": self._word("store", "home_store_id"),
            "birthday": self._birthday,
            "identity": _read_identity,
            "email": _read_email,
            "address": _read_address,
            "agreed_discount": _read_discount,
            "enrolled_on": self._day("enrolled_on"),
            "consented_on": self._day("_consented_on"),
            "note": _put_text("note", lambda text: text),
        }
        return known.get(key) or _put_text(key)

    def _all_words(self, given: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
        """The built-in words, over them the mapping's own; stores go by code and by either name."""
        stores = {}
        for store in Store.objects.all():
            for word in (store.name_en, store.name, store.code):
                if word:
                    stores[word.casefold()] = store.pk
        words = {name: dict(known) for name, known in WORDS.items()} | {"store": stores}
        for name, own in given.items():
            meanings = words.setdefault(name, {})
            for word, meaning in own.items():
                folded = str(meaning).casefold()
                meanings[word.casefold()] = meanings.get(folded, meaning) if name != "gender" else (
                    meaning if meaning in Member.Gender.values else meanings.get(folded, meaning)
                )  # fmt: skip
        return words

    def _word(self, dictionary: str, into: str) -> Reader:
        words = self._words[dictionary]

        def read(text: str, data: dict[str, Any]) -> None:
            plain = unicodedata.normalize("NFKC", text).strip().casefold()
            if plain not in words:
                self.unknown.setdefault(dictionary, Counter())[text[:60]] += 1
                raise ValueError(_("“%(text)s” is not in the list of words.") % {"text": text[:60]})
            data[into] = words[plain]

        return read

    def _consent(self, channel: str) -> Reader:
        words = self._words["consent"]

        def read(text: str, data: dict[str, Any]) -> None:
            plain = text.casefold()
            if plain in words:
                answer = [words[plain], None]
            else:
                try:
                    answer = [True, read_past_day(text, self.order).isoformat()]
                except ValueError:
                    self.unknown.setdefault("consent", Counter())[text[:60]] += 1
                    raise ValueError(_("“%(text)s” is neither yes, no nor a day.") % {"text": text[:60]}) from None
            data.setdefault("consents", {})[channel] = answer

        return read

    def _birthday(self, text: str, data: dict[str, Any]) -> None:
        data["birthday"] = _birthday(text, self.order, bool(data.get("_lunar")))

    def _day(self, into: str) -> Reader:
        def read(text: str, data: dict[str, Any]) -> None:
            data[into] = _past_day(text, self.order)

        return read

    def _custom(self, key: str, definition: FieldDefinition) -> Reader:
        is_day = definition.kind == FieldDefinition.Kind.DATE

        def read(text: str, data: dict[str, Any]) -> None:
            value = definition.read(read_day(text, self.order).isoformat() if is_day else text)
            if value is not None:
                data.setdefault("custom", {})[key] = value

        return read


def _put_text(key: str, change: Callable[[str], str] = lambda text: " ".join(text.split())) -> Reader:
    longest = _WIDTHS.get(key, 200)

    def read(text: str, data: dict[str, Any]) -> None:
        value = change(text)
        if len(value) > longest:
            raise ValueError(_("This is longer than %(limit)s characters.") % {"limit": longest})
        data[key] = value

    return read


def _read_phones(text: str, data: dict[str, Any]) -> None:
    found = data.setdefault("phones", [])
    # The usual shapes need no library: the outcome is the same, in a hundredth of the time.
    plain = text.replace(" ", "").replace("-", "")
    if _PLAIN_MOBILE.fullmatch(plain):
        numbers: Sequence[str] = (f"+86{plain}",)
    elif _PLAIN_LANDLINE.fullmatch(plain):
        numbers = (f"+86{plain[1:]}",)
    else:
        numbers = _numbers(text)
    for number in numbers:
        if number not in found:
            found.append(number)


@lru_cache(maxsize=20_000)
def _numbers(text: str) -> tuple[str, ...]:
    try:
        return (phones.reachable(text),)
    except phones.InvalidPhone:
        parts = [part for part in _SEPARATORS.split(unicodedata.normalize("NFKC", text)) if part.strip()]
        if len(parts) < 2:
            parts = text.split()
        if len(parts) < 2:
            raise
        return tuple(phones.reachable(part) for part in parts)


def _read_member_no(text: str, data: dict[str, Any]) -> None:
    number = text.upper()
    if not (number.isascii() and number.isalnum() and len(number) <= 20):
        raise ValueError(_("There is no member with this number."))
    data["member_no"] = number


def _read_card(text: str, data: dict[str, Any]) -> None:
    number = re.sub(r"[\s-]+", "", text).upper()
    if not (number.isascii() and number.isalnum() and 4 <= len(number) <= 32):
        raise ValueError(_("A card number has 4 to 32 letters or digits."))
    data["card_no"] = number


def _read_identity(text: str, data: dict[str, Any]) -> None:
    identity = identity_numbers.parse(text)
    data["identity"] = [identity.kind, digest_of(identity), identity.shown]


def _read_email(text: str, data: dict[str, Any]) -> None:
    value = unicodedata.normalize("NFKC", text)
    try:
        validate_email(value)
    except ValidationError as exc:
        raise ValueError(_("This is not an e-mail address.")) from exc
    if len(value) > 254:
        raise ValueError(_("This is not an e-mail address."))
    data["email"] = value


def _read_address(text: str, data: dict[str, Any]) -> None:
    found = _ADDRESS.fullmatch(" ".join(text.split()))
    parts = found.groupdict() if found else {"street": text}
    for part, value in parts.items():
        if value and not data.get(part):
            data[part] = value.strip()[: _WIDTHS[part]]


def _read_discount(text: str, data: dict[str, Any]) -> None:
    data["agreed_discount"] = _discount(text)


@lru_cache(maxsize=1_000)
def _discount(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    try:
        if plain.endswith("折"):
            number = Decimal(plain[:-1])
            share = number / (10 if number <= 10 else 100)
        elif plain.endswith("%"):
            share = Decimal(plain[:-1]) / 100
        else:
            share = Decimal(plain)
    except InvalidOperation:
        share = Decimal(0)
    if not (share.is_finite() and 0 < share <= 1):
        raise ValueError(_("A discount is the share paid, like 0.85 or 8.5折."))
    return f"{share:.4f}"


@lru_cache(maxsize=60_000)
def _birthday(text: str, order: str, lunar: bool) -> list[Any]:
    found = read_birthday(text, order, lunar=lunar)
    return [found.month, found.day, found.year, found.lunar, found.is_leap]


@lru_cache(maxsize=60_000)
def _past_day(text: str, order: str) -> str:
    return read_past_day(text, order).isoformat()
