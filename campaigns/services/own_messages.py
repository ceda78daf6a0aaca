"""Messages on members' own pages, as they were written: again from what was kept, or anew where nothing was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Send, SendRecipient
from campaigns.services.archive import message_as_sent
from campaigns.services.rendering import written

SHOWN_FOR = timedelta(days=30)
MOST = 3


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """One message to a member, as they read it."""

    subject: str
    text: str
    at: datetime


def own_messages_of(member_id: int) -> list[OwnMessage]:
    """The newest messages to a member's own pages."""
    since = timezone.now() - SHOWN_FOR
    sends = Send.objects.filter(channel=Send.Channel.SITE, started_at__gte=since).exclude(state=Send.State.CANCELLED)
    rows = SendRecipient.objects.filter(
        member_id=member_id, state=SendRecipient.State.DELIVERED, send_id__in=list(sends.values_list("pk", flat=True))
    ).order_by("-delivered_at")[:MOST]  # fmt: skip
    found = []
    for one in rows:
        send = Send.objects.select_related("provider", "content", "content_b").get(pk=one.send_id)
        messages = [message_as_sent(send, one)]
        if messages == [None]:
            messages = written(send, send.provider, [(member_id, "", one.arm)])
        found += [OwnMessage(message.subject, message.text, one.delivered_at) for message in messages]
    return found
