"""Openings and clicks: written down as they come, each with what speaks for a machine. Nothing is decided here."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from campaigns.models import SendRecipient, TrackedLink, TrackEvent
from campaigns.services.links import TRAP
from kit.partitions import ensure_months

Kind = TrackEvent.Kind
# From here on reports count something as a machine's.
SUSPICIOUS = 50
SCANNERS = re.compile(
    r"bot|crawl|spider|scan|preview|proofpoint|barracuda|mimecast|safelinks|symantec|urldefense|curl|wget|python|"
    r"httpclient|headless|slurp|facebookexternalhit",
    re.IGNORECASE,
)
# Pictures fetched by a mail provider for its readers: an opening perhaps, surely not a person's browser.
PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy|^Mozilla/5\.0$", re.IGNORECASE)
SOON = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Visit:
    """How somebody came: the method, and what their program calls itself."""

    method: str
    agent: str


def note_open(*, send_id: int, member_id: int, visit: Visit) -> None:
    """Somebody, or a program, fetched the picture of a message. Each fetch is written down."""
    _note(Kind.OPEN, send_id, member_id, 0, visit)


def note_click(*, send_id: int, member_id: int, number: int, visit: Visit) -> str | None:
    """Somebody, or a program, followed a link. Returns where it leads: a stored target, None where there is none."""
    link = TrackedLink.objects.filter(send_id=send_id, number=number).first()
    if link is None:
        return None
    _note(Kind.CLICK, send_id, member_id, number, visit)
    return link.url


def note_unsubscribed(*, send_id: int, member_id: int) -> None:
    """A member unsubscribed by this message."""
    _note(Kind.UNSUBSCRIBE, send_id, member_id, 0, Visit("POST", "person"))


def _note(kind: int, send_id: int, member_id: int, number: int, visit: Visit) -> None:
    now = timezone.now()
    arrived = _arrived(send_id, member_id)
    if arrived is None:
        return
    signals = signals_of(kind, number, visit, now - arrived)
    others = _other_links(send_id, member_id, number, now) if kind == Kind.CLICK else 0
    if others >= 2:
        signals["all_links"] = 60
    ensure_months(["campaigns_trackevent"], [timezone.localdate(now)])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_trackevent (at, send_id, member_id, kind, link_no, suspicion, signals)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [now, send_id, member_id, kind, number, min(sum(signals.values()), 100), " ".join(signals)[:60]],
        )


def signals_of(kind: int, number: int, visit: Visit, since: timedelta) -> dict[str, int]:
    """What speaks for a machine, and how much of 100: how it asked, what it calls itself, how soon after the message
    arrived, and whether it followed what no person sees."""
    if kind == Kind.UNSUBSCRIBE:
        return {}
    found: dict[str, int] = {}
    if visit.method == "HEAD":
        found["head"] = 60
    if number == TRAP:
        found["trap"] = 100
    if not visit.agent.strip():
        found["no_agent"] = 50
    elif SCANNERS.search(visit.agent):
        found["scanner"] = 80
    elif kind == Kind.OPEN and PROXIES.search(visit.agent):
        found["proxy"] = 30
    if since < SOON:
        found["at_once"] = 50 if kind == Kind.CLICK else 30
    return found


def _arrived(send_id: int, member_id: int) -> datetime | None:
    """When the message arrived, as far as we know: time counts from delivery, not from sending."""
    rows = SendRecipient.objects.filter(send_id=send_id, member_id=member_id)
    row = rows.values_list("delivered_at", "accepted_at", "changed_at").first()
    return next((moment for moment in row if moment), None) if row else None


def _other_links(send_id: int, member_id: int, number: int, now: datetime) -> int:
    """How many other links of the message were followed within the last seconds."""
    recent = TrackEvent.objects.filter(
        send_id=send_id, member_id=member_id, kind=Kind.CLICK, at__gte=now - timedelta(seconds=10)
    )
    return recent.exclude(link_no=number).values("link_no").distinct().count()
