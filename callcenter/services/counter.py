"""What associates do on their phone: answer a hint, note a wish, tap a fact."""

from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_wish
from callcenter.models import DueAnswer, Wish
from kit.errors import DomainError
from members.locks import lock_member, share_members
from members.models import FieldDefinition, Member
from members.services.facts import learn_facts
from staff.audit import record
from staff.models import User
from stores.models import Counter

Kind, Answer = DueAnswer.Kind, DueAnswer.Answer
# For how many days a hint that was seen to, or does not suit the member, stays away.
QUIET_DAYS: Final = {
    Kind.WISH: 1, Kind.BIRTHDAY: 60, Kind.STAR: 60, Kind.COUPON: 14, Kind.POINTS: 30, Kind.AWAY: 45,
}  # fmt: skip
UNSUITABLE_DAYS = 365
MOST_DAYS = 90


@transaction.atomic
def answer_due(*, member_id: int, kind: str, answer: str, actor: User, days: int = 0) -> DueAnswer:
    """Say what was done about a hint. `days` counts for "remind me later" only (1 to 90). The same answer of the same
    day again is one answer."""
    if kind not in Kind.values or answer not in Answer.values:
        raise DomainError(_("There is no such hint."))
    if answer == Answer.LATER and not 1 <= days <= MOST_DAYS:
        raise DomainError(_("Remind me in 1 to 90 days."), fields={"days": True})
    member_id = share_members([member_id])[member_id]
    quiet = {Answer.DONE: QUIET_DAYS[Kind(kind)], Answer.LATER: days, Answer.UNSUITABLE: UNSUITABLE_DAYS}
    hidden_until_on = timezone.localdate() + timedelta(days=quiet[Answer(answer)])
    given, is_new = DueAnswer.objects.get_or_create(
        member_id=member_id, kind=kind, answer=answer, hidden_until_on=hidden_until_on, defaults={"by": actor}
    )
    if kind == Kind.WISH and answer != Answer.LATER:
        state = Wish.State.TOLD if answer == Answer.DONE else Wish.State.DROPPED
        for wish_id in Wish.objects.filter(member_id=member_id, state=Wish.State.ARRIVED).values_list("pk", flat=True):
            _settle(lock_wish(wish_id), state, actor)
    if is_new:
        record(actor, "callcenter.due_answered", given, member=member_id, kind=kind, answer=answer)
    return given


@transaction.atomic
def note_wish(
    *, member_id: int, counter: Counter, what: str, size: str = "", until_on: date | None = None, actor: User
) -> Wish:
    """A member waits for something until a day (two months, unless said). The same open wish again is one."""
    member_id = share_members([member_id])[member_id]
    what, size = what.strip(), size.strip()
    if not what:
        raise DomainError(_("Please write what the member waits for."), fields={"what": True})
    until_on = until_on or timezone.localdate() + timedelta(days=60)
    if until_on < timezone.localdate():
        raise DomainError(_("The day has passed."), fields={"until_on": True})
    same = Wish.objects.filter(
        member_id=member_id, counter=counter, what=what, size=size, state__in=[Wish.State.WAITING, Wish.State.ARRIVED]
    )
    if again := same.first():
        return again
    wish = Wish.objects.create(
        member_id=member_id, counter=counter, what=what, size=size, until_on=until_on, noted_by=actor
    )
    record(actor, "callcenter.wish_noted", wish, store=counter.store_id, member=member_id)
    return wish


@transaction.atomic
def mark_wish_arrived(*, wish_id: int, actor: User) -> Wish:
    """It is there: the member appears among those to be told. A second call changes nothing; a settled wish refuses."""
    wish = lock_wish(wish_id)
    if wish.state == Wish.State.ARRIVED:
        return wish
    if wish.state != Wish.State.WAITING:
        raise WrongState(_("This wish has been settled already."))
    wish.state, wish.arrived_at = Wish.State.ARRIVED, timezone.now()
    wish.save(update_fields=["state", "arrived_at"])
    # A hint put off earlier was about another wish.
    DueAnswer.objects.filter(member_id=wish.member_id, kind=Kind.WISH, hidden_until_on__gt=timezone.localdate()).update(
        hidden_until_on=timezone.localdate()
    )
    record(actor, "callcenter.wish_arrived", wish, store=wish.counter.store_id, member=wish.member_id)
    return wish


@transaction.atomic
def drop_wish(*, wish_id: int, actor: User) -> Wish:
    """The member no longer waits. A second call changes nothing."""
    wish = lock_wish(wish_id)
    if wish.is_open:
        _settle(wish, Wish.State.DROPPED, actor)
    return wish


def _settle(wish: Wish, state: str, actor: User) -> None:
    if not wish.is_open:
        return
    wish.state, wish.settled_at, wish.settled_by = state, timezone.now(), actor
    wish.save(update_fields=["state", "settled_at", "settled_by"])
    record(actor, f"callcenter.wish_{state}", wish, store=wish.counter.store_id, member=wish.member_id)


@transaction.atomic
def tap_fact(*, member_id: int, key: str, value: str, actor: User) -> Member:
    """Write down one choice of one of the store's own fields. Of a field that takes several, a tap adds the choice, or
    takes it away again; of the others it replaces what was known, and the same tap again forgets it."""
    member = lock_member(member_id)
    definition = FieldDefinition.objects.filter(key=key, is_active=True).first()
    if definition is None:
        raise DomainError(_("There is no such field."))
    known = member.custom.get(key)
    if definition.kind == FieldDefinition.Kind.CHOICES:
        chosen = list(known or [])
        facts = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
    else:
        shown = {True: "yes", False: "no"}.get(known, known) if isinstance(known, bool) else known
        facts = "" if shown == value else value
    return learn_facts(member_id=member_id, facts={key: facts}, actor=actor)
