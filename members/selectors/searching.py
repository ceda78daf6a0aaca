"""One search box: the input is classified, then ONE indexed query runs.

No OR across columns or tables: where two indexes may answer they are asked one after the other inside the
statement (UNION ALL under a LIMIT stops as soon as there are enough), so the cost does not grow with the base.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from kit import names, phones
from members.selectors.found import FoundMember, as_found
from staff.models import User

TIMEOUT_MS = 1_000
_LAST = "\U0010ffff"
_NO = re.compile(r"m\d{6,12}")
_NAME_AND_TAIL = re.compile(r"(.*?[^\d\s])\s*(\d{4})")


@dataclass(frozen=True)
class Query:
    """What kind of input it is, and the statement that finds member ids for it."""

    kind: str
    sql: str
    params: list[Any]


def search(text: str, user: User, limit: int = 50) -> list[FoundMember]:
    """Members for what was typed: phone, last four digits, card, member number, name in Han characters, full
    pinyin, initials, or a name and the last four together. At most `limit`, names and phones masked by scope."""
    query = classify(text, limit)
    if query is None:
        return []
    sql = f"""
        SELECT m.id, m.member_no, m.name, m.name_en, m.external_no, m.home_store_id, m.status, m.category,
               m.enrolled_on, s.name AS store, s.name_en AS store_en,
               (SELECT p.e164 FROM members_memberphone p WHERE p.member_id = m.id
                 ORDER BY p.is_primary DESC, p.id LIMIT 1) AS phone,
               (SELECT c.number FROM members_membercard c WHERE c.member_id = m.id
                 ORDER BY (c.status = 'active') DESC, c.id DESC LIMIT 1) AS card
          FROM (SELECT DISTINCT ON (member_id) member_id, place
                  FROM (SELECT member_id, row_number() OVER () AS place FROM ({query.sql}) hits LIMIT %s) numbered
                 ORDER BY member_id, place) f
          JOIN members_member m ON m.id = f.member_id
          LEFT JOIN stores_store s ON s.id = m.home_store_id
         ORDER BY f.place"""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(TIMEOUT_MS)])
        cursor.execute(sql, [*query.params, limit])
        columns = [column.name for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return as_found(user, rows)


def classify(text: str, limit: int = 50) -> Query | None:
    """Decide what was typed and how it is found; None for nothing to search for."""
    typed = unicodedata.normalize("NFKC", text or "").replace("\x00", "").strip().casefold()[:100]
    if not typed:
        return None
    compact = re.sub(r"[\s\-().]+", "", typed)
    if _NO.fullmatch(compact):
        return Query("member_no", _MEMBER_NO, [compact.upper(), limit])
    if re.fullmatch(r"\+?\d+", compact):
        return _digits(compact, limit)
    both = _NAME_AND_TAIL.fullmatch(typed)
    if both and (query := _name_and_tail(both[1], both[2], typed, limit)):
        return query
    if names.has_han(typed):
        return _han(names.clean(typed), limit)
    letters = names.latin(typed)
    if not letters:
        return None
    if any(c.isdigit() for c in letters):
        return Query("number", _EXTERNAL_NO + " UNION ALL " + _CARD, [compact.upper(), limit, compact.upper(), limit])
    return _letters(letters, limit)


_MEMBER_NO = "(SELECT coalesce(merged_into_id, id) AS member_id FROM members_member WHERE member_no = %s LIMIT %s)"
_EXTERNAL_NO = """(SELECT coalesce(merged_into_id, id) AS member_id FROM members_member
     WHERE external_no = %s AND external_no <> '' LIMIT %s)"""
_CARD = "(SELECT member_id FROM members_membercard WHERE number = %s LIMIT %s)"
_PHONE = "(SELECT member_id FROM members_memberphone WHERE e164 = %s ORDER BY id LIMIT %s)"
_TAIL = "(SELECT member_id FROM members_memberphone WHERE tail = %s ORDER BY member_id DESC LIMIT %s)"
_ENDING = "(SELECT member_id FROM members_memberphone WHERE tail = %s AND e164 LIKE %s LIMIT %s)"
_BEGINNING = "(SELECT member_id FROM members_memberphone WHERE e164 >= %s AND e164 < %s ORDER BY e164 LIMIT %s)"
_NAME_PREFIX = "(SELECT member_id FROM members_membersearch WHERE name >= %s AND name < %s ORDER BY name LIMIT %s)"
_REST_PREFIX = """(SELECT member_id FROM members_membersearch
     WHERE substring(name, 2) >= %s AND substring(name, 2) < %s ORDER BY substring(name, 2) LIMIT %s)"""
_INI_PREFIX = "(SELECT member_id FROM members_membersearch WHERE ini >= %s AND ini < %s ORDER BY ini LIMIT %s)"
_PY_PREFIX = "(SELECT member_id FROM members_membersearch WHERE py >= %s AND py < %s ORDER BY py LIMIT %s)"
_INSIDE = "(SELECT member_id FROM members_membersearch WHERE toks @> %s::text[] AND name LIKE %s LIMIT %s)"
_OTHERWISE = "(SELECT member_id FROM members_membersearch WHERE toks @> %s::text[] LIMIT %s)"
_TAIL_AND_LETTERS = """(SELECT p.member_id FROM members_memberphone p
      JOIN members_membersearch s ON s.member_id = p.member_id
     WHERE p.tail = %s AND (s.ini LIKE %s OR s.py LIKE %s OR %s = ANY (s.toks)) LIMIT %s)"""
_TAIL_AND_HAN = """(SELECT p.member_id FROM members_memberphone p
      JOIN members_membersearch s ON s.member_id = p.member_id
     WHERE p.tail = %s AND s.name LIKE %s LIMIT %s)"""


def _digits(digits: str, limit: int) -> Query:
    """Only digits: a phone, its last four, a card, or the number of another system."""
    plain = digits.lstrip("+")
    if len(plain) == 4:
        return Query("tail", _TAIL + " UNION ALL " + _EXTERNAL_NO, [plain, limit, plain, limit])
    try:
        e164 = phones.normalise(digits)
    except phones.InvalidPhone:
        e164 = ""
    if e164 and phones.is_mobile(e164):
        return Query("phone", _PHONE, [e164, limit])
    asked = [(_EXTERNAL_NO, [plain, limit]), (_CARD, [plain, limit])]
    if e164:
        asked.append((_PHONE, [e164, limit]))
    if 5 <= len(plain) <= 10:
        asked.append((_ENDING, [plain[-4:], f"%{plain}", limit]))
    if 5 <= len(plain) <= 10 and re.match(r"1[3-9]", plain):
        asked.append((_BEGINNING, [f"+86{plain}", f"+86{plain}~", limit]))
    return Query("number", " UNION ALL ".join(sql for sql, _params in asked), [x for _sql, p in asked for x in p])


def _name_and_tail(name: str, tail: str, typed: str, limit: int) -> Query | None:
    """zxm 4821, zhangxiaomin 4821, 张晓敏 4821: the last four narrow it down to a handful, the name picks."""
    if names.has_han(name):
        return Query("name_tail", _TAIL_AND_HAN, [tail, f"%{_escaped(names.clean(name))}%", limit])
    letters = names.latin(name)
    if not letters or any(c.isdigit() for c in letters):
        return None
    whole = re.sub(r"\s+", "", typed).upper()
    return Query(
        "letters_tail",
        _TAIL_AND_LETTERS + " UNION ALL " + _EXTERNAL_NO,
        [tail, f"{letters}%", f"{letters}%", letters, limit, whole, limit],
    )


def _han(name: str, limit: int) -> Query:
    """Names beginning with it first, then given names beginning with it, then names that contain it."""
    han = "".join(c for c in name if names.has_han(c))
    grams = [han] if len(han) < 3 else [han[i : i + 2] for i in range(len(han) - 1)]
    inside = f"__%{_escaped(name)}%"  # beyond the first two characters: those came first
    return Query(
        "han",
        " UNION ALL ".join([_NAME_PREFIX, _REST_PREFIX, _INSIDE]),
        [name, name + _LAST, limit, name, name + _LAST, limit, grams, inside, limit],
    )


def _letters(letters: str, limit: int) -> Query:
    """Initials or full pinyin, beginning with it; then other readings and parts of the name."""
    by_ini = (_INI_PREFIX, [letters, letters + "~", limit])
    by_py = (_PY_PREFIX, [letters, letters + "~", limit])
    spelled = len(letters) > 4 and re.search(r"[aeiouv]", letters)
    first, second = (by_py, by_ini) if spelled else (by_ini, by_py)
    return Query(
        "letters",
        " UNION ALL ".join([first[0], second[0], _OTHERWISE]),
        [*first[1], *second[1], [letters], limit],
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
