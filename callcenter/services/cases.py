"""Cases: opened, taken, handed on, noted in, waiting and going on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_case
from callcenter.models import Case, CaseCategory, CaseCounter, CaseEntry, Priority
from callcenter.services.clocks import go_on, note_misses, start_clocks, target_for
from callcenter.services.timeline import append_entry
from kit import phones
from kit.errors import DomainError
from kit.uploads import checked_upload, shown_name
from members.locks import share_members
from sales.models import ReceiptLine
from staff.audit import record
from staff.models import User
from staff.services.notices import notify

DOUBLE_CLICK = timedelta(minutes=1)
Line = tuple[date, int, int]
"""A receipt line by value: sold on, receipt, number of the line."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of a case when it is opened. `store_id` and `counter_id` of a named line are the line's."""

    kind: str
    channel: str
    title: str
    store_id: int
    description: str = ""
    priority: str = ""
    category_id: int | None = None
    member_id: int | None = None
    caller_name: str = ""
    caller_phone: str = ""
    caller_email: str = ""
    call_id: int | None = None
    counter_id: int | None = None
    line: Line | None = None
    tags: Sequence[str] = field(default_factory=tuple)
    owner_id: int | None = None


@transaction.atomic
def open_case(*, facts: CaseFacts, actor: User | None) -> Case:
    """Open a case with its number and its clocks. The same matter of the same person within a minute (a double click)
    is one case. Whoever stands before us or is on the phone has been answered already."""
    member_id = share_members([facts.member_id])[facts.member_id] if facts.member_id else None
    now = timezone.now()
    if again := _just_opened(facts, member_id, actor, now):
        return again
    category = CaseCategory.objects.filter(pk=facts.category_id).first() if facts.category_id else None
    case = Case(
        number=_next_number(now),
        kind=facts.kind,
        channel=facts.channel,
        state=Case.State.OPEN if facts.owner_id else Case.State.NEW,
        priority=facts.priority or (category.priority if category else Priority.NORMAL),
        category=category,
        title=facts.title.strip(),
        description=facts.description.strip(),
        tags=tidy_tags(facts.tags),
        member_id=member_id,
        caller_name=facts.caller_name.strip(),
        caller_phone=phones.reachable(facts.caller_phone) if facts.caller_phone else "",
        caller_email=facts.caller_email.strip().lower(),
        call_id=facts.call_id,
        store_id=facts.store_id,
        counter_id=facts.counter_id,
        owner_id=facts.owner_id,
        opened_at=now,
        opened_by=actor,
        responded_at=now if facts.channel in Case.FACE_TO_FACE else None,
    )
    if facts.line:
        _name_line(case, facts.line)
    start_clocks(case, target_for(case.kind, case.priority, timezone.localdate(now)))
    case.save()
    append_entry(case, CaseEntry.Kind.OPENED, actor=actor, to_state=case.state, text=case.description)
    record(actor, "callcenter.case_opened", case, store=case.store_id, number=case.number, kind=case.kind)
    if case.owner_id and case.owner_id != getattr(actor, "pk", None):
        _tell_owner(case)
    return case


def open_case_from_web(
    *, member_id: int, kind: str, title: str, description: str, store_id: int, line: Line | None = None
) -> Case:
    """A member opens a case on the self-service page; it waits for an owner. A second click opens no second one."""
    facts = CaseFacts(
        kind=kind, channel=Case.Channel.WEB, title=title, description=description, store_id=store_id,
        member_id=member_id, line=line,
    )  # fmt: skip
    return open_case(facts=facts, actor=None)


@transaction.atomic
def take_case(*, case_id: int, actor: User) -> Case:
    """Make a case one's own. Taking it twice changes nothing; a colleague's is not taken away by this."""
    case = _standing(case_id)
    if case.owner_id == actor.pk:
        return case
    if case.owner_id is not None:
        raise WrongState(_("%(person)s has taken this case already.") % {"person": case.owner})
    return _give(case, actor, actor)


