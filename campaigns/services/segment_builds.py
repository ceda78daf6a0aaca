"""Segments computed: one by one under a lease that ends by itself, all of them in the order they refer to each other."""

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Segment
from campaigns.rules.sql import Clock
from campaigns.segment_exceptions import SegmentRefused
from campaigns.segment_locks import lock_segment
from campaigns.selectors.segment_rules import in_order, members_meant
from campaigns.services.segment_diffs import Diff, apply_diff, draw_up
from kit.errors import DomainError

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
BEAT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Build:
    """What computing a segment brought. `ran` is false when somebody else was at it, or it was put away."""

    segment_id: int
    ran: bool
    size: int = 0
    entered: int = 0
    left: int = 0
    milliseconds: int = 0
    error: str = ""


class LeaseLost(SegmentRefused):
    """The lease ran out and another took it, or the rule changed meanwhile: nothing was written."""

    code = "lease_lost"


def rebuild_segment(*, segment_id: int) -> Build:
    """Compute who belongs to a segment and keep it, in one transaction. While another computes it, nothing happens; run
    twice, the second finds nothing to change."""
    return _build(segment_id, None)


def refresh_members(*, segment_id: int, member_ids: Sequence[int]) -> Build:
    """Ask a segment's rule about these members only, and keep the answer."""
    return _build(segment_id, list(member_ids))


def rebuild_all() -> list[Build]:
    """Compute every segment in use, those referred to first. One that fails keeps its members and says why."""
    return [rebuild_segment(segment_id=segment.pk) for segment in in_order(segments_in_use())]


def rebuild_stale() -> list[Build]:
    """Compute what was never computed or changed since: what a lost nudge left."""
    stale = Q(built_at=None) | Q(changed_at__gt=F("built_at"))
    waiting = set(Segment.objects.filter(stale, state=Segment.State.ACTIVE).values_list("pk", flat=True))
    return [rebuild_segment(segment_id=one.pk) for one in in_order(segments_in_use()) if one.pk in waiting]


def segments_in_use() -> list[Segment]:
    """Every segment that is computed, with its version."""
    return list(Segment.objects.filter(state=Segment.State.ACTIVE).select_related("current"))


def _build(segment_id: int, only: list[int] | None) -> Build:
    begun = time.monotonic()
    with _lease(segment_id) as token:
        if token is None:
            return Build(segment_id, ran=False)
        try:
            diff = _compute(segment_id, token, only)
        except LeaseLost:
            return Build(segment_id, ran=False)
        except (DomainError, DatabaseError) as exc:
            # The members stay as they were; the page says what is wrong, and the others are computed.
            logger.warning("segment %s could not be computed: %s", segment_id, exc)
            said = str(exc) if isinstance(exc, DomainError) else _("The database could not answer the rule.")
            Segment.objects.filter(pk=segment_id).update(build_error=said[:300])
            return Build(segment_id, ran=True, error=said)
        spent = int(1000 * (time.monotonic() - begun))
        if only is None:
            Segment.objects.filter(pk=segment_id).update(build_ms=spent)
        return Build(segment_id, True, diff.size, diff.entered, diff.left, spent)


@transaction.atomic
def _compute(segment_id: int, token: str, only: list[int] | None) -> Diff:
    segment = Segment.objects.select_related("current").get(pk=segment_id)
    asked_at = timezone.now()
    draw_up(members_meant(segment, Clock.now(), only), few=only is not None)
    locked = lock_segment(segment_id)
    if locked.lease_by != token or locked.current_id != segment.current_id:
        raise LeaseLost(_("Somebody else computes this segment."))
    if only is not None and locked.built_at is None:
        raise LeaseLost(_("This segment has not been computed yet."))
    diff = apply_diff(locked, only=only, tells=locked.built_at is not None)
    kept = {"size": diff.size, "lease_by": "", "lease_until": None}
    if only is None:
        kept |= {"built_at": asked_at, "build_error": ""}
    Segment.objects.filter(pk=segment_id).update(**kept)
    return diff


@contextmanager
def _lease(segment_id: int) -> Iterator[str | None]:
    """Take the lease, keep it alive while the work lasts, give it back. None where another holds it."""
    token, now = uuid.uuid4().hex, timezone.now()
    free = Q(lease_by="") | Q(lease_until__lt=now)
    mine = Segment.objects.filter(free, pk=segment_id, state=Segment.State.ACTIVE)
    if not _taken(mine, token, now):
        yield None
        return
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(segment_id, token, ended), daemon=True)
    thread.start()
    try:
        yield token
    finally:
        ended.set()
        thread.join()
        Segment.objects.filter(pk=segment_id, lease_by=token).update(lease_by="", lease_until=None)


def _taken(mine: QuerySet[Segment], token: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return mine.update(lease_by=token, lease_until=now + LEASE) == 1
    except OperationalError:
        # Somebody holds the row: they are writing who belongs this moment.
        return False


def _beat(segment_id: int, token: str, ended: threading.Event) -> None:
    while not ended.wait(BEAT.total_seconds()):
        try:
            mine = Segment.objects.filter(pk=segment_id, lease_by=token)
            mine.update(lease_until=timezone.now() + LEASE)
        except DatabaseError:
            # While the members are written the row is locked; the lease is looked at before, and given back after.
            logger.info("the lease of segment %s was not renewed", segment_id)
        finally:
            connection.close()
