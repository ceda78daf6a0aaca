"""Filters for members: masked by default."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kit import names, phones
from members.services.duplicates import RULES

register = template.Library()


@register.filter
def masked_phone(e164: str | None) -> str:
    """138****4821"""
    return phones.mask(e164)


@register.filter
def masked_name(name: str | None) -> str:
    """张**"""
    return names.mask(name or "")


@register.filter
def discount(share: object) -> str:
    """An agreed share of the price as people say it: 0.8500 is 8.5 折 in Chinese, 15% off in English."""

    if share is None or share == "":
        return ""
    part = Decimal(str(share))
    if (get_language() or "").startswith("zh"):
        return f"{(part * 10).normalize():f} 折"
    return _("%(off)s%% off") % {"off": f"{((1 - part) * 100).normalize():f}"}


@register.filter
def get(mapping: dict, key: object) -> object:
    """The value under a key, or nothing."""
    return mapping.get(key)


@register.filter
def duplicate_rule(rule: str) -> str:
    """Why two members may be one, in words."""
    words, _weight = RULES[rule]
    return str(words)