@transaction.atomic
def assign_case(*, case_id: int, owner: User, actor: User) -> Case:
    """Hand a case to somebody, whoever has it; giving it to its owner again changes nothing."""
    case = _standing(case_id)
    return case if case.owner_id == owner.pk else _give(case, owner, actor)


@transaction.atomic
def edit_case(
    *, case_id: int, kind: str, category_id: int | None, priority: str, title: str, tags: Sequence[str], actor: User
) -> Case:
    """Correct what a case is about. Another kind or priority sets its clocks anew from the opening; what was missed
    stays missed."""
    case = _standing(case_id)
    clock = (case.kind, case.priority)
    before = {"kind": case.kind, "priority": case.priority, "category": case.category_id, "title": case.title}
    case.kind, case.priority, case.category_id = kind, priority, category_id
    case.title, case.tags = title.strip(), tidy_tags(tags)
    if (kind, priority) != clock:
        now = timezone.now()
        if case.state != Case.State.WAITING:
            note_misses(case, now)
        start_clocks(case, target_for(kind, priority, timezone.localdate(case.opened_at)))
    case.save(
        update_fields=[
            "kind", "category", "priority", "title", "tags", "response_due_at", "solution_due_at",
            "response_failed_at", "solution_failed_at",
        ]
    )  # fmt: skip
    after = {"kind": kind, "priority": priority, "category": category_id, "title": case.title}
    changed = {key: [value, after[key]] for key, value in before.items() if after[key] != value}
    if changed:
        append_entry(case, CaseEntry.Kind.CHANGE, actor=actor, data={"changed": changed})
        record(actor, "callcenter.case_edited", case, store=case.store_id, changed=changed)
    return case


@transaction.atomic
def note_in_case(*, case_id: int, text: str, actor: User, file: UploadedFile | None = None) -> CaseEntry:
    """Write an internal note, with a file if there is one. The member never reads it."""
    return _written(lock_case(case_id), CaseEntry.Kind.NOTE, text, actor, file)


@transaction.atomic
def say_in_case(*, case_id: int, text: str, actor: User) -> CaseEntry:
    """Write down what was said to the member; the first time it is the answer the clock waits for."""
    case = lock_case(case_id)
    entry = _written(case, CaseEntry.Kind.SAID, text, actor, None)
    mark_responded(case)
    return entry


def mark_responded(case: Case) -> None:
    """The member has been answered: of a case that is locked, once."""
    if case.responded_at is None:
        now = timezone.now()
        if case.state in Case.RUNNING:
            note_misses(case, now)
        case.responded_at = now
        case.save(update_fields=["responded_at", "response_failed_at", "solution_failed_at"])


@transaction.atomic
def let_wait(*, case_id: int, waits_for: str, why: str, actor: User) -> Case:
    """Stop the clock while somebody else must act. A waiting case refuses."""
    case = lock_case(case_id)
    if case.state not in Case.RUNNING:
        raise WrongState(_("Only a case in work can wait."))
    now = timezone.now()
    note_misses(case, now)
    case.state, case.waits_for, case.waiting_since = Case.State.WAITING, waits_for, now
    case.save(update_fields=["state", "waits_for", "waiting_since", "response_failed_at", "solution_failed_at"])
    append_entry(case, CaseEntry.Kind.STATE, actor=actor, to_state=case.state, text=why, data={"waits_for": waits_for})
    record(actor, "callcenter.case_waits", case, store=case.store_id, waits_for=waits_for)
    return case


@transaction.atomic
def resume_case(*, case_id: int, actor: User | None) -> Case:
    """Let the clock go on; the solution is due later by the working time waited. One that does not wait refuses."""
    case = lock_case(case_id)
    if case.state != Case.State.WAITING:
        raise WrongState(_("This case does not wait."))
    end_waiting(case, timezone.now())
    case.state = Case.State.OPEN if case.owner_id else Case.State.NEW
    case.save(update_fields=["state", *CLOCK_FIELDS])
    append_entry(case, CaseEntry.Kind.STATE, actor=actor, to_state=case.state)
    record(actor, "callcenter.case_resumed", case, store=case.store_id)
    return case


