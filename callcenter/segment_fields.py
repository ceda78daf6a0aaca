"""What the service desk knows of members, as fields of segment rules: open cases, complaints, when there was one."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from callcenter.models import Case
from callcenter.models.dictionaries import Kind as CaseKind
from campaigns.services.segment_fields import Choice, Clock, Cost, Day, Field, Sql, register, watch

SERVICE = _("What they told us")
day = Day()


def _kinds() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in CaseKind.choices]


def _open(_test: str, value: Any, _clock: Clock) -> Sql:
    return Sql(
        "SELECT member_id FROM callcenter_case WHERE member_id IS NOT NULL AND state = ANY(%s) AND kind = ANY(%s)",
        [[str(state) for state in Case.STANDING], list(value)],
    )


def _opened(kind: str | None) -> Any:
    def members(test: str, value: Any, clock: Clock) -> Sql:
        on = day.condition(test, value, "(opened_at AT TIME ZONE 'Asia/Shanghai')::date", clock)
        of = "" if kind is None else f"kind = '{kind}' AND "
        return on.around(f"SELECT member_id FROM callcenter_case WHERE member_id IS NOT NULL AND {of}")

    return members


register(
    Field(
        name="case.open", label=_("Has an open case"), group=SERVICE, kind=Choice(_kinds), members=_open, cost=Cost.SET
    )
)
register(
    Field(
        name="case.opened_on", label=_("Opened a case"), group=SERVICE, kind=day, members=_opened(None), cost=Cost.SET
    )
)
register(
    Field(
        name="case.complained_on", label=_("Complained"), group=SERVICE, kind=day, members=_opened(CaseKind.COMPLAINT),
        cost=Cost.SET,
    )
)  # fmt: skip
# Opened, solved, linked to a member: each is an entry of the case.
watch(
    "callcenter.case",
    "callcenter_caseentry",
    "SELECT c.member_id FROM callcenter_caseentry e JOIN callcenter_case c ON c.id = e.case_id WHERE e.id > %(after)s",
)
