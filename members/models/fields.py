"""The store's own data dictionary: what colleagues may learn about a member beyond name and number."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from stores.models import Named


class FieldDefinition(Named):
    """A fact a store keeps about its members: a size, a preference, an occasion. Its value lies in `Member.custom`.

    A key that is absent means nobody said. The key and the kind stay as they are once values exist.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Words")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        OCCASION = "occasion", _("Day that comes back each year")
        CHOICE = "choice", _("One of a list")
        CHOICES = "choices", _("Several of a list")
        YES_NO = "yes_no", _("Yes or no")

    class Group(models.TextChoices):
        SIZES = "sizes", _("Sizes")
        PREFERENCES = "preferences", _("Preferences")
        FAMILY = "family", _("Family")
        OCCASIONS = "occasions", _("Occasions")
        OTHER = "other", _("Other facts")

    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", _("Small letters, digits and underscores only."))],
        help_text=_("The column's name in imports and exports."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.TEXT)
    group = models.CharField(_("group"), max_length=12, choices=Group, default=Group.OTHER)
    options = models.JSONField(
        _("list"),
        default=list,
        blank=True,
        help_text=_('For lists: [["value", "中文", "English"], …]'),
    )
    hint = models.CharField(_("hint"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("asked for"), default=True)

    class Meta:
        verbose_name = _("fact about members")
        verbose_name_plural = _("facts about members")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="members_fielddefinition_key_is_unique"),
        ]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The list's values with their words in the language of the page."""
        place = 1 if _is_chinese() else 2
        return [(row[0], (row[place] if len(row) > place else "") or row[1]) for row in self.options]

    def shown(self, value: Any) -> str:
        """A stored value in words; a choice taken off the list keeps its bare value."""
        words = dict(self.choices)
        if self.kind == self.Kind.CHOICE:
            return str(words.get(value, value))
        if self.kind == self.Kind.CHOICES:
            return " · ".join(str(words.get(one, one)) for one in value)
        if self.kind == self.Kind.YES_NO:
            return gettext("yes") if value else gettext("no")
        return str(value)

    def read(self, raw: Any) -> Any:
        """A value as it is stored, from a form or a file; None for nothing. Raises `ValueError` with a sentence.

        Numbers are kept as decimal text, days as 2026-11-21, yearly days as 11-21, lists by their values.
        """
        if isinstance(raw, str):
            raw = raw.strip()
        if raw in (None, "", []):
            return None
        return _READERS[self.kind](self, raw)


def _text(_definition: FieldDefinition, raw: Any) -> str:
    text = str(raw)
    if len(text) > 300:
        raise ValueError(gettext("Please keep it under 300 characters."))
    return text.replace("\x00", "")


def _number(_definition: FieldDefinition, raw: Any) -> str:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**12:
        raise ValueError(gettext("Please give a number."))
    return f"{number:f}"


def _day(_definition: FieldDefinition, raw: Any) -> str:
    day = _parsed(str(raw))
    if day is None:
        raise ValueError(gettext("Please give a day, like 2026-11-21."))
    return f"{day:%Y-%m-%d}"


def _occasion(_definition: FieldDefinition, raw: Any) -> str:
    # 2000 is a leap year: 02-29 is a day that comes back.
    text = str(raw)
    day = _parsed(text) or _parsed(f"2000-{text}")
    if day is None:
        raise ValueError(gettext("Please give month and day, like 11-21."))
    return f"{day:%m-%d}"


def _parsed(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _choice(definition: FieldDefinition, raw: Any) -> str:
    wanted = str(raw)
    for row in definition.options:
        if wanted in row:
            return row[0]
    raise ValueError(gettext("%(value)s is not on the list.") % {"value": wanted})


def _choices(definition: FieldDefinition, raw: Any) -> list[str]:
    parts = raw if isinstance(raw, (list, tuple)) else str(raw).replace("、", ",").replace(";", ",").split(",")
    found = [_choice(definition, str(part).strip()) for part in parts if str(part).strip()]
    return list(dict.fromkeys(found))


def _yes_no(_definition: FieldDefinition, raw: Any) -> bool:
    words = {"true": True, "yes": True, "y": True, "1": True, "是": True, "有": True}
    words |= {"false": False, "no": False, "n": False, "0": False, "否": False, "无": False}
    answer = words.get(str(raw).lower())
    if answer is None:
        raise ValueError(gettext("Please answer yes or no."))
    return answer


_READERS = {
    FieldDefinition.Kind.TEXT: _text,
    FieldDefinition.Kind.NUMBER: _number,
    FieldDefinition.Kind.DATE: _day,
    FieldDefinition.Kind.OCCASION: _occasion,
    FieldDefinition.Kind.CHOICE: _choice,
    FieldDefinition.Kind.CHOICES: _choices,
    FieldDefinition.Kind.YES_NO: _yes_no,
}


def _is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")
