"""Gifts of campaigns: delivered to a store, handed out at the desk once per member, taken back the same day."""

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.campaign_exceptions import CampaignState, GiftRefused
from campaigns.campaign_locks import lock_handout, lock_stock
from campaigns.models import Campaign, GiftHandout, GiftMove, GiftStock, Offer
from campaigns.selectors.entitlement import Entitlement, entitlement_of
from kit.money import format_yuan
from members.locks import share_members
from staff.audit import record
from staff.models import User

Kind = GiftMove.Kind


@transaction.atomic
def deliver_gifts(*, offer_id: int, store_id: int, quantity: int, actor: User, note: str = "") -> GiftStock:
    """Pieces arrive in a store. Each call adds again."""
    if quantity < 1:
        raise GiftRefused(_("Deliver at least one piece."), fields={"quantity": True})
    return _shift(_gift(offer_id), store_id, quantity, Kind.IN, actor, note)


@transaction.atomic
def send_gifts_away(*, offer_id: int, store_id: int, quantity: int, actor: User, note: str = "") -> GiftStock:
    """Pieces leave a store without being handed out: back to the supplier, to another store. Each call takes again."""
    if quantity < 1:
        raise GiftRefused(_("Take at least one piece."), fields={"quantity": True})
    return _shift(_gift(offer_id), store_id, -quantity, Kind.AWAY, actor, note)


@transaction.atomic
def count_gifts(*, offer_id: int, store_id: int, counted: int, actor: User, note: str = "") -> GiftStock:
    """Set a stock to what was counted; the difference is a move of its own. The same count again changes nothing."""
    stock = _stock(_gift(offer_id), store_id)
    difference = counted - stock.quantity
    return _shift(stock.offer, store_id, difference, Kind.COUNT, actor, note) if difference else stock


@transaction.atomic
def hand_out_gift(*, offer_id: int, member_id: int, store_id: int, actor: User) -> GiftHandout:
    """Hand one piece to a member who is entitled to it. One gift per member and campaign: a second call refuses.

    The stock is locked, then everything is looked at again: the last piece goes once.
    """
    member_id = share_members([member_id])[member_id]
    offer = _gift(offer_id)
    stock = lock_stock(offer.pk, store_id)
    _refuse_unless(entitlement_of(offer, member_id), offer, store_id)
    if stock is None or stock.quantity < 1:
        raise GiftRefused(_("None is left in this store."))
    try:
        with transaction.atomic():
            handout = GiftHandout.objects.create(
                campaign_id=offer.campaign_id, offer=offer, member_id=member_id, store_id=store_id,
                unit_cost=offer.unit_cost, handed_by=actor,
            )  # fmt: skip
    except IntegrityError as exc:
        # Another store was faster by a moment: the database keeps what no lock of one store can.
        raise GiftRefused(_("The member has just got a gift of this campaign.")) from exc
    _move(stock, -1, Kind.OUT, actor, handout=handout)
    record(actor, "campaigns.gift_handed_out", handout, store=store_id, member=member_id, gift=offer.pk)
    return handout


@transaction.atomic
def take_gift_back(*, handout_id: int, reason: str, actor: User) -> GiftHandout:
    """Take a gift back on the day it was handed out, with a reason: the piece returns to the stock, the member may get
    one again. A second call changes nothing; another day refuses."""
    handout = lock_handout(handout_id)
    if handout.state == GiftHandout.State.TAKEN_BACK:
        return handout
    if timezone.localdate(handout.handed_at) != timezone.localdate():
        raise GiftRefused(_("A gift is taken back on the same day only."))
    stock = lock_stock(handout.offer_id, handout.store_id)
    handout.state, handout.back_at, handout.back_by = GiftHandout.State.TAKEN_BACK, timezone.now(), actor
    handout.reason = reason
    handout.save(update_fields=["state", "back_at", "back_by", "reason"])
    _move(stock, 1, Kind.BACK, actor, handout=handout)
    record(actor, "campaigns.gift_taken_back", handout, store=handout.store_id, reason=reason)
    return handout


def stock_differences() -> list[tuple[int, int, int]]:
    """Stocks whose moves do not sum to what is kept beside them: (stock, kept, sum). An empty list is right."""
    sums = dict(GiftMove.objects.order_by().values_list("stock").annotate(Sum("quantity")))
    rows = GiftStock.objects.order_by("pk").values_list("pk", "quantity")
    return [(pk, kept, sums.get(pk, 0)) for pk, kept in rows if kept != sums.get(pk, 0)]


def _gift(offer_id: int) -> Offer:
    offer = Offer.objects.select_related("campaign").filter(pk=offer_id, kind=Offer.Kind.GIFT).first()
    if offer is None:
        raise GiftRefused(_("There is no such gift."))
    return offer


def _refuse_unless(found: Entitlement, offer: Offer, store_id: int) -> None:
    campaign = offer.campaign
    today = timezone.localdate()
    if campaign.state != Campaign.State.RUNNING or not campaign.from_on <= today <= campaign.until_on:
        raise CampaignState(_("This campaign is not running today."))
    if not campaign.stores.filter(pk=store_id).exists():
        raise GiftRefused(_("This store does not take part."))
    if found.had_on:
        raise GiftRefused(
            _("The member got a gift of this campaign on %(day)s already.") % {"day": f"{found.had_on:%Y-%m-%d}"}
        )
    if not found.is_chosen:
        raise GiftRefused(_("This gift is for other members."))
    if not found.has_star:
        raise GiftRefused(_("This gift is for members with a higher star."))
    if found.missing:
        raise GiftRefused(
            _("%(amount)s of purchases are still missing for this gift.") % {"amount": format_yuan(found.missing)}
        )


def _stock(offer: Offer, store_id: int) -> GiftStock:
    GiftStock.objects.bulk_create([GiftStock(offer=offer, store_id=store_id)], ignore_conflicts=True)
    stock = lock_stock(offer.pk, store_id)
    stock.offer = offer
    return stock


def _shift(offer: Offer, store_id: int, quantity: int, kind: str, actor: User, note: str) -> GiftStock:
    stock = _stock(offer, store_id)
    if stock.quantity + quantity < 0:
        raise GiftRefused(_("Only %(left)s are in stock.") % {"left": stock.quantity}, fields={"quantity": True})
    _move(stock, quantity, kind, actor, note=note)
    record(actor, f"campaigns.gifts_{kind}", offer.campaign, store=store_id, gift=offer.pk, quantity=quantity)
    return stock


def _move(
    stock: GiftStock, quantity: int, kind: str, actor: User, *, handout: GiftHandout | None = None, note: str = ""
) -> None:
    GiftMove.objects.create(stock=stock, kind=kind, quantity=quantity, handout=handout, note=note, moved_by=actor)
    stock.quantity += quantity
    stock.save(update_fields=["quantity"])
