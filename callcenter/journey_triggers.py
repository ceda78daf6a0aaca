"""Journeys may begin when a complaint has been settled."""

from django.utils.translation import ngettext_lazy, pgettext_lazy

from campaigns.services.journey_triggers import Trigger, register

register(
    Trigger(
        "after_complaint",
        label=pgettext_lazy("trigger", "After a complaint"),
        due="SELECT member_id, id::text AS round FROM callcenter_case WHERE kind = 'complaint' AND member_id IS NOT NULL"
        " AND solved_at >= (%(since)s::date - %(days)s)::timestamp AT TIME ZONE 'Asia/Shanghai'"
        " AND solved_at < (%(today)s::date - %(days)s + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'",
        days=3,
        days_label=ngettext_lazy("%(n)s day after it was solved", "%(n)s days after it was solved", "n"),
    )
)
