"""Erasing a member: what happened stays in the books, without saying whose it was. There is no way back.

Members merged into the erased one go with it. The policies of all tables and the receivers of `member_erased` run
inside the transaction, the members locked against everything that would point at them.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict, DomainError, NotFound
from members.birthdays import NO_BIRTHDAY
from members.locks import lock_member, lock_members_for_merge
from members.models import Consent, ErasureRequest, Member
from members.services.erasing import Gone, apply_all, own_numbers
from members.signals import member_erased
from staff.audit import record
from staff.models import User
from stores.models import Chain

WAIT_DAYS: Final = 7
State = ErasureRequest.State
_NOBODY: Final[Mapping[str, object]] = {
    "name": "",
    "name_en": "",
    "gender": "",
    "email": "",
    "province": "",
    "city": "",
    "district": "",
    "street": "",
    "postcode": "",
    "external_source": "",
    "external_no": "",
    "agreed_discount": None,
    "custom": {},
    "status": Member.Status.CLOSED,
    **NO_BIRTHDAY,
    **{Consent.cached_in(channel): False for channel in Consent.Channel.values},
}


@transaction.atomic
def erase_member(*, member_id: int, actor: User | None, reason: str) -> dict[str, int]:
    """Forget who a member is; returns by table how many rows went or were emptied. A second call changes nothing."""
    ids = _family(member_id)
    locked = {member.pk: member for member in lock_members_for_merge(ids)}
    if set(_family(member_id)) != set(ids):
        raise Conflict(_("This member is just being merged. Please try again."))
    member = locked.get(member_id)
    if member is None:
        raise NotFound(_("There is no such member."))
    if member.is_erased:
        return {}
    if member.is_merged:
        raise Conflict(_("This member was merged into another. Go on with that one."))
    done = apply_all(Gone(ids, own_numbers(ids)))
    now = timezone.now()
    Member.objects.filter(pk__in=ids).update(erased_at=now, updated_at=now, **_NOBODY)
    ErasureRequest.objects.filter(member_id__in=ids, state=State.WAITING).update(
        state=State.DONE, decided_at=now, decided_by=actor, reason=reason[:200]
    )
    record(actor, "members.member_erased", member, store=member.home_store_id, reason=reason, rows=done)
    member_erased.send(sender=Member, member_id=member.pk)
    return done


def preview_erasure(*, member_id: int) -> dict[str, int]:
    """What erasing would touch, by table; nothing is changed."""
    with transaction.atomic():
        done = erase_member(member_id=member_id, actor=None, reason="preview")
        transaction.set_rollback(True)
    return done


def _family(member_id: int) -> list[int]:
    merged = Member.objects.filter(merged_into=member_id).values_list("pk", flat=True)
    return sorted({member_id, *merged})


# Requests ---------------------------------------------------------------------------------------------


def waiting_days() -> int:
    """How long a request waits: the chain's setting."""
    return int(Chain.get().setting("erasure_wait_days", WAIT_DAYS))


@transaction.atomic
def ask_erasure(*, member_id: int) -> ErasureRequest:
    """A member asks to be erased: carried out after the waiting time. A second call returns the waiting request."""
    member = lock_member(member_id)
    if waiting := ErasureRequest.objects.filter(member=member, state=State.WAITING).first():
        return waiting
    due_on = timezone.localdate() + timedelta(days=waiting_days())
    request = ErasureRequest.objects.create(member=member, due_on=due_on)
    record(None, "members.erasure_asked", member, store=member.home_store_id, due_on=request.due_on)
    return request


@transaction.atomic
def take_erasure_back(*, member_id: int) -> None:
    """The member stays. A second call changes nothing."""
    member = lock_member(member_id)
    if waiting := ErasureRequest.objects.filter(member=member, state=State.WAITING).first():
        _decide(waiting, State.TAKEN_BACK, "", None)
        record(None, "members.erasure_taken_back", member, store=member.home_store_id)


@transaction.atomic
def refuse_erasure(*, request_id: int, reason: str, actor: User) -> ErasureRequest:
    """Say no, with a reason the member reads. One that is decided refuses."""
    if not reason.strip():
        raise DomainError(_("Please give a reason; the member reads it."), fields={"reason": ""})
    request = _waiting(request_id)
    _decide(request, State.REFUSED, reason.strip()[:200], actor)
    record(actor, "members.erasure_refused", request.member, store=request.member.home_store_id, reason=reason)
    return request


@transaction.atomic
def carry_erasure_out(*, request_id: int, actor: User | None) -> dict[str, int]:
    """Erase the member of a request now. One that is decided refuses."""
    request = _waiting(request_id)
    reason = "asked for by the member"
    return erase_member(member_id=request.member_id, actor=actor, reason=reason)


def erase_due() -> int:
    """Carry out the requests whose waiting time is over; returns how many. A second run finds none."""
    erased = 0
    for pk in ErasureRequest.objects.filter(state=State.WAITING, due_on__lte=timezone.localdate()).values_list(
        "pk", flat=True
    ):
        try:
            carry_erasure_out(request_id=pk, actor=None)
        except Conflict:
            continue
        erased += 1
    return erased


def _waiting(request_id: int) -> ErasureRequest:
    """The request, its member locked first as erasing locks it, then read anew."""
    member_id = ErasureRequest.objects.filter(pk=request_id).values_list("member_id", flat=True).first()
    if member_id is None:
        raise NotFound(_("There is no such request."))
    lock_members_for_merge(_family(member_id))
    request = ErasureRequest.objects.select_related("member").get(pk=request_id)
    if request.state != State.WAITING:
        raise Conflict(_("This request has been decided already."))
    return request


def _decide(request: ErasureRequest, state: str, reason: str, actor: User | None) -> None:
    request.state, request.reason = state, reason
    request.decided_at, request.decided_by = timezone.now(), actor
    request.save(update_fields=["state", "reason", "decided_at", "decided_by"])
