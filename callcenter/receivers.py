"""What the service desk does when members become one, and when somebody who calls is enrolled."""

from typing import Any

from django.dispatch import receiver

from callcenter.selectors.calls import number_of_call
from callcenter.services.call_matching import rematch_open_calls
from members.models import MemberPhone
from members.selectors.prefilled import register_prefill
from members.services.merging import move, register
from members.signals import member_enrolled

register_prefill("call", number_of_call)


@receiver(member_enrolled)
def take_calls_home(member_id: int, **_kwargs: Any) -> None:
    """Somebody who was nobody when the phone rang: the call is theirs now."""
    numbers = MemberPhone.objects.filter(member_id=member_id).values_list("e164", flat=True)
    rematch_open_calls(member_id=member_id, numbers=list(numbers))


def register_policies() -> None:
    """Calls, cases, promises, wishes and visits go with the member who lives on."""
    register("callcenter.Call.member", move("callcenter.Call", "member"))
    register("callcenter.Case.member", move("callcenter.Case", "member"))
    register("callcenter.Promise.member", move("callcenter.Promise", "member"))
    register("callcenter.Wish.member", move("callcenter.Wish", "member"))
    register("callcenter.DueAnswer.member", move("callcenter.DueAnswer", "member"))
    register("callcenter.Visit.member", move("callcenter.Visit", "member"))
