"""What the pages of journeys show: how many entered, where they are, what each step did, what a member is to be told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.journeys.steps import Step, read_steps
from campaigns.journeys.triggers import trigger_of
from campaigns.models import ContentVersion, Journey, JourneyEnrolment, JourneyPass
from campaigns.rules.document import read_rule
from campaigns.rules.wording import rule_words
from campaigns.selectors.offers_now import Asked, Suggestion, register_source
from kit.remembered import Remembered
from loyalty.models import CouponKind
from members.models import Member

State, Outcome = JourneyEnrolment.State, JourneyPass.Outcome


@dataclass
class StepRow:
    """A step of the current version: its words, who waits for it, what became of those who passed."""

    step: Step
    words: str
    waiting: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> int:
        return sum(self.outcomes.values())

    @property
    def told(self) -> list[tuple[str, int]]:
        """The outcomes that happened, in their order."""
        return [(str(one.label), self.outcomes[one.value]) for one in Outcome if self.outcomes.get(one.value)]


@dataclass(frozen=True)
class Counts:
    """How many members went this way."""

    entered: int
    under_way: int
    done: int
    left: int
    holdout: int


def counts_of(journey: Journey) -> Counts:
    """One statement over the journey's members."""
    row = journey.enrolments.aggregate(
        entered=Count("pk"),
        under_way=Count("pk", filter=Q(state=State.UNDER_WAY)),
        done=Count("pk", filter=Q(state=State.DONE)),
        left=Count("pk", filter=Q(state=State.LEFT)),
        holdout=Count("pk", filter=Q(arm=1)),
    )
    return Counts(**row)


def step_rows(journey: Journey) -> list[StepRow]:
    """The steps with what happened at each. Four statements, whatever their number."""
    steps = read_steps(journey.current.steps)
    contents = ContentVersion.objects.in_bulk([step.content for step in steps if step.content])
    coupons = CouponKind.objects.in_bulk([step.coupon for step in steps if step.coupon])
    rows = {step.key: StepRow(step, step_words(step, contents, coupons)) for step in steps}
    waiting = journey.enrolments.filter(state=State.UNDER_WAY).order_by().values("step").annotate(n=Count("pk"))
    for one in waiting:
        if one["step"] in rows:
            rows[one["step"]].waiting = one["n"]
    passes = JourneyPass.objects.filter(enrolment__journey=journey).order_by().values("step", "outcome")
    for one in passes.annotate(n=Count("pk")):
        if one["step"] in rows:
            rows[one["step"]].outcomes[one["outcome"]] = one["n"]
    return list(rows.values())


def step_words(step: Step, contents: dict[int, ContentVersion], coupons: dict[int, CouponKind]) -> str:
    """A step as a sentence."""
    match step.kind:
        case "wait":
            at = "" if step.hour is None else f"{step.hour:02}:00"
            if not step.days:
                return _("until %(hour)s") % {"hour": at} if at else _("not at all")
            days = ngettext("%(n)s day", "%(n)s days", step.days) % {"n": step.days}
            return f"{days} · {at}" if at else days
        case "message":
            content = contents.get(step.content)
            text = (content.body if content else "—")[:120]
            call = _("else a phone call")
            return f"{text} · {call}" if step.instead else text
        case "call":
            return step.script[:120]
        case "condition":
            others = _("else it ends") if step.otherwise == "end" else _("else the next step is left out")
            return f"{rule_words(read_rule(step.rule))} · {others}"
        case "coupon":
            kind = coupons.get(step.coupon)
            return kind.label if kind else "—"
        case _:
            days = ngettext("%(n)s day", "%(n)s days", step.days) % {"n": step.days}
            return f"{step.said} ({days})"


def trigger_words(journey: Journey) -> str:
    """What the journey begins with, as a sentence."""
    trigger = trigger_of(journey.trigger)
    if trigger is None:
        return journey.trigger
    if trigger.days is None:
        return str(trigger.label)
    return f"{trigger.label} · {trigger.days_label % {'n': journey.days}}"


@dataclass(frozen=True)
class Told:
    """Words for a member at the desk or the till, from a journey."""

    journey: str
    words: str
    until: date


def words_for(member: Member) -> list[Told]:
    """What colleagues are to say to a member now, the latest first: one statement and the journeys'."""
    shown = (
        JourneyPass.objects.filter(
            enrolment__member=member, shown_until__gte=timezone.localdate(), outcome=Outcome.DONE
        )
        .select_related("version", "enrolment__journey")
        .order_by("-passed_at")[:5]
    )
    told = []
    for one in shown:
        step = next((step for step in read_steps(one.version.steps) if step.key == one.step), None)
        if step is not None:
            told.append(Told(one.enrolment.journey.label, step.said, one.shown_until))
    return told


# Whether any journey has words to say at all: else nobody is asked about.
speaking: Remembered[bool] = Remembered(
    lambda: any(
        step["kind"] == "desk"
        for steps in Journey.objects.exclude(state=Journey.State.DRAFT).values_list("current__steps", flat=True)
        for step in steps
    )
)


@register_source("journeys")
def from_journeys(asked: Asked) -> Iterator[Suggestion]:
    """Words of journeys among the offers of the moment; one statement, and none where no journey has words."""
    if not speaking.get():
        return
    for place, told in enumerate(words_for(asked.member)):
        yield Suggestion(5 + place, told.words, _("Journey: %(name)s") % {"name": told.journey}, until=told.until)
