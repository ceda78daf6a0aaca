"""Steps of a case: asked of a counter, a department or a person, answered by whoever is there."""

from datetime import datetime
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_case, lock_step
from callcenter.models import CaseEntry, CaseStep
from callcenter.services.clocks import after_hours
from callcenter.services.people import people_of_counter, people_of_department
from callcenter.services.timeline import append_entry
from kit.errors import DomainError
from kit.uploads import checked_upload, shown_name
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from stores.models import Counter, Department


@transaction.atomic
def ask_step(
    *,
    case_id: int,
    question: str,
    hours: Decimal,
    actor: User,
    counter: Counter | None = None,
    department: Department | None = None,
    person: User | None = None,
) -> CaseStep:
    """Ask one place or person something about a case, to be answered within working hours. A double click asks twice
    only when the words differ."""
    if len([one for one in (counter, department, person) if one is not None]) != 1:
        raise DomainError(_("Ask one place: a counter, a department or a person."), fields={"counter": True})
    case = lock_case(case_id)
    if not case.is_standing:
        raise WrongState(_("This case has been solved; reopen it first."))
    asked = {"counter": counter, "department": department, "person": person}
    if again := CaseStep.objects.unanswered().filter(case=case, question=question.strip(), **asked).first():
        return again
    now = timezone.now()
    step = CaseStep.objects.create(
        case=case,
        no=case.steps.count() + 1,
        question=question.strip(),
        hours=hours,
        asked_at=now,
        asked_by=actor,
        due_at=after_hours(now, hours),
        **asked,
    )
    append_entry(case, CaseEntry.Kind.STEP, actor=actor, step=step, text=step.question, data={"event": "asked"})
    record(actor, "callcenter.step_asked", step, store=case.store_id, case=case.number)
    _tell_asked(step)
    return step


@transaction.atomic
def accept_step(*, step_id: int, actor: User) -> CaseStep:
    """Say that it is being seen to. A second time changes nothing."""
    step = _unanswered(step_id)
    if step.state == CaseStep.State.OPEN:
        step.state, step.accepted_at = CaseStep.State.ACCEPTED, timezone.now()
        step.save(update_fields=["state", "accepted_at"])
        append_entry(step.case, CaseEntry.Kind.STEP, actor=actor, step=step, data={"event": "accepted"})
        record(actor, "callcenter.step_accepted", step, store=step.case.store_id)
    return step


@transaction.atomic
def answer_step(*, step_id: int, answer: str, actor: User, file: UploadedFile | None = None) -> CaseStep:
    """Answer a step. An answered one refuses a second answer."""
    return _settle(step_id, CaseStep.State.ANSWERED, answer, actor, file)


@transaction.atomic
def decline_step(*, step_id: int, reason: str, actor: User) -> CaseStep:
    """Say why it is not for this place. An answered step refuses."""
    return _settle(step_id, CaseStep.State.DECLINED, reason, actor, None)


@transaction.atomic
def withdraw_step(*, step_id: int, actor: User) -> CaseStep:
    """Take a question back before it is answered."""
    step = _unanswered(step_id)
    note_late(step, timezone.now())
    step.state = CaseStep.State.WITHDRAWN
    step.save(update_fields=["state", "failed_at"])
    append_entry(step.case, CaseEntry.Kind.STEP, actor=actor, step=step, data={"event": "withdrawn"})
    record(actor, "callcenter.step_withdrawn", step, store=step.case.store_id)
    return step


def note_late(step: CaseStep, now: datetime) -> None:
    """Store that the step is late, if it is: the clock of the minute may not have come round yet."""
    if step.failed_at is None and step.due_at < now:
        step.failed_at = step.due_at


def page_of_step(step: CaseStep) -> str:
    return reverse("callcenter:step_detail", args=[step.pk])


def _unanswered(step_id: int) -> CaseStep:
    step = lock_step(step_id)
    if not step.is_open:
        raise WrongState(_("This step is over: %(state)s.") % {"state": step.get_state_display()})
    return step


def _settle(step_id: int, state: str, text: str, actor: User, file: UploadedFile | None) -> CaseStep:
    step = _unanswered(step_id)
    text = text.strip()
    if not text:
        raise DomainError(_("Please write something."), fields={"answer": True, "reason": True})
    now = timezone.now()
    note_late(step, now)
    step.state, step.answer, step.answered_at, step.answered_by = state, text, now, actor
    step.save(update_fields=["state", "answer", "answered_at", "answered_by", "failed_at"])
    name = shown_name(file) if file else ""
    append_entry(
        step.case, CaseEntry.Kind.STEP, actor=actor, step=step, text=text, data={"event": state},
        file=checked_upload(file) if file else None, file_name=name,
    )  # fmt: skip
    record(actor, f"callcenter.step_{state}", step, store=step.case.store_id)
    _tell_owner(step)
    return step


def _tell_asked(step: CaseStep) -> None:
    if step.counter:
        people = people_of_counter(step.counter)
    else:
        people = people_of_department(step.department) if step.department else [step.person]
    for language in {person.language for person in people}:
        with translation.override(language):
            words = {"number": step.case.number, "question": step.question}
            text = _("Case %(number)s asks you: %(question)s") % words
            notify(users=[one for one in people if one.language == language], text=text, url=page_of_step(step))


def _tell_owner(step: CaseStep) -> None:
    owner = step.case.owner or step.asked_by
    if owner is None or owner.pk == step.answered_by_id:
        return
    with translation.override(owner.language):
        text = _("%(place)s has answered in case %(number)s.") % {
            "place": step.asked_of,
            "number": step.case.number,
        }
        notify(users=[owner], text=text, url=reverse("callcenter:case_detail", args=[step.case_id]))
