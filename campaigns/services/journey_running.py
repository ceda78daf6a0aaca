"""Journeys at work: who enters, and what happens at each step to all who are due there.

The rows are the truth: a step is done, written down and left behind in one transaction for up to two thousand members
at once. A worker that dies leaves them due; a second worker passes over rows another one holds.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.journeys.steps import Step, after, read_steps
from campaigns.journeys.triggers import trigger_of
from campaigns.models import ContentVersion, Journey, JourneyEnrolment, JourneyPass, Send, SendRecipient
from campaigns.rules.compiler import compile_rule, run
from campaigns.rules.document import read_rule
from campaigns.rules.sql import Clock
from campaigns.send_exceptions import SendRefused
from campaigns.services.freezing import add_recipients
from campaigns.services.sends import close_send, make_send, start_send
from loyalty.models import CouponKind
from loyalty.services.offers import issue_coupons

State, Outcome = JourneyEnrolment.State, JourneyPass.Outcome
AT_ONCE = 2000
HOLDOUT = 1
# What the clock missed is found again.
LOOKS_BACK = timedelta(days=2)

ENTER = """
INSERT INTO campaigns_journeyenrolment (journey_id, member_id, round, arm, state, entered_at, step, due_at, why)
SELECT %(journey)s, d.member_id, left(min(d.round), 40),
    CASE WHEN mod(hashint8extended(d.member_id, %(salt)s) & 9223372036854775807, 10000) < %(holdout)s THEN 1 ELSE 2 END,
    'under_way', %(now)s, %(first)s, %(now)s, ''
FROM ({due}) AS d JOIN members_member m ON m.id = d.member_id
WHERE m.merged_into_id IS NULL AND m.erased_at IS NULL AND m.status = 'active'
    AND (%(store)s::bigint IS NULL OR m.home_store_id = %(store)s)
    AND (%(segment)s::bigint IS NULL OR EXISTS (SELECT 1 FROM campaigns_segmentmember s
        WHERE s.segment_id = %(segment)s AND s.member_id = d.member_id AND s.is_in))
    AND NOT EXISTS (SELECT 1 FROM campaigns_journeyenrolment e WHERE e.journey_id = %(journey)s
        AND e.member_id = d.member_id AND (e.round = left(d.round, 40) OR e.state = 'under_way' OR e.entered_at > %(rested)s))
GROUP BY d.member_id ORDER BY d.member_id
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def enter_members(*, journey_id: int, now: datetime | None = None) -> int:
    """Let in everybody to whom the trigger happens; returns how many are new. Again at any time: nobody enters twice for
    the same occasion, nor while under way, nor within the days of rest."""
    journey = Journey.objects.select_related("current").get(pk=journey_id)
    trigger = trigger_of(journey.trigger)
    if journey.state != Journey.State.RUNNING or trigger is None or not journey.current.steps:
        return 0
    now = now or timezone.now()
    today = timezone.localdate(now)
    params = {
        "journey": journey.pk, "salt": journey.pk * 40_503 + 17, "holdout": journey.holdout_share, "now": now,
        "first": journey.current.steps[0]["key"], "store": journey.store_id, "segment": journey.segment_id,
        "rested": now - timedelta(days=journey.rest_days), "today": today, "since": today - LOOKS_BACK,
        "days": journey.days,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ENTER.format(due=trigger.due), params)
        return cursor.rowcount


def run_journeys(*, now: datetime | None = None) -> int:
    """Every minute: let members into running journeys, then bring everybody who is due one or more steps on. Returns how
    many steps were passed. Two workers at once pass each step of each member once."""
    now = now or timezone.now()
    running = Journey.objects.filter(state=Journey.State.RUNNING).order_by("pk")
    for journey_id in list(running.values_list("pk", flat=True)):
        enter_members(journey_id=journey_id, now=now)
    passed = 0
    while places := _places(now):
        moved = sum(pass_step(journey_id=journey_id, key=key, now=now) for journey_id, key in places)
        passed += moved
        if not moved:
            break
    return passed


def _places(now: datetime) -> list[tuple[int, str]]:
    """Where somebody is due."""
    due = JourneyEnrolment.objects.filter(state=State.UNDER_WAY, due_at__lte=now, journey__state=Journey.State.RUNNING)
    return list(due.order_by("journey_id", "step").values_list("journey_id", "step").distinct())


@dataclass
class Group:
    """The members due at one step, and what becomes of each."""

    journey: Journey
    step: Step
    rows: list[JourneyEnrolment]
    now: datetime
    outcomes: dict[int, str] = field(default_factory=dict)
    sends: dict[int, Send] = field(default_factory=dict)
    shown_until: object = None

    @property
    def treated(self) -> list[JourneyEnrolment]:
        return [row for row in self.rows if row.arm != HOLDOUT]


@transaction.atomic
def pass_step(*, journey_id: int, key: str, now: datetime) -> int:
    """Do a step for those due there (two thousand at the most), write it down and send them on. Returns how many."""
    journey = Journey.objects.select_related("current").get(pk=journey_id)
    steps = read_steps(journey.current.steps)
    step = next((one for one in steps if one.key == key), None)
    due = JourneyEnrolment.objects.filter(journey=journey, step=key, state=State.UNDER_WAY, due_at__lte=now)
    rows = list(due.select_for_update(skip_locked=True, no_key=True).order_by("pk")[:AT_ONCE])
    if not rows or journey.state != Journey.State.RUNNING:
        return 0
    if step is None:
        # An edit moves those who wait; this one came in between.
        _go_on(rows, steps[0] if steps else None, now)
        return len(rows)
    group = Group(journey, step, rows, now)
    for row in rows:
        group.outcomes[row.pk] = Outcome.HOLDOUT if row.arm == HOLDOUT else Outcome.DONE
    if step.kind in _DEEDS and (group.treated or step.kind == "condition"):
        _DEEDS[step.kind](group)
    JourneyPass.objects.bulk_create(
        JourneyPass(
            enrolment=row, step=key, version_id=journey.current_id, outcome=group.outcomes[row.pk],
            send=group.sends.get(row.pk), passed_at=now, shown_until=group.shown_until if row.arm != HOLDOUT else None,
        )
        for row in rows
    )  # fmt: skip
    _send_on(group, steps)
    return len(rows)


