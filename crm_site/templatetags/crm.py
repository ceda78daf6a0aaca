"""Tags and filters every template has without loading: icons, money, dates, panels, sort links."""

import datetime as dt
import re
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from kit import panels as registry
from kit import phones
from kit.money import format_yuan

register = template.Library()

DASH = "—"


# Figures -----------------------------------------------------------------------------------------


@register.filter
def money(value: Decimal | int | None) -> str:
    """¥1,280.00"""
    return format_yuan(None if value is None or value == "" else Decimal(value))


@register.filter
def money_short(value: Decimal | int | None) -> str:
    """¥1,642.8 万 in Chinese, ¥16.43M in English; small amounts in full."""
    if value is None or value == "":
        return DASH
    amount = Decimal(value)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if (get_language() or "").startswith("zh"):
        if size >= 100_000_000:
            return f"{sign}¥{size / 100_000_000:,.2f} 亿"
        if size >= 100_000:
            return f"{sign}¥{size / 10_000:,.1f} 万"
    elif size >= 1_000_000:
        return f"{sign}¥{size / 1_000_000:,.2f}M"
    elif size >= 100_000:
        return f"{sign}¥{size / 1_000:,.1f}K"
    return format_yuan(amount)


@register.filter
def num(value: Decimal | int | None) -> str:
    """12,480; decimals as they are, without trailing zeros."""
    if value is None or value == "":
        return DASH
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:,}"


@register.filter
def signed(value: Decimal | int | None) -> str:
    """+12,480 or -4,980"""
    return DASH if value is None or value == "" else ("+" if value > 0 else "") + num(value)


@register.filter
def percent(value: Decimal | None, places: int = 1) -> str:
    """0.713 as 71.3%"""
    return DASH if value is None or value == "" else f"{Decimal(value) * 100:.{places}f}%"


@register.simple_tag
def change(now: Decimal | int | None, before: Decimal | int | None, good: str = "up") -> SafeString:
    """The change against an earlier figure: arrow and sign say the direction, colour only good or bad."""
    if now is None or not before:
        return format_html('<span class="soft">{}</span>', DASH)
    rate = (Decimal(now) - Decimal(before)) / abs(Decimal(before)) * 100
    if rate == 0:
        return format_html('<span class="soft">{}</span>', "0.0%")
    rising = rate > 0
    look = "good" if rising == (good == "up") else "bad"
    return format_html('<span class="delta {}">{} {}%</span>', look, "▲" if rising else "▼", f"{abs(rate):,.1f}")


# Days and moments ------------------------------------------------------------------------------------


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """2026-11-21"""
    if not value:
        return DASH
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value:%Y-%m-%d}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """2026-11-21 14:05"""
    if not value:
        return DASH
    return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M}"


@register.filter
def masked(value: str | None) -> str:
    """138****4821"""
    return phones.mask(value) or DASH


# Look ------------------------------------------------------------------------------------------------


@cache
def _svg(name: str, style: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"An icon is a name like arrow-up, not {name!r}.")
    path = settings.ICONS_DIR / style / f"{name}.svg"
    try:
        svg = path.read_text()
    except OSError:
        return ""
    inner = re.sub(r"<!--.*?-->|^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.DOTALL)
    paint = 'fill="currentColor"' if style == "filled" else 'fill="none" stroke="currentColor" stroke-width="1.75"'
    return (
        f'<svg class="icon" width="18" height="18" viewBox="0 0 24 24" {paint} stroke-linecap="round"'
        f' stroke-linejoin="round" aria-hidden="true" focusable="false">{" ".join(inner.split())}</svg>'
    )


@register.simple_tag
def icon(name: str, style: str = "outline") -> SafeString:
    """A Tabler icon as inline SVG, hidden from readers: the word beside it speaks."""
    return mark_safe(_svg(name, style))


@register.simple_tag
def tag(text: object, look: str = "") -> SafeString:
    """A small tag with a word: look is "", ok, gold, warn or accent."""
    return format_html('<span class="tag {}">{}</span>', f"tag-{look}" if look else "", text)


# Lists and panels ---------------------------------------------------------------------------------


@register.inclusion_tag("_components/sort_th.html")
def sort_th(page: Any, name: str, label: object, align: str = "") -> dict[str, object]:
    """A heading that sorts: `{% sort_th page "amount" _("Amount") "num" %}`."""
    direction = "none"
    if page.sort.removeprefix("-") == name:
        direction = "descending" if page.descending else "ascending"
    return {"url": page.sort_url(name), "label": label, "align": align, "direction": direction}


@register.inclusion_tag("_components/panels.html", takes_context=True)
def panels(context: template.Context, slot: str, subject: object = None) -> dict[str, object]:
    """Everything the apps above show here: `{% panels "member-main" member %}`."""
    request: HttpRequest = context["request"]
    return {"panels": registry.render(slot, request, subject)}


@register.simple_tag
def join_words(*words: object) -> str:
    """The words that are there, with a dot between them."""
    separator = pgettext("between facts", " · ")
    return separator.join(str(word) for word in words if word)
