"""How other parts of the product add fields to the rules of segments.

    from campaigns.services.segment_fields import ANSWERS, Cost, Field, Sql, YesNo, register

    def _received(test: str, value: Any, clock: Clock) -> Sql:
        # One column `member_id`; parameters are bound, never part of the text. `test` is never a contrary one.
        return Sql("SELECT member_id FROM campaigns_sendrecipient WHERE state = 6 AND send_id = ANY(%s)", [[int(v) for v in value]])

    register(Field(name="send.received", label=_("Received"), group=ANSWERS, kind=Choice(sends), members=_received,
                   cost=Cost.SET))

Register from a module that `AppConfig.ready()` imports. Kinds: `YesNo` (no value), `Choice(options)` (a list of texts),
`Number(unit)` (decimal text, or two for `between`), `Day` (days or a day), `Text`, `Yearly`. A field that is a column of
the member (`m`), their figures (`s`) or points account (`a`) gives `column` instead of `members`.

`watch(name, table, members)` tells how to find the members something happened to, so that they are asked again within
two minutes: a SELECT of member ids over rows of an append-only table whose `id` is greater than `%(after)s`.
"""

from campaigns.rules.kinds import Choice, Day, Kind, Number, Text, Yearly, YesNo
from campaigns.rules.registry import (
    ANSWERS,
    BEHAVIOUR,
    CONTACT,
    FACTS,
    FIGURES,
    IDENTITY,
    STANDING,
    Cost,
    Field,
    all_fields,
    field_named,
    register,
    register_family,
)
from campaigns.rules.sql import Clock, Sql
from campaigns.rules.watching import watch

__all__ = [
    "ANSWERS",
    "BEHAVIOUR",
    "CONTACT",
    "FACTS",
    "FIGURES",
    "IDENTITY",
    "STANDING",
    "Choice",
    "Clock",
    "Cost",
    "Day",
    "Field",
    "Kind",
    "Number",
    "Sql",
    "Text",
    "Yearly",
    "YesNo",
    "all_fields",
    "field_named",
    "register",
    "register_family",
    "watch",
]  # fmt: skip