def _send_on(group: Group, steps: Sequence[Step]) -> None:
    following = after(list(steps), group.step.key)
    if group.step.kind == "wait":
        _go_on(group.rows, following, group.step.until(group.now))
        return
    if group.step.kind != "condition":
        _go_on(group.rows, following, group.now)
        return
    # The condition decides for both arms: a holdout that went another way could not be compared.
    met = [row for row in group.rows if group.outcomes[row.pk] == Outcome.YES]
    others = [row for row in group.rows if group.outcomes[row.pk] == Outcome.NO]
    _go_on(met, following, group.now)
    behind = after(list(steps), following.key) if following and group.step.otherwise == "skip" else None
    _go_on(others, behind, group.now)


def _go_on(rows: Sequence[JourneyEnrolment], step: Step | None, due_at: datetime) -> None:
    moved = JourneyEnrolment.objects.filter(pk__in=[row.pk for row in rows])
    if step is None:
        moved.update(state=State.DONE, step="", due_at=None, ended_at=timezone.now())
    else:
        moved.update(step=step.key, due_at=due_at)


def _condition(group: Group) -> None:
    ids = [row.member_id for row in group.rows]
    rule = compile_rule(read_rule(group.step.rule), clock=Clock.now(), only=ids).ids()
    with connection.cursor() as cursor:
        met = {member_id for (member_id,) in run(cursor, rule).fetchall()}
    for row in group.rows:
        group.outcomes[row.pk] = Outcome.YES if row.member_id in met else Outcome.NO


def _message(group: Group) -> None:
    step = group.step
    send = _send_of_day(group, step.channel, step.content)
    left_out = _reach(group, group.treated, send, Outcome.DONE)
    if left_out and step.instead:
        calls = _send_of_day(group, step.instead, step.calls)
        _reach(group, left_out, calls, Outcome.INSTEAD)


def _call(group: Group) -> None:
    _reach(group, group.treated, _send_of_day(group, "phone", group.step.calls), Outcome.DONE)


def _reach(group: Group, rows: Sequence[JourneyEnrolment], send: Send | None, outcome: str) -> list[JourneyEnrolment]:
    """Put members into a send; returns those who were left out."""
    reached: set[int] = set()
    if send is not None:
        ids = [row.member_id for row in rows]
        add_recipients(send_id=send.pk, member_ids=ids)
        kept = SendRecipient.objects.filter(send=send, member_id__in=ids).exclude(state=SendRecipient.State.SKIPPED)
        reached = set(kept.values_list("member_id", flat=True))
    for row in rows:
        group.outcomes[row.pk] = outcome if row.member_id in reached else Outcome.NOT_REACHED
        if send is not None:
            group.sends[row.pk] = send
    return [row for row in rows if row.member_id not in reached]


def _send_of_day(group: Group, channel: str, content_id: int | None) -> Send | None:
    """The send of this step, channel and day; None where the pre-flight refuses the wording."""
    journey, today = group.journey, timezone.localdate(group.now)
    content = ContentVersion.objects.select_related("template").get(pk=content_id)
    try:
        with transaction.atomic():
            send = make_send(
                name=f"{journey.name} · {today:%Y-%m-%d}"[:120], channel=channel, content=content, store=journey.store,
                source_key=f"journey:{journey.pk}:{group.step.key}:{channel}:{content.pk}:{today:%Y-%m-%d}",
                purpose=content.template.purpose, actor=journey.made_by,
            )  # fmt: skip
            return start_send(send_id=send.pk, actor=journey.made_by)
    except SendRefused:
        return None


def _coupon(group: Group) -> None:
    kind = CouponKind.objects.get(pk=group.step.coupon)
    by_round: dict[str, list[int]] = defaultdict(list)
    for row in group.treated:
        by_round[row.round].append(row.member_id)
    for occasion, ids in by_round.items():
        issue_coupons(
            kind_id=kind.pk, members=ids, source=f"journey:{group.journey.pk}",
            key_prefix=f"j:{group.journey.pk}:{group.step.key}:{occasion}",
            expires_at=group.now + timedelta(days=kind.valid_days), actor=None,
        )  # fmt: skip


def _desk(group: Group) -> None:
    group.shown_until = timezone.localdate(group.now) + timedelta(days=group.step.days)


_DEEDS: dict[str, Callable[[Group], None]] = {
    "message": _message,
    "call": _call,
    "coupon": _coupon,
    "desk": _desk,
    "condition": _condition,
}


def close_old_sends(*, today: object) -> int:
    """Every night: the sends of journeys of earlier days take nobody in any more. Returns how many were closed."""
    open_ones = Send.objects.filter(
        source_key__startswith="journey:", finished_at__isnull=True, started_at__date__lt=today
    )
    ids = list(open_ones.values_list("pk", flat=True))
    for pk in ids:
        close_send(send_id=pk, actor=None)
    return len(ids)
