"""What meets in one week: campaigns and sends that touch the same stores or the same members."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Send

# Beyond this many memberships the overlap is counted on every twentieth member.
EXACT_UP_TO, SAMPLE = 200_000, 20


@dataclass(frozen=True)
class Touch:
    """One campaign or send of the week."""

    label: str
    kind: str
    url: str
    first: date
    last: date
    segment_id: int | None
    segment: str
    size: int
    stores: frozenset[int]
    store_names: str


@dataclass(frozen=True)
class Collision:
    """Two that meet: over which days, in which stores, and how many members both are for (None: one is for all)."""

    one: Touch
    other: Touch
    first: date
    last: date
    members: int | None
    is_estimate: bool


@dataclass(frozen=True)
class Week:
    """A week's touches and what meets, the most members first."""

    first: date
    last: date
    touches: list[Touch]
    collisions: list[Collision]


def week_of(campaigns: QuerySet[Campaign], sends: QuerySet[Send], monday: date) -> Week:
    """The collisions of the week that begins on a Monday. In five statements."""
    sunday = monday + timedelta(days=6)
    touches = [*_campaigns(campaigns, monday, sunday), *_sends(sends, monday, sunday)]
    segments = {one.segment_id: one.size for one in touches if one.segment_id}
    shared, is_estimate = _shared(segments)
    met = []
    for place, one in enumerate(touches):
        for other in touches[place + 1 :]:
            first, last = max(one.first, other.first), min(one.last, other.last)
            both_stores = not one.stores or not other.stores or one.stores & other.stores
            members = _members(one, other, shared)
            if first <= last and both_stores and members != 0:
                met.append(Collision(one, other, first, last, members, is_estimate))
    met.sort(key=lambda one: (one.members is None, -(one.members or 0), one.first))
    return Week(monday, sunday, touches, met)


def monday_asked(text: str, today: date) -> date:
    """The Monday of the day an address names, or of this week."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        day = today
    return day - timedelta(days=day.weekday())


def _campaigns(campaigns: QuerySet[Campaign], monday: date, sunday: date) -> Iterable[Touch]:
    planned = campaigns.exclude(state__in=(Campaign.State.CANCELLED, Campaign.State.CLOSED))
    rows = planned.filter(from_on__lte=sunday, until_on__gte=monday).select_related("segment")
    for one in rows.prefetch_related("stores").order_by("from_on", "pk")[:60]:
        stores = list(one.stores.all())
        yield Touch(
            one.label, one.get_kind_display(), reverse("campaigns:campaign_detail", args=[one.pk]), one.from_on,
            one.until_on, one.segment_id, one.segment.label if one.segment else _("everybody"),
            one.segment.size if one.segment else 0, frozenset(store.pk for store in stores),
            " · ".join(store.label for store in stores),
        )  # fmt: skip


def _sends(sends: QuerySet[Send], monday: date, sunday: date) -> Iterable[Touch]:
    zone = timezone.get_current_timezone()
    begin = timezone.datetime(monday.year, monday.month, monday.day, tzinfo=zone)
    within = (begin, begin + timedelta(days=7))
    rows = sends.exclude(state=Send.State.CANCELLED).filter(
        Q(started_at__range=within) | Q(started_at=None, planned_at__range=within)
    )
    for one in rows.select_related("segment", "store").order_by("pk")[:100]:
        on = timezone.localdate(one.started_at or one.planned_at)
        try:
            url = reverse("campaigns:send_detail", args=[one.pk])
        except NoReverseMatch:
            url = ""
        yield Touch(
            one.name, one.get_channel_display(), url, on, on, one.segment_id,
            one.segment.label if one.segment else "—", one.segment.size if one.segment else 0,
            frozenset([one.store_id] if one.store_id else []), one.store.label if one.store else "",
        )  # fmt: skip


def _shared(segments: dict[int, int]) -> tuple[dict[tuple[int, int], int], bool]:
    """How many members each two segments share; above a size counted on a sample."""
    if len(segments) < 2:
        return {}, False
    is_estimate = sum(segments.values()) > EXACT_UP_TO
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.segment_id, b.segment_id, count(*) FROM campaigns_segmentmember a"
            " JOIN campaigns_segmentmember b ON b.member_id = a.member_id AND b.segment_id > a.segment_id"
            " WHERE a.segment_id = ANY(%(ids)s) AND b.segment_id = ANY(%(ids)s) AND a.is_in AND b.is_in"
            " AND (NOT %(sample)s OR a.member_id %% %(every)s = 0) GROUP BY 1, 2",
            {"ids": sorted(segments), "sample": is_estimate, "every": SAMPLE},
        )
        times = SAMPLE if is_estimate else 1
        return {(one, other): count * times for one, other, count in cursor.fetchall()}, is_estimate


def _members(one: Touch, other: Touch, shared: dict[tuple[int, int], int]) -> int | None:
    if one.segment_id is None or other.segment_id is None:
        return None
    if one.segment_id == other.segment_id:
        return one.size
    key = (min(one.segment_id, other.segment_id), max(one.segment_id, other.segment_id))
    return shared.get(key, 0)
