"""Journeys: made, their steps written, started, paused, ended."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.exceptions import JourneyRefused
from campaigns.journey_locks import lock_journey
from campaigns.journeys.steps import MOST_STEPS, Step, as_stored, next_key, read_steps
from campaigns.journeys.triggers import trigger_of
from campaigns.models import Journey, JourneyEnrolment, JourneyVersion, MessageTemplate, Segment
from campaigns.services.contents import make_template, write_content
from campaigns.services.journey_steps import checked
from staff.audit import record
from staff.models import User
from stores.models import Store

State = Journey.State


@transaction.atomic
def make_journey(
    *,
    name: str,
    trigger: str,
    actor: User | None,
    name_en: str = "",
    days: int | None = None,
    store: Store | None = None,
    segment: Segment | None = None,
    holdout_share: int = 1000,
    rest_days: int = 30,
) -> Journey:
    """Make a journey without steps, which nobody enters yet. Each call makes another."""
    known = trigger_of(trigger)
    if known is None:
        raise JourneyRefused(_("Choose what the journey begins with."), fields={"trigger": True})
    if trigger == "segment_entered" and segment is None:
        raise JourneyRefused(_("Choose the segment."), fields={"segment": True})
    journey = Journey.objects.create(
        name=name.strip(), name_en=name_en.strip(), trigger=trigger, days=(known.days or 0) if days is None else days,
        store=store, segment=segment, holdout_share=holdout_share, rest_days=rest_days, made_by=actor,
    )  # fmt: skip
    journey.current = JourneyVersion.objects.create(journey=journey, number=1, steps=[], made_by=actor)
    journey.save(update_fields=["current"])
    record(actor, "campaigns.journey_made", journey, store=store, trigger=trigger)
    return journey


@transaction.atomic
def change_journey(*, journey_id: int, actor: User, **facts: object) -> Journey:
    """Change name, days, segment, holdout or rest. Members under way stay in their arm."""
    journey = lock_journey(journey_id)
    if journey.state == State.ENDED:
        raise JourneyRefused(_("This journey has ended."))
    for name, value in facts.items():
        setattr(journey, name, value)
    if journey.trigger == "segment_entered" and journey.segment_id is None:
        raise JourneyRefused(_("Choose the segment."), fields={"segment": True})
    journey.save(update_fields=list(facts))
    record(actor, "campaigns.journey_changed", journey, store=journey.store_id, **facts)
    return journey


@transaction.atomic
def add_step(*, journey_id: int, step: Step, actor: User | None, place: int | None = None) -> JourneyVersion:
    """Put a step at a place (the end, where none is said). Who is past that place is not touched."""
    journey = lock_journey(journey_id)
    steps = read_steps(journey.current.steps)
    if len(steps) >= MOST_STEPS:
        raise JourneyRefused(_("A journey has at most %(n)s steps.") % {"n": MOST_STEPS})
    ever = {one["key"] for version in journey.versions.all() for one in version.steps}
    steps.insert(len(steps) if place is None else place, replace(step, key=next_key(ever)))
    return _write(journey, steps, actor)


@transaction.atomic
def change_step(*, journey_id: int, key: str, step: Step, actor: User) -> JourneyVersion:
    """Reword a step: those who have not passed it go by the new words."""
    journey = lock_journey(journey_id)
    steps = read_steps(journey.current.steps)
    place = _place(steps, key)
    steps[place] = replace(step, key=key)
    return _write(journey, steps, actor)


@transaction.atomic
def move_step(*, journey_id: int, key: str, by: int, actor: User) -> JourneyVersion:
    """Move a step up (-1) or down (1). Those waiting for a step still wait for that step."""
    journey = lock_journey(journey_id)
    steps = read_steps(journey.current.steps)
    place = _place(steps, key)
    if 0 <= place + by < len(steps):
        steps[place], steps[place + by] = steps[place + by], steps[place]
    return _write(journey, steps, actor)


@transaction.atomic
def remove_step(*, journey_id: int, key: str, actor: User) -> JourneyVersion:
    """Take a step out: those who waited for it go on with the one behind it, or are at the end."""
    journey = lock_journey(journey_id)
    steps = read_steps(journey.current.steps)
    place = _place(steps, key)
    steps.pop(place)
    waiting = JourneyEnrolment.objects.filter(journey=journey, step=key, state=JourneyEnrolment.State.UNDER_WAY)
    if place < len(steps):
        waiting.update(step=steps[place].key)
    else:
        waiting.update(step="", state=JourneyEnrolment.State.DONE, due_at=None, ended_at=timezone.now())
    return _write(journey, steps, actor)


def _place(steps: Sequence[Step], key: str) -> int:
    place = next((n for n, step in enumerate(steps) if step.key == key), None)
    if place is None:
        raise JourneyRefused(_("This step is no longer there."))
    return place


def _write(journey: Journey, steps: Sequence[Step], actor: User | None) -> JourneyVersion:
    if journey.state == State.ENDED:
        raise JourneyRefused(_("This journey has ended."))
    stored = [as_stored(_with_call(journey, checked(step), actor)) for step in steps]
    if stored == journey.current.steps:
        return journey.current
    number = (journey.versions.aggregate(n=Max("number"))["n"] or 0) + 1
    journey.current = JourneyVersion.objects.create(journey=journey, number=number, steps=stored, made_by=actor)
    journey.save(update_fields=["current"])
    record(actor, "campaigns.journey_steps_changed", journey, store=journey.store_id, number=number)
    return journey.current


def _with_call(journey: Journey, step: Step, actor: User | None) -> Step:
    """The step with the wording its caller reads; the same words are the same wording."""
    if not step.script:
        return step
    name = f"{journey.name} · {step.key}"[:120]
    template = MessageTemplate.objects.filter(
        channel="phone", name=name, versions__pk=step.calls
    ).first() or make_template(name=name, channel="phone", actor=actor, purpose="marketing", store=journey.store)
    content = write_content(template_id=template.pk, body=step.script, body_en=step.script_en, actor=actor)
    return replace(step, calls=content.pk)


@transaction.atomic
def start_journey(*, journey_id: int, actor: User | None) -> Journey:
    """Let members enter, or go on after a pause. A second call changes nothing."""
    journey = lock_journey(journey_id)
    if journey.state == State.RUNNING:
        return journey
    if journey.state == State.ENDED:
        raise JourneyRefused(_("This journey has ended."))
    if not journey.current.steps:
        raise JourneyRefused(_("A journey needs at least one step."))
    return _to(journey, State.RUNNING, actor, started_at=journey.started_at or timezone.now())


@transaction.atomic
def pause_journey(*, journey_id: int, actor: User) -> Journey:
    """Nobody enters and nobody goes on until it is started again. A second call changes nothing."""
    journey = lock_journey(journey_id)
    if journey.state == State.PAUSED:
        return journey
    if journey.state != State.RUNNING:
        raise JourneyRefused(_("Only a running journey can be paused."))
    return _to(journey, State.PAUSED, actor)


@transaction.atomic
def end_journey(*, journey_id: int, actor: User) -> Journey:
    """Nobody enters any more, and who is under way leaves. A second call changes nothing."""
    journey = lock_journey(journey_id)
    if journey.state == State.ENDED:
        return journey
    JourneyEnrolment.objects.filter(journey=journey, state=JourneyEnrolment.State.UNDER_WAY).update(
        state=JourneyEnrolment.State.LEFT, step="", due_at=None, ended_at=timezone.now(), why="journey_ended"
    )
    return _to(journey, State.ENDED, actor)


def _to(journey: Journey, state: str, actor: User | None, **columns: object) -> Journey:
    journey.state = state
    for name, value in columns.items():
        setattr(journey, name, value)
    journey.save(update_fields=["state", *columns])
    record(actor, f"campaigns.journey_{state}", journey, store=journey.store_id)
    return journey
