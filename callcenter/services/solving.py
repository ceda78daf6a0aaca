"""How a case ends: solved, confirmed by the member, closed; and how it begins again."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.exceptions import NotYetFinished, WrongState
from callcenter.locks import lock_case
from callcenter.models import Case, CaseEntry, CaseRating, CaseStep, Compensation, Kind
from callcenter.services.cases import CLOCK_FIELDS, end_waiting, mark_responded, page_of
from callcenter.services.clocks import go_on, note_misses
from callcenter.services.links import GOOD_FOR, case_of_link
from callcenter.services.messages import number_of, text_link
from callcenter.services.timeline import append_entry
from kit.errors import DomainError
from members.locks import lock_members
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from stores.models import Chain

SILENCE_DAYS = 7
REOPEN_DAYS = 14


def reopen_days() -> int:
    """For how many days after its solution a case may be opened again (a setting of the chain)."""
    return int(Chain.get().setting("case_reopen_days", REOPEN_DAYS))


@transaction.atomic
def solve_case(*, case_id: int, solution: str, actor: User) -> Case:
    """Write down the solution and ask the member. Steps must be answered or taken back before. A solved one refuses.

    Once per case and once a month per member the text asks for a rating; a complaint's member is always asked.
    """
    solution = solution.strip()
    if not solution:
        raise DomainError(_("Please say what the solution is."), fields={"solution": True})
    _hold_member(case_id)
    case = lock_case(case_id)
    if not case.is_standing:
        raise WrongState(_("This case has been solved already."))
    if CaseStep.objects.unanswered().filter(case=case).exists():
        raise NotYetFinished(_("A step is not answered yet. Wait for it, or take it back."))
    now = timezone.now()
    if case.state == Case.State.WAITING:
        end_waiting(case, now)
    mark_responded(case)
    note_misses(case, now)
    case.state, case.solution, case.solved_at, case.solved_by = Case.State.SOLVED, solution, now, actor
    case.confirmed_at = None
    case.owner_id = case.owner_id or actor.pk
    case.link_nonce, case.link_sent_at = "", None
    if number_of(case) and (_invite_rating(case, now) or case.kind == Kind.COMPLAINT):
        case.link_nonce, case.link_sent_at = secrets.token_hex(8), now
        text_link(case)
    case.save(
        update_fields=[
            "state", "solution", "solved_at", "solved_by", "confirmed_at", "owner", "link_nonce", "link_sent_at",
            *CLOCK_FIELDS,
        ]
    )  # fmt: skip
    append_entry(
        case, CaseEntry.Kind.STATE, actor=actor, to_state=case.state, text=solution,
        data={"asked_member": bool(case.link_nonce)},
    )  # fmt: skip
    record(actor, "callcenter.case_solved", case, store=case.store_id)
    return case


@transaction.atomic
def confirm_solution(*, case_id: int, how: str, actor: User) -> Case:
    """Write down that the member has agreed, and how we know. A confirmed one is returned unchanged."""
    case = lock_case(case_id)
    if case.state != Case.State.SOLVED:
        raise WrongState(_("Only a solved case can be confirmed."))
    if case.confirmed_at is None:
        if not how.strip():
            raise DomainError(_("Please say how the member told us."), fields={"how": True})
        _confirm(case, actor, how.strip())
    return case


@transaction.atomic
def close_case(*, case_id: int, actor: User | None) -> Case:
    """Close a solved case. A complaint waits for the member's word, or for a week without objection; open promises and
    compensations in approval hold it. A closed one is returned unchanged."""
    case = lock_case(case_id)
    if case.state == Case.State.CLOSED:
        return case
    if case.state != Case.State.SOLVED:
        raise WrongState(_("Solve the case before closing it."))
    if trouble := what_holds(case):
        raise NotYetFinished(trouble)
    _close(case, actor)
    return case


def what_holds(case: Case) -> str:
    """Why a solved case cannot be closed yet; empty when nothing holds it."""
    if case.promises.unsettled().exists():
        return _("A promise is still open.")
    if case.compensations.filter(state=Compensation.State.WAITING).exists():
        return _("A compensation is still in approval.")
    silent = timezone.now() - case.solved_at >= timedelta(days=silence_days())
    if case.kind == Kind.COMPLAINT and case.confirmed_at is None and not silent:
        return _("The member has not confirmed the solution yet.")
    return ""


def silence_days() -> int:
    """After how many days without objection a solution counts as accepted (a setting of the chain)."""
    return int(Chain.get().setting("case_silence_days", SILENCE_DAYS))


@transaction.atomic
def reopen_case(*, case_id: int, reason: str, actor: User | None) -> Case:
    """Open a solved case again: its clock goes on where it stood. After a fortnight a new case is opened instead."""
    case = lock_case(case_id)
    if case.is_standing:
        raise WrongState(_("This case is open."))
    if not reason.strip():
        raise DomainError(_("Please say why."), fields={"reason": True})
    now = timezone.now()
    if now - case.solved_at > timedelta(days=reopen_days()):
        raise WrongState(_("It is too long ago; open a new case."))
    go_on(case, case.solved_at, now)
    case.state = Case.State.OPEN if case.owner_id else Case.State.NEW
    case.closed_at = case.confirmed_at = None
    case.reopened_count += 1
    case.link_nonce, case.link_sent_at = "", None
    case.save(
        update_fields=[
            "state", "closed_at", "confirmed_at", "reopened_count", "link_nonce", "link_sent_at", *CLOCK_FIELDS
        ]
    )  # fmt: skip
    append_entry(
        case, CaseEntry.Kind.STATE, actor=actor, to_state=case.state, text=reason.strip(),
        data={"reopened": case.reopened_count, "by_member": actor is None},
    )  # fmt: skip
    record(actor, "callcenter.case_reopened", case, store=case.store_id)
    if case.owner and case.owner_id != getattr(actor, "pk", None):
        with translation.override(case.owner.language):
            text = _("Case %(number)s was reopened: %(title)s") % {"number": case.number, "title": case.title}
            notify(users=[case.owner], text=text, url=page_of(case))
    return case


@transaction.atomic
def rate_by_link(*, token: str, who: str, stars: int | None, words: str) -> Case:
    """The member says by the link that it is settled, and how it was. A rating counts once; a second try refuses."""
    case = lock_case(case_of_link(token, who).pk)
    case_of_link(token, who)
    rating = CaseRating.objects.filter(case=case).first()
    if rating is not None and rating.stars is None and stars and rating.open_until > timezone.now():
        rating.stars, rating.words, rating.rated_at = stars, words.strip()[:1000], timezone.now()
        rating.save(update_fields=["stars", "words", "rated_at"])
        append_entry(case, CaseEntry.Kind.RATING, actor=None, text=rating.words, data={"stars": stars})
        record(None, "callcenter.case_rated", case, store=case.store_id, stars=stars)
    elif case.confirmed_at is not None:
        raise WrongState(_("You have answered already. Thank you."))
    if case.state == Case.State.SOLVED and case.confirmed_at is None:
        _confirm(case, None, "")
    if case.state == Case.State.SOLVED and not what_holds(case):
        _close(case, None)
    return case


@transaction.atomic
def reopen_by_link(*, token: str, who: str, reason: str) -> Case:
    """The member says by the link that it is not settled. The link is good for that once."""
    case = case_of_link(token, who)
    return reopen_case(case_id=case.pk, reason=reason, actor=None)


def close_silent_cases(now: datetime | None = None) -> int:
    """Close what was solved a week ago without objection; a case that something still holds stays."""
    before = (now or timezone.now()) - timedelta(days=silence_days())
    closed = 0
    for pk in list(
        Case.objects.filter(state=Case.State.SOLVED, solved_at__lte=before).values_list("pk", flat=True)[:500]
    ):
        try:
            closed += close_case(case_id=pk, actor=None).state == Case.State.CLOSED
        except DomainError:
            continue  # a promise or an approval still holds it
    return closed


def _hold_member(case_id: int) -> None:
    """The member is locked before the case: two cases of one member solved at once must not both ask for a rating."""
    member_id = Case.objects.filter(pk=case_id).values_list("member_id", flat=True).first()
    if member_id:
        lock_members([member_id])


def _invite_rating(case: Case, now: datetime) -> bool:
    """Ask for a rating unless this case, or this person within the month, has been asked before."""
    asked = CaseRating.objects.filter(case=case).first()
    if asked is not None:
        return asked.stars is None and asked.open_until > now
    month = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    theirs = CaseRating.objects.filter(asked_at__gte=month)
    if case.member_id:
        theirs = theirs.filter(case__member_id=case.member_id)
    elif case.caller_phone:
        theirs = theirs.filter(case__caller_phone=case.caller_phone)
    else:
        return False
    if theirs.exists():
        return False
    CaseRating.objects.create(case=case, asked_at=now, open_until=now + GOOD_FOR)
    return True


def _confirm(case: Case, actor: User | None, how: str) -> None:
    case.confirmed_at = timezone.now()
    case.save(update_fields=["confirmed_at"])
    append_entry(case, CaseEntry.Kind.HEARD, actor=actor, text=how, data={"confirmed": True})
    record(actor, "callcenter.case_confirmed", case, store=case.store_id, how=how)


def _close(case: Case, actor: User | None) -> None:
    case.state, case.closed_at = Case.State.CLOSED, timezone.now()
    case.save(update_fields=["state", "closed_at"])
    append_entry(case, CaseEntry.Kind.STATE, actor=actor, to_state=case.state)
    record(actor, "callcenter.case_closed", case, store=case.store_id)
