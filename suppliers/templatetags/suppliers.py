"""Tags of status, right to sell and papers."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from suppliers.models import Party

register = template.Library()

LOOKS = {
    "supplier": "tag-ok",
    "leaving": "tag-gold",
    "blocked": "tag-warn",
    "allowed": "tag-ok",
    "grace": "tag-gold",
    "override": "tag-gold",
    "stopped": "tag-warn",
    "expiring": "tag-gold",
    "expired": "tag-warn",
    "valid": "tag-ok",
}


@register.simple_tag
def party_status(party: Party) -> SafeString:
    """The status as a tag."""
    return format_html('<span class="tag {}">{}</span>', LOOKS.get(party.status, ""), party.get_status_display())


@register.simple_tag
def selling_tag(party: Party) -> SafeString:
    """The right to sell as a tag, with the last day of grace."""
    text = party.get_selling_display()
    if party.grace_until_on:
        text = _("May sell until %(day)s") % {"day": f"{party.grace_until_on:%Y-%m-%d}"}
    return format_html('<span class="tag {}">{}</span>', LOOKS.get(party.selling, ""), text)


@register.simple_tag
def paper_state(state: str) -> SafeString:
    """The state of a paper as a tag."""
    words = {
        "expiring": _("Running out"),
        "expired": _("Run out"),
        "valid": _("Valid"),
        "open": _("No last day"),
    }
    return format_html('<span class="tag {}">{}</span>', LOOKS.get(state, ""), words.get(state, ""))


@register.filter
def account(number: str) -> str:
    """A bank account as those see it who may not: the last four digits."""
    return f"**** **** {number[-4:]}" if number else "—"


@register.filter
def grouped(number: str) -> str:
    """6222 0212 3456 7890 123"""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@register.simple_tag
def grade_tag(letter: str) -> SafeString | str:
    """A grade as a tag."""
    looks = {"A": "tag-ok", "B": "tag-gold"}
    return format_html('<span class="tag {}">{}</span>', looks.get(letter, ""), letter) if letter else "—"
