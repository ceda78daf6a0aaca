"""What the pages of sends show: rows with progress, the waterfall of exclusions, two wordings compared, why somebody got
it or not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from campaigns.models import Send, SendRecipient, SendTally, TrackedLink, TrackEvent
from campaigns.selectors.sends import Progress, cost_of, progress_of
from campaigns.send_reasons import REASONS, reason_label
from members.models import Member
from members.selectors import member_rows
from staff.models import User

State, Arm, Kind = SendRecipient.State, SendRecipient.Arm, TrackEvent.Kind
# From here on an opening or click counts as a machine's.
SUSPICIOUS = 50
# Below so many recipients of a wording nothing is said about which is better.
LEAST_FOR_TEST = 100


@dataclass(frozen=True, slots=True)
class SendRow:
    """A send in the list, with how far it is and what it costs."""

    send: Send
    progress: Progress
    cost: Decimal


def with_progress(sends: list[Send]) -> list[SendRow]:
    known = progress_of([one.pk for one in sends])
    return [SendRow(one, known[one.pk], cost_of(one)) for one in sends]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall: how many it takes away, and how many are left."""

    code: str
    label: str
    state: int
    count: int
    left: int


def waterfall_of(send: Send) -> list[Step]:
    """From everybody in the segment to those who get it, by the last count."""
    rows = SendTally.objects.filter(send=send).values_list("state", "reason", "count")
    total = sum(count for _state, _reason, count in rows)
    skipped: dict[str, int] = {}
    holdout = 0
    for state, reason, count in rows:
        if state == State.SKIPPED:
            skipped[reason] = skipped.get(reason, 0) + count
        elif state == State.HOLDOUT:
            holdout += count
    steps, left = [], total
    for code in sorted(skipped, key=lambda code: list(REASONS).index(code) if code in REASONS else 99):
        left -= skipped[code]
        steps.append(Step(code, reason_label(code), State.SKIPPED, skipped[code], left))
    if holdout:
        left -= holdout
        steps.append(Step("", _("Holdout, to measure the result"), State.HOLDOUT, holdout, left))
    return steps


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What became of one wording: handed over, opened and clicked by people."""

    label: str
    sent: int
    opened: int
    clicked: int

    @property
    def open_share(self) -> Decimal:
        return Decimal(self.opened) / self.sent if self.sent else Decimal(0)

    @property
    def click_share(self) -> Decimal:
        return Decimal(self.clicked) / self.sent if self.sent else Decimal(0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The wordings side by side, and what may be said about them."""

    arms: list[ArmResult]
    verdict: str
    p_value: Decimal | None


def responses_of(send: Send) -> Comparison | None:
    """Openings and clicks of people, by wording. A winner is named only where the difference of clicks is larger than
    chance makes it (two-sided z-test of two shares, 5 %) and both were sent often enough; openings never decide."""
    sent = dict(
        SendTally.objects.filter(send=send, state__in=(State.ACCEPTED, State.DELIVERED))
        .values_list("arm").annotate(n=Sum("count"))
    )  # fmt: skip
    if not sent:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.arm, count(DISTINCT e.member_id) FILTER (WHERE e.kind = 1), count(DISTINCT e.member_id)"
            " FILTER (WHERE e.kind = 2) FROM campaigns_trackevent e JOIN campaigns_sendrecipient r"
            " ON r.send_id = e.send_id AND r.member_id = e.member_id WHERE e.send_id = %s AND r.send_id = %s"
            " AND e.suspicion < %s GROUP BY 1",
            [send.pk, send.pk, SUSPICIOUS],
        )
        seen = {arm: (opened, clicked) for arm, opened, clicked in cursor.fetchall()}
    arms = [ArmResult(str(Arm(arm).label), sent[arm], *seen.get(arm, (0, 0))) for arm in sorted(sent)]
    if len(arms) != 2:
        return Comparison(arms, "", None)
    p = p_value(arms[0].clicked, arms[0].sent, arms[1].clicked, arms[1].sent)
    if min(one.sent for one in arms) < LEAST_FOR_TEST:
        return Comparison(arms, _("Too few to compare."), p)
    if p is None or p >= Decimal("0.05"):
        return Comparison(arms, _("No difference that is more than chance."), p)
    best = max(arms, key=lambda one: one.click_share)
    return Comparison(arms, _("Wording %(arm)s is clicked more.") % {"arm": best.label}, p)


