"""Sends over the telephone end on a call list: one list a send, filled as the send goes on."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from callcenter.services.call_lists import ListFacts, add_to_call_list, make_call_list
from campaigns.models import Send
from staff.models import User
from staff.roles import Role

# How long the service desk has for the calls of a send.
DAYS = 14


@transaction.atomic
def put_send_on_list(*, send_id: int, member_ids: Iterable[int]) -> None:
    """Put recipients of a send on its call list. A second call adds nobody twice."""
    send = Send.objects.select_related("content", "made_by", "store").get(pk=send_id)
    owner = send.made_by or User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    today = timezone.localdate()
    facts = ListFacts(
        name=send.name[:80], until_on=today + timedelta(days=DAYS), store=send.store,
        purpose="marketing" if send.purpose == "marketing" else "service",
        script=send.content.body[:4000] if send.content else "",
        script_en=send.content.body_en[:4000] if send.content else "",
    )  # fmt: skip
    made = make_call_list(facts=facts, owner=owner, actor=send.made_by, source_key=f"send:{send_id}")
    add_to_call_list(list_id=made.pk, members=list(member_ids), actor=send.made_by)
