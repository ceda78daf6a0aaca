"""What members did: bought or returned what, where, how often, within which days.

The value of such a question: `brands`, `categories` (with everything below them), `counters`, `stores` (lists of numbers
as text; none: any), `measure` (times, days, items, amount), `compare` (at_least, at_most, between) with `number` and
`number2`, `window` (ever, last_days with `days`, month with `months_ago`, between with `from` and `until`).

*Times* are receipts, *days* are days on which there was one; *items* and *amount* of what was bought are what was kept:
returns within the same days are taken off. Slips taken back by a reversal count nowhere. A question is one grouped
subquery over receipts, or over their lines where goods are named; where the stored figures answer, they are read instead.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.rules.kinds import MOST_DAYS, Kind, Options, Words, in_a_row, read_count, read_day, read_number
from campaigns.rules.sql import Clock, Sql, joined
from campaigns.segment_exceptions import RuleRefused
from kit.remembered import Remembered
from stores.models import Category

PLACES: Final = ("brands", "categories", "counters", "stores")
MEASURES: Final[dict[str, Words]] = {
    "times": pgettext_lazy("rule", "times"),
    "days": pgettext_lazy("rule", "days with a purchase"),
    "items": pgettext_lazy("rule", "items"),
    "amount": pgettext_lazy("rule", "yuan"),
}
COMPARES: Final[dict[str, Words]] = {
    "at_least": pgettext_lazy("rule count", "at least"),
    "at_most": pgettext_lazy("rule count", "at most"),
    "between": pgettext_lazy("rule count", "between"),
}
WINDOWS: Final[dict[str, Words]] = {
    "ever": gettext_lazy("at any time"),
    "last_days": gettext_lazy("within the last days"),
    "month": gettext_lazy("in a calendar month"),
    "between": gettext_lazy("between two days"),
}
# A slip taken back by a reversal, and the reversal itself. `reverses_id` is unique, so both are few rows of an index.
STANDS: Final = (
    "NOT EXISTS (SELECT 1 FROM sales_receipt x WHERE x.reverses_id = l.receipt_id)"
    " AND NOT EXISTS (SELECT 1 FROM sales_receipt y WHERE y.id = l.receipt_id AND y.reverses_id IS NOT NULL)"
)
_trees: Remembered[list[tuple[int, int | None]]] = Remembered(
    lambda: list(Category.objects.values_list("pk", "parent"))
)


@dataclass(frozen=True)
class Behaviour(Kind):
    """A question about slips: `sign` 1 for what was bought, -1 for what came back."""

    sign: int
    choices: dict[str, Options]
    tests: ClassVar[dict[str, Words]] = {"did": pgettext_lazy("rule", "yes"), "did_not": pgettext_lazy("rule", "no")}
    opposite: ClassVar[dict[str, str]] = {"did_not": "did"}

    def clean(self, test: str, raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise RuleRefused(_("Please say what, how often and when."))
        value: dict[str, Any] = {}
        for place in PLACES:
            if chosen := raw.get(place):
                value[place] = self._chosen(place, chosen)
        value["measure"] = _one_of(raw.get("measure", "times"), MEASURES)
        value["compare"] = _one_of(raw.get("compare", "at_least"), COMPARES)
        value["number"] = read_number(raw.get("number", "1"), least=Decimal(0))
        if value["compare"] == "between":
            value["number2"] = read_number(raw.get("number2"), least=Decimal(value["number"]))
        if value["compare"] == "at_least" and value["measure"] != "amount" and Decimal(value["number"]) < 1:
            raise RuleRefused(_("At least 0 is everybody. Please give 1 or more."))
        return value | _window(raw)

    def _chosen(self, place: str, chosen: Any) -> list[str]:
        wanted = [str(one) for one in (chosen if isinstance(chosen, (list, tuple)) else [chosen])]
        known = {str(value) for value, _label in self.choices[place]()}
        if strange := [one for one in wanted if one not in known]:
            raise RuleRefused(_("%(value)s is not on the list.") % {"value": strange[0][:40]})
        return list(dict.fromkeys(wanted))

    def words(self, test: str, value: Any) -> str:
        said = []
        for place in PLACES:
            if chosen := value.get(place):
                labels = {str(known): str(label) for known, label in self.choices[place]()}
                said.append(in_a_row(labels.get(one, one) for one in chosen))
        number = f"{Decimal(value['number']):,f}"
        if value["compare"] == "between":
            number = _("%(low)s to %(high)s") % {"low": number, "high": f"{Decimal(value['number2']):,f}"}
            said.append(f"{number} {MEASURES[value['measure']]}")
        else:
            said.append(f"{COMPARES[value['compare']]} {number} {MEASURES[value['measure']]}")
        said.append(_window_words(value))
        return _("; ").join(said)

    def sentence(self, label: object, test: str, value: Any) -> str:
        said = _("%(field)s: %(value)s") if test == "did" else _("not %(field)s: %(value)s")
        return said % {"field": label, "value": self.words(test, value)}

    def members(self, _test: str, value: Any, clock: Clock) -> Sql:
        """The members who did."""
        if (stored := self._stored(value)) is not None:
            return stored
        return self.measured(value, clock, having=True)

    def anything(self, _test: str, value: Any, clock: Clock) -> Sql | None:
        """The members of whom there is anything to count."""
        return self.measured({**value, "measure": "times", "compare": "at_least", "number": "1"}, clock, having=True)

    def measured(self, value: Any, clock: Clock, *, having: bool, member_id: int | None = None) -> Sql:
        """Ids, with the figure beside them unless `having` compares it: one grouped subquery."""
        by_lines = value["measure"] == "items" or any(value.get(place) for place in PLACES[:3])
        source, where = self._lines(value) if by_lines else self._receipts(value)
        where += _within(value, clock)
        if member_id is not None:
            where.append(Sql("l.member_id = %s", [member_id]))
        figure = self._figure(value["measure"], by_lines)
        head = "SELECT l.member_id" if having else f"SELECT l.member_id, {figure} AS figure"
        grouped = Sql(f"{head} FROM {source} l WHERE ")
        sql = joined("", [grouped, joined(" AND ", where), Sql(" GROUP BY l.member_id")])
        if not having or (value["measure"], value["compare"], value["number"]) == ("times", "at_least", "1"):
            return sql
        return joined(" HAVING ", [sql, _compared(figure, value)])

    def _receipts(self, value: Any) -> tuple[str, list[Sql]]:
        where = [Sql("l.member_id IS NOT NULL")]
        if value["measure"] != "amount" or self.sign < 0:
            where.append(Sql(f"l.kind = '{'sale' if self.sign > 0 else 'return'}' AND NOT l.is_reversed"))
        return "sales_receipt", where + _places(value, ("stores",))

    def _lines(self, value: Any) -> tuple[str, list[Sql]]:
        where = [Sql("l.member_id IS NOT NULL")]
        if value["measure"] in ("times", "days") or self.sign < 0:
            where.append(Sql(f"l.quantity {'>' if self.sign > 0 else '<'} 0 AND {STANDS}"))
        return "sales_receiptline", where + _places(value, PLACES)

    def _figure(self, measure: str, by_lines: bool) -> str:
        minus = "-" if self.sign < 0 else ""
        match measure:
            case "times":
                return "count(DISTINCT l.receipt_id)" if by_lines else "count(*)"
            case "days":
                return "count(DISTINCT l.sold_on)"
            case "items":
                return f"{minus}sum(l.quantity)"
        return f"{minus}sum(l.net_amount)"

    def _stored(self, value: Any) -> Sql | None:
        """The figures kept for every member, where they are the answer."""
        if any(value.get(place) for place in PLACES) or value["compare"] != "at_least" or value["window"] != "ever":
            return None
        column = {(1, "times"): "receipts_life", (1, "amount"): "spend_life", (-1, "times"): "returns_life"}.get(
            (self.sign, value["measure"])
        )
        if column is None or Decimal(value["number"]) <= 0:
            return None
        return Sql(f"SELECT member_id FROM sales_memberstat WHERE {column} >= %s", [Decimal(value["number"])])


def _places(value: Any, places: tuple[str, ...]) -> list[Sql]:
    column = {"brands": "brand_id", "categories": "category_id", "counters": "counter_id", "stores": "store_id"}
    return [
        Sql(
            f"l.{column[place]} = ANY(%s)", [_with_below(chosen) if place == "categories" else [int(c) for c in chosen]]
        )
        for place in places
        if (chosen := value.get(place))
    ]


def _with_below(chosen: list[str]) -> list[int]:
    """Categories with everything below them."""
    found = {int(one) for one in chosen}
    rows, grown = _trees.get(), True
    while grown:
        below = {pk for pk, parent in rows if parent in found} - found
        found |= below
        grown = bool(below)
    return sorted(found)


def _compared(figure: str, value: Any) -> Sql:
    if value["compare"] == "between":
        return Sql(f"{figure} BETWEEN %s AND %s", [Decimal(value["number"]), Decimal(value["number2"])])
    return Sql(f"{figure} {'>=' if value['compare'] == 'at_least' else '<='} %s", [Decimal(value["number"])])


def _within(value: Any, clock: Clock) -> list[Sql]:
    match value["window"]:
        case "last_days":
            return [Sql("l.sold_on >= %s", [clock.days_ago(value["days"] - 1)])]
        case "month":
            return [Sql("l.sold_on BETWEEN %s AND %s", list(clock.month(value["months_ago"])))]
        case "between":
            days = [date.fromisoformat(value["from"]), date.fromisoformat(value["until"])]
            return [Sql("l.sold_on BETWEEN %s AND %s", days)]
    return []


def _one_of(raw: Any, known: dict[str, Words]) -> str:
    if not isinstance(raw, str) or raw not in known:
        raise RuleRefused(_("Please say what, how often and when."))
    return raw


def _window(raw: dict) -> dict[str, Any]:
    window = _one_of(raw.get("window", "ever"), WINDOWS)
    if window == "last_days":
        return {"window": window, "days": read_count(raw.get("days"), 1, MOST_DAYS)}
    if window == "month":
        return {"window": window, "months_ago": read_count(raw.get("months_ago"), 0, 120)}
    if window == "between":
        first, last = read_day(raw.get("from")), read_day(raw.get("until"))
        if first > last:
            raise RuleRefused(_("The last day lies before the first."))
        return {"window": window, "from": first, "until": last}
    return {"window": window}


def _window_words(value: Any) -> str:
    match value["window"]:
        case "last_days":
            return _("in the last %(n)s days") % {"n": value["days"]}
        case "month":
            ago = value["months_ago"]
            return _("%(n)s months ago") % {"n": ago} if ago else _("this calendar month")
        case "between":
            return _("%(low)s to %(high)s") % {"low": value["from"], "high": value["until"]}
    return str(WINDOWS["ever"])
