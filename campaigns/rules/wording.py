"""Rules in words, in the language of the page."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.rules.document import Group, Leaf


def leaf_words(leaf: Leaf) -> str:
    """One question: “Spend in 365 days is at least ¥5,000”."""
    known = leaf.known
    words = known.kind.sentence(known.label, leaf.test, leaf.value)
    return _("%(words)s (or not known)") % {"words": words} if leaf.or_unknown else words


def rule_words(rule: Group | Leaf) -> str:
    """A rule as one sentence."""
    if isinstance(rule, Leaf):
        return leaf_words(rule)
    if not rule.rules:
        return _("Every member")
    if len(rule.rules) == 1 and rule.op != "none":
        return rule_words(rule.rules[0])
    between = {"all": pgettext("rule", " and "), "any": pgettext("rule", " or "), "none": pgettext("rule", " or ")}
    parts = [rule_words(one) for one in rule.rules]
    wrapped = [
        _("(%(part)s)") % {"part": part} if isinstance(one, Group) and len(one.rules) > 1 and one.op != "none" else part
        for one, part in zip(rule.rules, parts, strict=True)
    ]
    said = between[rule.op].join(wrapped)
    return _("not: %(part)s") % {"part": said if len(rule.rules) == 1 else f"({said})"} if rule.op == "none" else said
