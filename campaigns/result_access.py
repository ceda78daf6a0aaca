"""Whose results a person may read."""

from django.utils.translation import gettext as _

from campaigns.campaign_access import campaigns_for, sees_all
from campaigns.models import Campaign, Send
from kit.errors import NotFound
from staff.access import stores_for
from staff.models import User


def measured_send_for(user: User, pk: int) -> Send:
    """A send of a store in scope, or of the chain for those whose scope is the chain, or one's own."""
    send = Send.objects.select_related("campaign", "segment", "store", "made_by").filter(pk=pk).first()
    if send is not None and (
        sees_all(user)
        or send.made_by_id == user.pk
        or (send.store_id and stores_for(user).filter(pk=send.store_id).exists())
        or (send.campaign_id and campaigns_for(user).filter(pk=send.campaign_id).exists())
    ):
        return send
    raise NotFound(_("There is no such send, or it is of a store outside your scope."))


def readable_send_for(user: User, pk: int) -> tuple[Send, list[int] | None]:
    """A send and how much of its result a person may read: all of it (None), or, of one that went to the whole chain, the
    part of the stores in scope."""
    try:
        return measured_send_for(user, pk), None
    except NotFound:
        rows = Send.objects.select_related("campaign", "segment", "store", "made_by").filter(pk=pk, store=None)
        stores = list(stores_for(user).order_by("pk").values_list("pk", flat=True))
        send = rows.exclude(source_key__startswith="journey:").first()
        if send is None or not stores:
            raise
        return send, stores


def measured_campaign_for(user: User, pk: int) -> Campaign:
    """A campaign of a store in scope."""
    campaign = campaigns_for(user).filter(pk=pk).first()
    if campaign is None:
        raise NotFound(_("There is no such campaign, or none of your stores."))
    return campaign
