"""Segments for tests."""

from typing import Any

from campaigns.models import Segment
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.segments import make_segment


def leaf(field: str, test: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """One question."""
    return {"field": field, "test": test, "value": value, **more}


def group(op: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"op": op, "rules": list(rules)}


def build(*rules: dict[str, Any], op: str = "all", name: str = "客群", **fields: Any) -> Segment:
    """A segment of these questions, computed."""
    segment = make_segment(name=name, rule=group(op, *rules), actor=fields.pop("actor", None), **fields)
    rebuild_segment(segment_id=segment.pk)
    segment.refresh_from_db()
    return segment


def members_of(segment: Segment) -> set[int]:
    """Who belongs now."""
    from campaigns.models import SegmentMember

    return set(SegmentMember.objects.filter(segment=segment, is_in=True).values_list("member_id", flat=True))
