"""What a member got, word for word, as far as somebody may read it."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.models import Send, SendRecipient
from campaigns.services.archive import MAY_HAVE_IT, message_as_sent
from members.access import unmasked_ids
from members.models import Member
from staff.models import User

# Whoever follows such a link acts as the member.
_OWN_LINK = re.compile(r"(/t/[a-z]/)[\w-]{8,}/?")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a page; without a text, `why_not` says why there is none."""

    wording: str
    subject: str = ""
    text: str = ""
    hides_links: bool = False
    why_not: str = ""


def shown_message(user: User, send: Send, member: Member, recipient: SendRecipient | None) -> Shown | None:
    """The very text of a message. None where nothing was handed over; no text for who sees the member's name masked, and
    where what it was written with is gone or was never kept."""
    if recipient is None or recipient.state not in MAY_HAVE_IT or send.content is None:
        return None
    content = send.content_b if recipient.arm == SendRecipient.Arm.B and send.content_b_id else send.content
    wording = _("Version %(number)s of the wording") % {"number": content.number}
    if member.pk not in unmasked_ids(user, [(member.pk, member.home_store_id)]):
        return Shown(wording, why_not=_("The text holds words about a member of another store."))
    message = message_as_sent(send, recipient)
    if message is None:
        return Shown(wording, why_not=_("What it was written with has not been kept."))
    text = _OWN_LINK.sub(r"\1…", message.text)
    return Shown(wording, message.subject, text, hides_links=text != message.text)
