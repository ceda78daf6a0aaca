"""The clock of the minute: what fell due is stored, told and handed up, each once, however long we were away."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.models import Case, CaseEntry, CaseStep, Promise
from callcenter.services.cases import page_of
from callcenter.services.messages import PURPOSE
from callcenter.services.people import heads_of, managers_of
from callcenter.services.steps import page_of_step
from staff.models import User
from staff.services.notices import notify
from staff.services.outbox import enqueue

AT_ONCE: Final = 500
# SKIP LOCKED: what somebody is working on at this moment is looked at again in a minute; two clocks share the rows.
_CLAIM: Final = """
UPDATE {table} SET {mark} = {due} WHERE id IN (
    SELECT id FROM {table} WHERE {due} <= %s AND {mark} IS NULL AND {standing}
    ORDER BY {due} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
"""
STEPS: Final = _CLAIM.format(
    table="callcenter_casestep", mark="failed_at", due="due_at", standing="state IN ('open', 'accepted')"
)
ANSWERS: Final = _CLAIM.format(
    table="callcenter_case", mark="response_failed_at", due="response_due_at",
    standing="state IN ('new', 'open') AND responded_at IS NULL",
)  # fmt: skip
SOLUTIONS: Final = _CLAIM.format(
    table="callcenter_case", mark="solution_failed_at", due="solution_due_at", standing="state IN ('new', 'open')"
)
PROMISES: Final = _CLAIM.format(table="callcenter_promise", mark="missed_at", due="due_at", standing="state = 'open'")


def watch_clocks(now: datetime | None = None) -> int:
    """Hand up what fell due; returns how much. A second run, or a second clock beside the first, tells nothing anew."""
    now = now or timezone.now()
    done = _run(STEPS, now, _escalate_steps)
    done += _run(ANSWERS, now, lambda ids: _tell_late_cases(ids, "response"))
    done += _run(SOLUTIONS, now, lambda ids: _tell_late_cases(ids, "solution"))
    return done + _run(PROMISES, now, _tell_missed_promises)


def answerable_for(step: CaseStep) -> User | None:
    """Who answers for a step that is late: the head of its department, the supervisor of its person, else the manager
    of the case's store."""
    if step.person_id:
        above = [step.person.manager] if step.person.manager and step.person.manager.is_active else []
    else:
        above = heads_of(step.department_id or step.counter.department_id)
    asked = {step.person_id, step.asked_by_id}
    candidates = [*above, *managers_of(step.case.store_id)]
    return next((one for one in candidates if one.pk not in asked), next(iter(candidates), None))


def _run(claim: str, now: datetime, tell: Callable[[list[int]], None]) -> int:
    done = 0
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(claim, [now, AT_ONCE])
                ids = sorted(row[0] for row in cursor.fetchall())
            if ids:
                tell(ids)
        done += len(ids)
        if len(ids) < AT_ONCE:
            return done


def _escalate_steps(ids: list[int]) -> None:
    related = ("case__owner", "case__store", "counter", "department", "person__manager")
    steps = list(CaseStep.objects.filter(pk__in=ids).select_related(*related))
    for step in steps:
        step.escalated_to = answerable_for(step)
    CaseStep.objects.bulk_update(steps, ["escalated_to"])
    CaseEntry.objects.bulk_create(
        _late(step.case, step.due_at, what="step", step=step, to=str(step.escalated_to or "")) for step in steps
    )
    for step in steps:
        if step.escalated_to is not None:
            with translation.override(step.escalated_to.language):
                text = _("Late: %(place)s has not answered in case %(number)s.") % {
                    "number": step.case.number,
                    "place": step.asked_of,
                }
            notify(users=[step.escalated_to], text=text, url=page_of_step(step))
            _message(step.escalated_to, text, f"case-step-late:{step.pk}")


def _tell_late_cases(ids: list[int], what: str) -> None:
    cases = list(Case.objects.filter(pk__in=ids).select_related("owner__manager", "store"))
    CaseEntry.objects.bulk_create(
        _late(case, case.response_due_at if what == "response" else case.solution_due_at, what=what) for case in cases
    )
    managers: dict[int, list[User]] = {}
    for case in cases:
        if case.store_id not in managers:
            managers[case.store_id] = managers_of(case.store_id)
        above = [case.owner.manager] if case.owner and case.owner.manager else managers[case.store_id]
        for person in {one.pk: one for one in [case.owner, *above] if one and one.is_active}.values():
            notify(users=[person], text=_late_words(case, what, person), url=page_of(case))


def _late_words(case: Case, what: str, person: User) -> str:
    with translation.override(person.language):
        said = {
            "response": _("Nobody has answered case %(number)s in time: %(title)s"),
            "solution": _("Case %(number)s is not solved in time: %(title)s"),
        }
        return said[what] % {"number": case.number, "title": case.title}


def _tell_missed_promises(ids: list[int]) -> None:
    for promise in Promise.objects.filter(pk__in=ids).select_related("owner", "case"):
        if promise.case:
            CaseEntry.objects.create(**_late_fields(promise.case, promise.due_at, what="promise", text=promise.what))
        with translation.override(promise.owner.language):
            text = _("A promise is due: %(what)s") % {"what": promise.what}
        notify(users=[promise.owner], text=text, url=page_of(promise.case) if promise.case else "")


def _late(case: Case, due_at: datetime, **fields: Any) -> CaseEntry:
    return CaseEntry(**_late_fields(case, due_at, **fields))


def _late_fields(
    case: Case, due_at: datetime, *, what: str, step: CaseStep | None = None, to: str = "", text: str = ""
) -> dict[str, Any]:
    data = {"what": what, "due_at": due_at.isoformat(), "to": to}
    return {"case": case, "kind": CaseEntry.Kind.LATE, "step": step, "text": text, "data": data}


def _message(person: User, text: str, key: str) -> None:
    if person.phone:
        enqueue(channel="sms", to=person.phone, body=text, purpose=PURPOSE, dedupe_key=key)
    elif person.email:
        enqueue(channel="email", to=person.email, subject=text[:200], body=text, purpose=PURPOSE, dedupe_key=key)