CLOCK_FIELDS = [
    "waits_for", "waiting_since", "waited_seconds", "response_due_at", "solution_due_at", "response_failed_at",
    "solution_failed_at",
]  # fmt: skip


def end_waiting(case: Case, now: object) -> None:
    """The clock of a locked case that waits goes on from now; the caller saves `CLOCK_FIELDS`."""
    go_on(case, case.waiting_since, now)
    case.waits_for, case.waiting_since = "", None


def tidy_tags(tags: Sequence[str]) -> list[str]:
    """Tags as they are kept: each once, short, at most eight."""
    return list(dict.fromkeys(tag.strip()[:20] for tag in tags if tag.strip()))[:8]


def page_of(case: Case) -> str:
    return reverse("callcenter:case_detail", args=[case.pk])


def _next_number(now: object) -> str:
    day = timezone.localdate(now)
    return f"C{day:%Y%m%d}-{CaseCounter.take(day):04}"


def _just_opened(facts: CaseFacts, member_id: int | None, actor: User | None, now: object) -> Case | None:
    rows = Case.objects.filter(opened_at__gte=now - DOUBLE_CLICK, title=facts.title.strip(), kind=facts.kind)
    return rows.filter(
        member_id=member_id, opened_by=actor, store_id=facts.store_id, description=facts.description.strip(),
        caller_name=facts.caller_name.strip(), caller_email=facts.caller_email.strip().lower(), call_id=facts.call_id,
    ).first()  # fmt: skip


def _name_line(case: Case, line: Line) -> None:
    sold_on, receipt_id, line_no = line
    lines = ReceiptLine.objects.filter(sold_on=sold_on, receipt_id=receipt_id, line_no=line_no)
    row = lines.values("member_id", "store_id", "counter_id").first()
    if row is None or (case.member_id and row["member_id"] not in (None, case.member_id)):
        raise DomainError(_("This purchase is not the member's."), fields={"line": True})
    case.sold_on, case.receipt_id, case.line_no = sold_on, receipt_id, line_no
    case.store_id, case.counter_id = row["store_id"], row["counter_id"] or case.counter_id


def _standing(case_id: int) -> Case:
    case = lock_case(case_id)
    if not case.is_standing:
        raise WrongState(_("This case has been solved; reopen it first."))
    return case


def _give(case: Case, owner: User, actor: User) -> Case:
    before, case.owner = case.owner_id, owner
    if case.state == Case.State.NEW:
        case.state = Case.State.OPEN
    case.save(update_fields=["owner", "state"])
    append_entry(
        case,
        CaseEntry.Kind.CHANGE,
        actor=actor,
        to_state=case.state,
        data={"owner": [before, owner.pk], "to": str(owner)},
    )
    record(actor, "callcenter.case_assigned", case, store=case.store_id, owner=owner.pk)
    if owner.pk != actor.pk:
        _tell_owner(case)
    return case


def _tell_owner(case: Case) -> None:
    with translation.override(case.owner.language):
        text = _("Case %(number)s is yours now: %(title)s") % {"number": case.number, "title": case.title}
        notify(users=[case.owner], text=text, url=page_of(case))


def _written(case: Case, kind: str, text: str, actor: User, file: UploadedFile | None) -> CaseEntry:
    text = text.strip()
    if not text and file is None:
        raise DomainError(_("Please write something."), fields={"text": True})
    since = timezone.now() - DOUBLE_CLICK
    again = CaseEntry.objects.filter(case=case, kind=kind, by=actor, text=text, at__gte=since, file="").first()
    if again and file is None:
        return again
    name = shown_name(file) if file else ""
    kept = checked_upload(file) if file else None
    return append_entry(case, kind, actor=actor, text=text, file=kept, file_name=name)
