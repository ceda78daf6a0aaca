"""What the pages of segments show: size over time, who came and went, pins, wordings, packages with their use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import (
    PackageUse,
    Segment,
    SegmentDay,
    SegmentMember,
    SegmentMove,
    SegmentPin,
    SegmentVersion,
    ServicePackage,
)
from campaigns.rules.document import read_rule
from campaigns.rules.wording import rule_words
from campaigns.segment_exceptions import RuleRefused
from members.models import Member
from members.selectors import MemberRow, member_rows
from staff.models import User

CHART_DAYS, MOVES, VERSIONS, PINS = 180, 12, 8, 50


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment in the list, with its rule in words."""

    segment: Segment
    words: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A member who came or went, as this person may see them."""

    row: MemberRow
    entered: bool
    by_hand: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Pinned:
    """A member put in or kept out by hand, and why."""

    row: MemberRow
    pin: SegmentPin


@dataclass(frozen=True, slots=True)
class Wording:
    """A version of the rule, in words."""

    version: SegmentVersion
    words: str


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package with how often it was used in 365 days and what that cost."""

    package: ServicePackage
    uses: int
    cost: Decimal
    segments: list[Segment]


def words_of(rule: Any) -> str:
    """A stored rule in words; one that can no longer be read says so."""
    try:
        return rule_words(read_rule(rule))
    except RuleRefused as refused:
        return str(refused)


def with_words(segments: Sequence[Segment]) -> list[SegmentRow]:
    """Segments (with their version) as rows."""
    return [
        SegmentRow(one, words_of(one.current.rule) if one.current else str(one.get_kind_display())) for one in segments
    ]


def size_chart(segment: Segment) -> dict[str, Any]:
    """The size at the end of each day it changed, with the day's comings and goings, for the chart and its table."""
    since = timezone.localdate() - timedelta(days=CHART_DAYS)
    days = list(SegmentDay.objects.filter(segment=segment, on__gte=since).order_by("on"))
    return {
        "labels": [f"{one.on:%Y-%m-%d}" for one in days],
        "series": [{"name": str(_("Members")), "values": [one.size for one in days]}],
        "days": days,
    }


def moves_and_pins(user: User, segment: Segment) -> tuple[list[Moved], list[Pinned]]:
    """The newest comings and goings, and those put in or kept out by hand."""
    moves = list(SegmentMove.objects.filter(segment=segment).order_by("-moved_at", "-id")[:MOVES])
    pins = list(SegmentPin.objects.filter(segment=segment).select_related("made_by").order_by("-made_at")[:PINS])
    rows = _rows(user, [one.member_id for one in (*moves, *pins)])
    by_hand = SegmentMove.Why.PIN
    moved = [
        Moved(rows[one.member_id], one.entered, one.why == by_hand, one.moved_at)
        for one in moves
        if one.member_id in rows
    ]
    return moved, [Pinned(rows[one.member_id], one) for one in pins if one.member_id in rows]


def wordings(segment: Segment) -> list[Wording]:
    """The newest versions of the rule."""
    versions = segment.versions.select_related("made_by").order_by("-number")[:VERSIONS]
    return [Wording(one, words_of(one.rule)) for one in versions]


def members_in(segment: Segment) -> QuerySet[SegmentMember]:
    """Who belongs now."""
    return SegmentMember.objects.filter(segment=segment, is_in=True).select_related("member__home_store")


def as_rows(user: User, belonging: Iterable[SegmentMember]) -> list[dict[str, Any]]:
    """Members of a page of the list as this person may see them."""
    belonging = list(belonging)
    rows = {row.pk: row for row in member_rows(user, [one.member for one in belonging])}
    return [{"row": rows[one.member_id], "belongs": one} for one in belonging]


def with_use(packages: Sequence[ServicePackage]) -> list[PackageRow]:
    """Packages with their use of the last 365 days and the segments they are for: two queries for any number."""
    since = timezone.now() - timedelta(days=365)
    used = PackageUse.objects.filter(package__in=[one.pk for one in packages], used_at__gte=since)
    sums = {row["package"]: row for row in used.values("package").annotate(n=Count("pk"), cost=Sum("cost")).order_by()}
    links = ServicePackage.segments.through.objects.filter(servicepackage__in=[one.pk for one in packages])
    segments: dict[int, list[Segment]] = {}
    for link in links.select_related("segment").order_by("segment__name"):
        segments.setdefault(link.servicepackage_id, []).append(link.segment)
    return [
        PackageRow(
            one,
            sums.get(one.pk, {}).get("n", 0),
            sums.get(one.pk, {}).get("cost") or Decimal(0),
            segments.get(one.pk, []),
        )
        for one in packages
    ]


def uses_of(user: User, package: ServicePackage) -> list[dict[str, Any]]:
    """The newest uses of a package with who had them."""
    uses = list(package.uses.select_related("store", "recorded_by").order_by("-used_at", "-pk")[:50])
    rows = _rows(user, [one.member_id for one in uses])
    return [{"use": one, "row": rows.get(one.member_id)} for one in uses]


def entitled_to(member_id: int, here: QuerySet[ServicePackage]) -> list[dict[str, Any]]:
    """Packages a member is entitled to now, with what is left of this year: one query."""
    mine = SegmentMember.objects.filter(member_id=member_id, is_in=True).values("segment_id")
    new_year = timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    uses = PackageUse.objects.filter(package=OuterRef("pk"), member_id=member_id, used_at__gte=new_year)
    used = Coalesce(Subquery(uses.order_by().values("package").annotate(n=Count("pk")).values("n")), 0)
    found = here.filter(is_active=True, segments__in=mine, segments__state=Segment.State.ACTIVE)
    rows = []
    for one in found.annotate(used=used).order_by("place", "name", "pk").distinct():
        left = None if one.per_year is None else max(0, one.per_year - one.used)
        rows.append({"package": one, "used": one.used, "left": left, "can_use": left is None or left > 0})
    return rows


def _rows(user: User, ids: Iterable[int]) -> dict[int, MemberRow]:
    members = list(Member.objects.filter(pk__in=set(ids)).select_related("home_store"))
    return {row.pk: row for row in member_rows(user, members)}
