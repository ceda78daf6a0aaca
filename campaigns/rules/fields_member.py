"""Fields of the member: identity, ways to reach them, their days, facts learnt."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.rules.kinds import Choice, Day, Kind, Number, Text, Yearly, YesNo
from campaigns.rules.registry import CONTACT, FACTS, IDENTITY, Cost, Field, register, register_family
from campaigns.rules.sql import Clock, Sql
from kit.remembered import Remembered
from members.models import FieldDefinition, Member
from stores.models import Store

_stores: Remembered[list[Store]] = Remembered(lambda: list(Store.objects.order_by("code")))
_definitions: Remembered[list[FieldDefinition]] = Remembered(
    lambda: list(FieldDefinition.objects.order_by("position", "pk"))
)
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
# Years since the year of birth, one less while this year's birthday is still to come.
AGE = (
    "(extract(year FROM {today}) - m.birth_year - CASE WHEN extract(year FROM m.next_birthday_on) ="
    " extract(year FROM {today}) AND m.next_birthday_on > {today} THEN 1 ELSE 0 END)"
)


def stores() -> Iterable[tuple[str, str]]:
    """Stores to choose from."""
    return [(str(store.pk), store.label) for store in _stores.get()]


def _words_of(choices: Any) -> Iterable[tuple[str, str]]:
    return choices.choices


def _column(name: str, label: object, kind: Kind, column: str, group: object = IDENTITY, **more: Any) -> None:
    register(Field(name=name, label=label, group=group, kind=kind, column=column, **more))


def _choice(choices: Any) -> Choice:
    return Choice(partial(_words_of, choices))


def _phones(extra: str) -> Any:
    def members(_test: str, _value: Any, _clock: Clock) -> Sql:
        return Sql(f"SELECT member_id FROM members_memberphone WHERE NOT invalid{extra}")

    return members


PHONES = ("members_memberphone", "member_id", ("member_id", "kind", "is_primary", "invalid", "opt_out_call", "opt_out_sms", "verified_at"))  # fmt: skip

_column("member.gender", _("Gender"), _choice(Member.Gender), "m.gender")
_column("member.age", _("Age"), Number(), AGE, hint=_("Known where the year of birth is."))
_column("member.birthday", _("Birthday"), Yearly(), "m.next_birthday_on", hint=_("Lunar birthdays on their solar day."))
_column("member.birth_calendar", _("Birthday calendar"), _choice(Member.Calendar), "m.birth_calendar")
_column("member.category", _("Category"), _choice(Member.Category), "m.category")
_column("member.kind", _("Kind"), _choice(Member.Kind), "m.kind")
_column("member.status", _("Status"), _choice(Member.Status), "m.status")
_column("member.store", _("Home store"), Choice(stores, numeric=True), "m.home_store_id")
_column("member.enrolled_on", _("Enrolled on"), Day(), "m.enrolled_on")
_column("member.anniversary", _("Anniversary of enrolment"), Yearly(months_day=True), "to_char(m.enrolled_on, 'MM-DD')")
_column("member.source", _("Enrolled through"), _choice(Member.Source), "m.source")
_column("member.language", _("Preferred language"), _choice(Member.Language), "m.language")
_column("member.city", _("City"), Text(), "nullif(m.city, '')")
_column("member.district", _("District"), Text(), "nullif(m.district, '')")

for channel, label in (
    ("sms", _("SMS allowed")), ("email", _("E-mail allowed")), ("phone", _("Calls allowed")),
    ("post", _("Post allowed")), ("wechat", _("WeChat allowed")),
):  # fmt: skip
    _column(f"contact.allows_{channel}", label, YesNo(), f"m.allows_{channel}", CONTACT)
_column("contact.has_email", _("Has an e-mail address"), YesNo(), "m.email <> ''", CONTACT)
_column("contact.has_address", _("Has a postal address"), YesNo(), "m.street <> ''", CONTACT)
register(
    Field(
        name="contact.has_mobile", label=_("Has a mobile number that works"), group=CONTACT, kind=YesNo(),
        members=_phones(" AND kind = 'mobile'"), cost=Cost.SET, sampled=(PHONES,),
    )
)  # fmt: skip


class Several(Choice):
    """Several of a list, as JSON keeps them."""

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        return Sql(f"{expression} ?| %s" if test == "is_one_of" else f"NOT ({expression} ?| %s)", [list(value)])


def _fact(definition: FieldDefinition) -> Field | None:
    if not _KEY.match(definition.key):
        return None
    text = f"(m.custom->>'{definition.key}')"
    kinds = FieldDefinition.Kind
    kind, column = {
        kinds.TEXT: (Text(), text),
        kinds.NUMBER: (Number(), f"{text}::numeric"),
        kinds.DATE: (Day(), f"{text}::date"),
        kinds.OCCASION: (Yearly(months_day=True), text),
        kinds.CHOICE: (Choice(lambda: definition.choices), text),
        kinds.CHOICES: (Several(lambda: definition.choices), f"(m.custom->'{definition.key}')"),
        kinds.YES_NO: (YesNo(), f"{text}::boolean"),
    }[definition.kind]
    return Field(name=f"fact.{definition.key}", label=definition.label, group=FACTS, kind=kind, column=column)


def _facts() -> list[Field]:
    return [field for one in _definitions.get() if (field := _fact(one)) is not None]


register_family(_facts)
