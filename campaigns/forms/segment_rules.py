"""The rule builder: a rule being written, as plain data that may still be wrong, and the form of each of its questions.

Everything is in the names of the controls, so it works without JavaScript: a button sends the whole rule with what is to
be done (`add:`, `group:`, `remove:`, `fold:`, `unfold:` and a path) and gets it back changed. `r` is the root, `r.0` its
first rule, `r.0.2` the third one inside that.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from campaigns.rules.behaviour import COMPARES, MEASURES, PLACES, WINDOWS, Behaviour
from campaigns.rules.document import DEEPEST, MOST_LEAVES, OPS, read_rule
from campaigns.rules.kinds import Choice, Day, Kind, Number, Text, Yearly, YesNo
from campaigns.rules.registry import Field, all_fields
from campaigns.rules.wording import rule_words
from campaigns.segment_exceptions import RuleRefused
from staff.models import User

Draft = dict[str, Any]
ROOT: Final = "r"
EMPTY: Final[Draft] = {"op": "all", "rules": []}
FIRST_QUESTION: Final[Draft] = {"field": "stat.spend_365", "test": "at_least", "value": ""}
OP_WORDS: Final = (
    ("all", pgettext_lazy("rule", "all of these hold")),
    ("any", pgettext_lazy("rule", "at least one holds")),
    ("none", pgettext_lazy("rule", "none of these holds")),
)
PLACE_WORDS: Final = {
    "brands": gettext_lazy("Brands"), "categories": gettext_lazy("Categories"),
    "counters": gettext_lazy("Counters"), "stores": gettext_lazy("Stores"),
}  # fmt: skip
RESHAPES: Final = ("field", "test", "compare", "window")
_MONTHS = tuple((str(month), str(month)) for month in range(1, 13))


@dataclass
class Node:
    """A part of the rule as the page shows it: a group with its parts, or a question with its form."""

    path: str
    op: str = ""
    form: "LeafForm | None" = None
    error: str = ""
    words: str = ""
    hint: str = ""
    folded: str = ""
    rules: "list[Node]" = field(default_factory=list)

    @property
    def is_root(self) -> bool:
        return self.path == ROOT

    @property
    def op_words(self) -> tuple:
        return OP_WORDS

    @property
    def may_nest(self) -> bool:
        return self.path.count(".") < DEEPEST - 2


def draft_from(post: QueryDict) -> Draft:
    """What was sent, as it is."""
    return _group_from(post, ROOT) if f"{ROOT}-op" in post or f"{ROOT}-folded" in post else {**EMPTY, "rules": []}


def _group_from(post: QueryDict, path: str) -> Draft:
    if kept := post.get(f"{path}-folded"):
        try:
            return {**_plain_group(json.loads(kept)), "folded": True}
        except (ValueError, TypeError, RecursionError):
            return {**EMPTY, "rules": []}
    op = post.get(f"{path}-op", "all")
    rules: list[Draft] = []
    for number in range(MOST_LEAVES):
        inner = f"{path}.{number}"
        if f"{inner}-op" in post or f"{inner}-folded" in post:
            if path.count(".") < DEEPEST:
                rules.append(_group_from(post, inner))
        elif f"{inner}-field" in post:
            rules.append(_leaf_from(post, inner))
    return {"op": op if op in OPS else "all", "rules": rules}


def _plain_group(loaded: Any) -> Draft:
    """A folded group as it came back: only what has the shape of a rule."""
    shaped = _shaped(loaded, DEEPEST)
    if "rules" not in shaped:
        raise ValueError
    return shaped


def _shaped(node: Any, depth: int) -> Draft:
    if not isinstance(node, dict) or depth == 0:
        raise ValueError
    if "op" in node:
        if node["op"] not in OPS or not isinstance(node.get("rules"), list):
            raise ValueError
        return {"op": node["op"], "rules": [_shaped(one, depth - 1) for one in node["rules"][:MOST_LEAVES]]}
    if not isinstance(node.get("field"), str) or not isinstance(node.get("test"), str):
        raise ValueError
    leaf: Draft = {"field": node["field"], "test": node["test"], "value": node.get("value")}
    return leaf | {"or_unknown": True} if node.get("or_unknown") is True else leaf


def _leaf_from(post: QueryDict, path: str) -> Draft:
    name, test = post.get(f"{path}-field", ""), post.get(f"{path}-test", "")
    known = all_fields().get(name)
    leaf: Draft = {"field": name, "test": test, "value": None}
    if known is None:
        return leaf
    if test not in known.kind.tests:
        leaf["test"] = next(iter(known.kind.tests))
    leaf["value"] = _value_from(post, path, known.kind, leaf["test"])
    return leaf | {"or_unknown": True} if post.get(f"{path}-or_unknown") else leaf


def _value_from(post: QueryDict, path: str, kind: Kind, test: str) -> Any:
    if isinstance(kind, Choice):
        return post.getlist(f"{path}-value")
    if isinstance(kind, Behaviour):
        value: Draft = {place: chosen for place in PLACES if (chosen := post.getlist(f"{path}-{place}"))}
        for name in ("measure", "compare", "number", "number2", "window", "days", "months_ago", "from", "until"):
            if sent := post.get(f"{path}-{name}", ""):
                value[name] = sent
        return value
    if test == "between":
        return [post.get(f"{path}-value", ""), post.get(f"{path}-value2", "")]
    return post.get(f"{path}-value", "")


def edit(draft: Draft, deed: str) -> Draft:
    """Do one thing to the rule: a verb and a path. What makes no sense changes nothing."""
    verb, _colon, path = deed.partition(":")
    steps = [int(step) for step in path.split(".")[1:] if step.isdigit()]
    parent, node = None, draft
    for step in steps:
        if step >= len(node.get("rules", [])):
            return draft
        parent, node = node, node["rules"][step]
    if verb == "remove" and parent is not None:
        del parent["rules"][steps[-1]]
    elif verb == "add" and "rules" in node:
        node["rules"].append(dict(FIRST_QUESTION))
    elif verb == "group" and "rules" in node and len(steps) < DEEPEST - 2:
        node["rules"].append({"op": "any", "rules": [dict(FIRST_QUESTION)]})
    elif verb == "fold" and "rules" in node:
        node["folded"] = True
    elif verb == "unfold" and "rules" in node:
        node.pop("folded", None)
    return draft


def document_of(draft: Draft) -> Draft:
    """The draft as a document to be read."""
    return {"version": 1, "op": draft.get("op"), "rules": [_unfolded(one) for one in draft.get("rules", [])]}


def _unfolded(node: Any) -> Any:
    if not isinstance(node, dict) or "rules" not in node:
        return node
    return {"op": node.get("op"), "rules": [_unfolded(one) for one in node["rules"]]}


class Tree:
    """The rule as the page shows it, each question with its form and, when `checked`, what is wrong with it."""

    def __init__(self, draft: Draft, user: User, *, checked: bool) -> None:
        self.user, self.checked = user, checked
        self.fields = all_fields()
        self.choices = _grouped(self.fields, user)
        self.root = self._node(draft, ROOT)

    def _node(self, node: Draft, path: str) -> Node:
        if "rules" not in node:
            return self._question(node, path)
        if node.get("folded") and path != ROOT:
            plain = _unfolded(node)
            return Node(path, op=plain["op"], words=_said(plain), folded=json.dumps(plain, ensure_ascii=False))
        rules = [self._node(one, f"{path}.{number}") for number, one in enumerate(node["rules"])]
        return Node(path, op=node["op"], rules=rules)

    def _question(self, leaf: Draft, path: str) -> Node:
        known = self.fields.get(leaf.get("field", ""))
        form = LeafForm(known, leaf, self.choices, prefix=path)
        error, words = "", ""
        try:
            words = rule_words(read_rule({"op": "all", "rules": [leaf]}))
        except RuleRefused as refused:
            error = str(refused) if self.checked else ""
        return Node(path, form=form, error=error, words=words, hint=str(known.hint) if known else "")


def _said(plain: Draft) -> str:
    try:
        return rule_words(read_rule({"op": "all", "rules": [plain]}))
    except RuleRefused as refused:
        return str(refused)


def _grouped(fields: dict[str, Field], user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for known in fields.values():
        if not known.permission or user.has_perm(known.permission):
            grouped.setdefault(str(known.group), []).append((known.name, str(known.label)))
    return list(grouped.items())


class LeafForm(forms.Form):
    """The controls of one question; which ones depends on its field and test."""

    def __init__(self, known: Field | None, leaf: Draft, choices: list, *, prefix: str) -> None:
        super().__init__(prefix=prefix, initial=dict(_initial(known, leaf)))
        self.fields["field"] = forms.ChoiceField(label=pgettext("rule", "Question"), choices=choices)
        if known is None:
            self.fields["field"].widget.attrs["hx-post"] = reverse("campaigns:segment_rule")
            return
        kind, test = known.kind, leaf.get("test", "")
        if test not in kind.tests:
            test = next(iter(kind.tests))
        self.fields["test"] = forms.ChoiceField(label=_("Comparison"), choices=list(kind.tests.items()))
        for name, control in _controls(kind, test, leaf):
            self.fields[name] = control
        if known.unknown_counts is not None or (known.column and not isinstance(kind, YesNo)):
            self.fields["or_unknown"] = forms.BooleanField(
                label=_("also those of whom nothing is known here"), required=False
            )
        for name, control in self.fields.items():
            control.required = False
            if name in RESHAPES:
                # Other controls follow from it: with HTMX at once, else with the next button.
                control.widget.attrs["hx-post"] = reverse("campaigns:segment_rule")


def _initial(known: Field | None, leaf: Draft) -> Iterator[tuple[str, Any]]:
    yield "field", leaf.get("field")
    yield "test", leaf.get("test")
    yield "or_unknown", bool(leaf.get("or_unknown"))
    value = leaf.get("value")
    if known is not None and isinstance(known.kind, Behaviour):
        yield from (value if isinstance(value, dict) else {}).items()
    elif isinstance(value, list) and not (known and isinstance(known.kind, Choice)):
        yield from zip(("value", "value2"), value, strict=False)
    else:
        yield "value", value


def _number(label: object) -> forms.Field:
    return forms.CharField(label=label, widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}))


def _day(label: object) -> forms.Field:
    return forms.CharField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


def _several(label: object, options: list[tuple[str, str]]) -> forms.Field:
    size = min(max(len(options), 2), 6)
    return forms.MultipleChoiceField(label=label, choices=options, widget=forms.SelectMultiple(attrs={"size": size}))


def _controls(kind: Kind, test: str, leaf: Draft) -> Iterator[tuple[str, forms.Field]]:
    if isinstance(kind, Behaviour):
        yield from _behaviour_controls(kind, leaf.get("value") if isinstance(leaf.get("value"), dict) else {})
    elif isinstance(kind, Choice):
        yield "value", _several(_("Values"), [(str(value), str(label)) for value, label in kind.options()])
    elif isinstance(kind, YesNo):
        return
    elif isinstance(kind, Yearly) and test == "in_month":
        yield "value", forms.ChoiceField(label=_("Month"), choices=_MONTHS)
    elif isinstance(kind, Yearly) and test == "between":
        yield "value", forms.CharField(label=_("From"), widget=forms.TextInput(attrs={"placeholder": "11-21"}))
        yield "value2", forms.CharField(label=_("Until"), widget=forms.TextInput(attrs={"placeholder": "12-05"}))
    elif isinstance(kind, Day) and test in ("from", "until"):
        yield "value", _day(_("Day"))
    elif isinstance(kind, Day) and test == "between":
        yield "value", _day(_("From"))
        yield "value2", _day(_("Until"))
    elif isinstance(kind, (Day, Yearly)):
        yield "value", _number(_("Days"))
    elif isinstance(kind, Text):
        yield "value", forms.CharField(label=_("Words"), max_length=60)
    else:
        unit = kind.unit if isinstance(kind, Number) else ""
        # Not inside an f-string, where makemessages does not find it.
        label = pgettext("rule", "Value")
        yield "value", _number(f"{label} {unit}".strip())
        if test == "between":
            yield "value2", _number(_("Until"))


def _behaviour_controls(kind: Behaviour, value: Draft) -> Iterator[tuple[str, forms.Field]]:
    yield "compare", forms.ChoiceField(label=pgettext("rule", "How often"), choices=list(COMPARES.items()))
    number = _number(pgettext("rule", "Number"))
    number.widget.attrs["placeholder"] = "1"
    yield "number", number
    if value.get("compare") == "between":
        yield "number2", _number(_("Until"))
    yield "measure", forms.ChoiceField(label=_("Counted in"), choices=list(MEASURES.items()))
    yield "window", forms.ChoiceField(label=_("When"), choices=list(WINDOWS.items()))
    if value.get("window") == "last_days":
        yield "days", _number(_("Days"))
    elif value.get("window") == "month":
        yield "months_ago", _number(_("Months ago"))
    elif value.get("window") == "between":
        yield "from", _day(_("From"))
        yield "until", _day(_("Until"))
    for place in PLACES:
        options = [(str(known), str(label)) for known, label in kind.choices[place]()]
        if options:
            yield place, _several(PLACE_WORDS[place], options)
