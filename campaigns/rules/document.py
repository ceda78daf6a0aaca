"""A rule as it is stored: a versioned JSON tree of groups and leaves.

    {"version": 1, "op": "all", "rules": [
        {"field": "member.gender", "test": "is_one_of", "value": ["female"]},
        {"op": "any", "rules": [
            {"field": "stat.spend_365", "test": "at_least", "value": "5000"},
            {"field": "did.bought", "test": "did", "value": {"brands": ["7"], "window": "last_days", "days": 90}}]},
        {"op": "none", "rules": [{"field": "stat.last_visit_on", "test": "before_last", "value": 180,
                                  "or_unknown": true}]}]}

`op` is `all`, `any` or `none` of the rules inside; no rules at all means everybody, at the root only. `or_unknown` takes
in the members of whom nothing is known there (who never bought, whose birthday nobody said).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from campaigns.rules.registry import Field, field_named
from campaigns.segment_exceptions import RuleRefused

VERSION: Final = 1
OPS: Final = ("all", "any", "none")
MOST_LEAVES, DEEPEST, MOST_CHARACTERS = 60, 6, 200_000


@dataclass(frozen=True)
class Leaf:
    """One question about a member."""

    field: str
    test: str
    value: Any
    or_unknown: bool = False

    @property
    def known(self) -> Field:
        return field_named(self.field)


@dataclass(frozen=True)
class Group:
    """Some questions together."""

    op: str
    rules: tuple["Group | Leaf", ...] = ()

    def leaves(self) -> Iterator[Leaf]:
        """Every question of the tree, in order."""
        for rule in self.rules:
            if isinstance(rule, Leaf):
                yield rule
            else:
                yield from rule.leaves()


EVERYBODY: Final = Group("all")


def read_rule(document: Any) -> Group:
    """The tree of a stored or sent document. Raises `RuleRefused` with a sentence that names the part."""
    if not isinstance(document, dict):
        raise RuleRefused(_("This is not a rule."))
    if document.get("version", VERSION) != VERSION:
        raise RuleRefused(_("The rule was written by a newer version of this product."))
    if not document or set(document) <= {"version"}:
        return EVERYBODY
    root = _node(document, 1)
    if isinstance(root, Leaf):
        root = Group("all", (root,))
    if sum(1 for _leaf in root.leaves()) > MOST_LEAVES:
        raise RuleRefused(_("A rule may ask at most %(most)s questions.") % {"most": MOST_LEAVES})
    return root


def _node(node: Any, depth: int) -> Group | Leaf:
    if not isinstance(node, dict):
        raise RuleRefused(_("A part of the rule is neither a question nor a group."))
    if depth > DEEPEST:
        raise RuleRefused(_("Groups may be nested %(most)s deep.") % {"most": DEEPEST - 1})
    if "op" not in node:
        return _leaf(node)
    rules = node.get("rules")
    if node["op"] not in OPS or not isinstance(rules, list):
        raise RuleRefused(_("A group is “all”, “any” or “none” of the questions inside."))
    if not rules and (depth > 1 or node["op"] != "all"):
        raise RuleRefused(_("A group has no question. Add one, or take the group out."))
    if len(rules) > MOST_LEAVES:
        raise RuleRefused(_("A rule may ask at most %(most)s questions.") % {"most": MOST_LEAVES})
    return Group(node["op"], tuple(_node(one, depth + 1) for one in rules))


def _leaf(node: dict) -> Leaf:
    field = field_named(node.get("field"))
    test = node.get("test")
    if not isinstance(test, str) or test not in field.kind.tests:
        raise RuleRefused(_("%(field)s: please choose how it is compared.") % {"field": field.label})
    try:
        value = field.kind.clean(test, node.get("value"))
    except RuleRefused as exc:
        raise RuleRefused(f"{field.label}: {exc}") from exc
    return Leaf(field.name, test, value, node.get("or_unknown") is True)


def as_document(rule: Group) -> dict[str, Any]:
    """The document of a tree, always in the same form: two ways to write one rule have one hash."""
    return {"version": VERSION, **_plain(rule)}


def _plain(node: Group | Leaf) -> dict[str, Any]:
    if isinstance(node, Group):
        return {"op": node.op, "rules": [_plain(one) for one in node.rules]}
    plain: dict[str, Any] = {"field": node.field, "test": node.test, "value": node.value}
    return plain | {"or_unknown": True} if node.or_unknown else plain


def hash_of(rule: Group) -> str:
    """The SHA-256 of a rule, in hex: the same question has the same hash."""
    return hashlib.sha256(json.dumps(as_document(rule), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_text(text: str) -> Group:
    """A rule from JSON text somebody sent."""
    if len(text) > MOST_CHARACTERS:
        raise RuleRefused(_("This is not a rule."))
    try:
        return read_rule(json.loads(text))
    except (ValueError, RecursionError) as exc:
        raise RuleRefused(_("This is not a rule.")) from exc
