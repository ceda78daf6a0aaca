"""Which sends a person may see and change: those of the whole chain for whose scope it is, and of the own stores."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Send, SendRecipient
from campaigns.send_exceptions import NoSuchSend
from members.access import member_for
from members.models import Member
from staff.access import require, stores_for
from staff.models import User
from staff.roles import Role

VIEW, CHANGE, START = "campaigns.view_send", "campaigns.change_send", "campaigns.start_send"
# Who serves members reads what they got.
MESSAGES = "campaigns.view_offers"


def sends_for(user: User) -> QuerySet[Send]:
    """Sends of the own stores, and one's own; all of them for whose scope is the chain. Those of journeys stay with
    their journey."""
    require(user, VIEW)
    rows = Send.objects.select_related(
        "store", "segment", "campaign", "provider", "content__template", "content_b", "made_by"
    )
    if user.all_stores or user.role == Role.ADMIN:
        return rows
    return rows.filter(Q(store__in=stores_for(user).values("pk")) | Q(made_by=user))


def send_for(user: User, pk: int, permission: str = VIEW) -> Send:
    """One send this person may see, or with another permission change or start."""
    require(user, permission)
    found = sends_for(user).filter(pk=pk).first()
    if found is None:
        raise NoSuchSend(_("There is no such send, or it belongs to another store."))
    return found


def recipient_for(user: User, pk: int, member_id: int) -> tuple[Send, Member, SendRecipient | None]:
    """A send and a member, and what the one did to the other, if anything."""
    send = send_for(user, pk)
    member = Member.objects.select_related("home_store").filter(pk=member_id).first()
    if member is None:
        raise NoSuchSend(_("There is no such member."))
    return send, member, SendRecipient.objects.filter(send_id=send.pk, member_id=member_id).first()


def message_for(user: User, pk: int, member_id: int) -> tuple[Send, Member, SendRecipient]:
    """A message that was handed over to a member this person may serve, whoever sent it."""
    require(user, MESSAGES)
    member = member_for(user, member_id)
    sends = Send.objects.select_related("store", "provider", "content", "content_b")
    recipient = SendRecipient.objects.filter(
        send_id=pk, member_id=member_id, state__gte=SendRecipient.State.CALLING
    ).first()
    send = sends.filter(pk=pk).first()
    if send is None or recipient is None:
        raise NoSuchSend(_("No such message went to this member."))
    return send, member, recipient
