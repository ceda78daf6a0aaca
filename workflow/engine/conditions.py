"""Conditions as data: `{"all": [{"fact": "amount", "op": "gte", "value": "50000"}]}` over typed facts."""

from decimal import Decimal, InvalidOperation
from typing import Any

NUMBERS = ("money", "integer")
OPERATORS: dict[str, tuple[str, ...]] = {
    "money": ("gte", "gt", "lte", "lt", "eq"),
    "integer": ("gte", "gt", "lte", "lt", "eq"),
    "date": ("gte", "lte", "eq"),
    "text": ("eq", "ne", "contains"),
    "choice": ("eq", "ne", "in"),
    "store": ("eq", "ne", "in"),
    "department": ("eq", "ne", "in"),
    "user": ("eq", "ne", "in"),
    "boolean": ("eq",),
}


def holds(condition: dict[str, Any], facts: dict[str, Any], kinds: dict[str, str]) -> bool:
    """Whether a condition holds. A fact that is not known fits no comparison but "ne"; an empty "all" always holds."""
    if "any" in condition:
        return any(_fits(test, facts, kinds) for test in condition["any"])
    return all(_fits(test, facts, kinds) for test in condition.get("all", []))


def _fits(test: dict[str, Any], facts: dict[str, Any], kinds: dict[str, str]) -> bool:
    kind = kinds.get(test["fact"], "text")
    known, wanted = typed(kind, facts.get(test["fact"])), test.get("value")
    if known is None:
        return test["op"] == "ne"
    if test["op"] == "in":
        return known in [typed(kind, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    value = typed(kind, wanted)
    if value is None:
        return False
    match test["op"]:
        case "eq":
            return known == value
        case "ne":
            return known != value
        case "gte":
            return known >= value
        case "gt":
            return known > value
        case "lte":
            return known <= value
        case "lt":
            return known < value
        case "contains":
            return str(value) in str(known)
    return False


def typed(kind: str, value: Any) -> Any:
    """A JSON value as its kind compares it; None where it is none of that kind."""
    if value is None or value == "":
        return None
    try:
        match kind:
            case "money":
                number = Decimal(str(value))
                return number if number.is_finite() else None
            case "integer":
                return int(str(value))
            case "store" | "department" | "user":
                return int(str(value))
            case "boolean":
                return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes")
    except (ValueError, InvalidOperation):
        return None
    return str(value)
