"""What the service desk does when members become one, and when somebody who calls is enrolled."""

from typing import Any

from django.dispatch import receiver

from callcenter.models import CallListEntry
from callcenter.selectors.calls import number_of_call
from callcenter.services.call_matching import rematch_open_calls
from callcenter.services.send_lists import put_send_on_list
from campaigns.signals import phone_recipients_ready
from members.models import MemberPhone
from members.selectors.prefilled import register_prefill
from members.services.merge_log import MergeLog
from members.services.merging import move, register
from members.signals import member_enrolled

register_prefill("call", number_of_call)


@receiver(member_enrolled)
def take_calls_home(member_id: int, **_kwargs: Any) -> None:
    """Somebody who was nobody when the phone rang: the call is theirs now."""
    numbers = MemberPhone.objects.filter(member_id=member_id).values_list("e164", flat=True)
    rematch_open_calls(member_id=member_id, numbers=list(numbers))


@receiver(phone_recipients_ready)
def call_recipients(send_id: int, member_ids: list[int], **_kwargs: Any) -> None:
    """A send over the telephone: its recipients are put on the send's call list."""
    put_send_on_list(send_id=send_id, member_ids=member_ids)


def entries_become_one(log: MergeLog) -> int:
    """Entries of call lists: they move. On a list both are on, the winner's entry stays and takes over the attempts and
    every refusal of the other, whose attempts stay where they are."""
    kept = {one.call_list_id: one for one in CallListEntry.objects.filter(member_id=log.winner_id)}
    theirs = list(CallListEntry.objects.filter(member_id=log.loser_id).order_by("pk"))
    for entry in theirs:
        same = kept.get(entry.call_list_id)
        if same is None:
            log.change(entry, member_id=log.winner_id)
            continue
        merged = {"attempts": min(same.attempts + entry.attempts, 32_767)}
        if entry.last_at and (same.last_at is None or entry.last_at > same.last_at):
            # Whole seconds: the log of the merge keeps moments as text, and a value must be found again to be undone.
            merged |= {"last_at": entry.last_at.replace(microsecond=0), "last_outcome": entry.last_outcome}
        if is_waiting(same) and not is_waiting(entry):
            merged |= {"state": entry.state, "why": entry.why, "taken_by_id": None, "taken_until": None}
        log.change(same, **merged)
        if is_waiting(entry):
            log.change(entry, state="dropped", why="gone", taken_by_id=None, taken_until=None)
    return len(theirs)


def is_waiting(entry: CallListEntry) -> bool:
    return entry.state in (CallListEntry.State.OPEN, CallListEntry.State.TAKEN)


def register_policies() -> None:
    """Calls, cases, promises, wishes and visits go with the member who lives on."""
    register("callcenter.Call.member", move("callcenter.Call", "member"))
    register("callcenter.Case.member", move("callcenter.Case", "member"))
    register("callcenter.Promise.member", move("callcenter.Promise", "member"))
    register("callcenter.Wish.member", move("callcenter.Wish", "member"))
    register("callcenter.DueAnswer.member", move("callcenter.DueAnswer", "member"))
    register("callcenter.CallListEntry.member", entries_become_one)
    register("callcenter.Visit.member", move("callcenter.Visit", "member"))
