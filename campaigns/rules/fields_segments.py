"""Other segments as fields: who belongs to them as last computed, never their rule written out again."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Segment
from campaigns.rules.kinds import Choice
from campaigns.rules.registry import GROUPS, Cost, Field, register
from campaigns.rules.sql import Clock, Sql
from kit.remembered import Remembered

_segments: Remembered[list[Segment]] = Remembered(lambda: list(Segment.objects.order_by("name", "pk")))


def segments() -> Iterable[tuple[str, str]]:
    """Segments to choose from."""
    return [(str(one.pk), one.label) for one in _segments.get()]


def forget_segments() -> None:
    """A segment was made or renamed."""
    _segments.forget()


def _belongs(_test: str, value: Any, _clock: Clock) -> Sql:
    return Sql(
        "SELECT member_id FROM campaigns_segmentmember WHERE is_in AND segment_id = ANY(%s)",
        [[int(one) for one in value]],
    )


register(
    Field(
        name="segment.member", label=_("Belongs to segment"), group=GROUPS, kind=Choice(segments), members=_belongs,
        cost=Cost.SET, sampled=(("campaigns_segmentmember", "member_id", ("segment_id", "member_id", "is_in")),),
    )
)  # fmt: skip