def p_value(hits_a: int, sent_a: int, hits_b: int, sent_b: int) -> Decimal | None:
    """How often chance alone makes two shares differ as much (two-sided z-test, pooled). None where nothing can be
    said."""
    pooled = (hits_a + hits_b) / (sent_a + sent_b) if sent_a and sent_b else 0
    spread = math.sqrt(pooled * (1 - pooled) * (1 / sent_a + 1 / sent_b)) if 0 < pooled < 1 else 0
    if not spread:
        return None
    z = (hits_a / sent_a - hits_b / sent_b) / spread
    return Decimal(str(round(math.erfc(abs(z) / math.sqrt(2)), 4)))


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link: people who followed it, and what machines did."""

    link: TrackedLink
    people: int
    machines: int


def links_of(send: Send) -> list[LinkRow]:
    clicks = TrackEvent.objects.filter(send=send, kind=Kind.CLICK).values("link_no").annotate(
        people=Count("member_id", distinct=True, filter=Q(suspicion__lt=SUSPICIOUS)),
        machines=Count("id", filter=Q(suspicion__gte=SUSPICIOUS)),
    )  # fmt: skip
    by_number = {row["link_no"]: row for row in clicks}
    nothing = {"people": 0, "machines": 0}
    found = []
    for link in TrackedLink.objects.filter(send=send, is_trap=False).order_by("number"):
        row = by_number.get(link.number, nothing)
        found.append(LinkRow(link, row["people"], row["machines"]))
    return found


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A recipient with the member as this person may see them."""

    recipient: SendRecipient
    member: object
    reason: str


def with_members(user: User, recipients: Sequence[SendRecipient]) -> list[RecipientRow]:
    """Recipients with their members, in a fixed number of queries."""
    ids = [one.member_id for one in recipients]
    members = list(Member.objects.filter(pk__in=ids).select_related("home_store"))
    rows = dict(zip((one.pk for one in members), member_rows(user, members), strict=True))
    return [
        RecipientRow(one, rows.get(one.member_id), reason_label(one.reason) if one.reason else "") for one in recipients
    ]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a recipient."""

    at: datetime
    text: str


def story_of(send: Send, recipient: SendRecipient | None) -> tuple[str, list[Event]]:
    """Why this member got a send, or did not, in a sentence; and what happened, in order."""
    if recipient is None:
        if send.frozen_at is None:
            return _("The recipients have not been drawn up yet."), []
        return _("Was not in the segment when the recipients were drawn up."), []
    events = [Event(send.frozen_at, _("The recipients were drawn up."))] if send.frozen_at else []
    if recipient.accepted_at:
        events.append(Event(recipient.accepted_at, _("Handed over to “%(name)s”.") % {"name": send.provider.label}))
    if recipient.delivered_at:
        called = recipient.reason.startswith("call_")
        events.append(Event(recipient.delivered_at, reason_label(recipient.reason) if called else _("Delivered.")))
    seen = TrackEvent.objects.filter(send=send, member_id=recipient.member_id).order_by("at")[:50]
    for one in seen:
        text = str(one.get_kind_display())
        events.append(
            Event(one.at, text if one.suspicion < SUSPICIOUS else _("%(what)s by a machine") % {"what": text})
        )
    return _sentence(recipient), sorted(events, key=lambda one: one.at)


def _sentence(recipient: SendRecipient) -> str:
    match recipient.state:
        case State.DELIVERED | State.FAILED if recipient.reason.startswith("call_"):
            return _("Was put on the list of calls: %(result)s.") % {"result": reason_label(recipient.reason)}
        case State.SKIPPED:
            return _("Left out: %(reason)s.") % {"reason": reason_label(recipient.reason)}
        case State.HOLDOUT:
            return _("Was held out by chance, so that the result can be measured.")
        case State.FAILED:
            return _("Could not be delivered: %(reason)s.") % {"reason": reason_label(recipient.reason)}
        case State.UNKNOWN:
            return _("Was possibly sent: %(reason)s. It is not sent again by itself.") % {
                "reason": reason_label(recipient.reason)
            }
        case State.ACCEPTED:
            return _("Was handed over to the provider.")
        case State.DELIVERED:
            return _("Was delivered.")
    return _("Waits for its turn.")


@dataclass(frozen=True, slots=True)
class Touch:
    """One message to a member, for the member's page."""

    send: Send
    recipient: SendRecipient
    label: str
    opened: bool
    clicks: int


def touches_of(member_id: int, limit: int = 6) -> list[Touch]:
    """The last messages to a member, with what the member did with them; three queries."""
    rows = list(
        SendRecipient.objects.filter(member_id=member_id, state__gte=State.ACCEPTED).order_by("-changed_at")[:limit]
    )
    if not rows:
        return []
    sends = Send.objects.in_bulk([one.send_id for one in rows])
    seen = {
        row["send_id"]: row
        for row in TrackEvent.objects.filter(
            member_id=member_id, send_id__in=list(sends), suspicion__lt=SUSPICIOUS
        ).values("send_id").annotate(opens=Count("id", filter=Q(kind=Kind.OPEN)), clicks=Count("id", filter=Q(kind=Kind.CLICK)))
    }  # fmt: skip
    found = []
    for one in rows:
        did = seen.get(one.send_id, {"opens": 0, "clicks": 0})
        label = reason_label(one.reason) if one.reason.startswith("call_") else str(one.get_state_display())
        found.append(Touch(sends[one.send_id], one, label, bool(did["opens"] or did["clicks"]), did["clicks"]))
    return found
