"""What to offer a member now: running campaigns that fit, gifts that wait, and what other parts suggest, ordered.

@offers_now.register_source("journeys")
def from_journeys(asked): yield Suggestion(order, title, reason)
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from campaigns.models import Campaign, GiftStock, Offer
from campaigns.selectors.effects import offer_words
from campaigns.selectors.entitlement import Entitlement
from kit.money import ZERO, format_yuan
from kit.remembered import Remembered
from members.models import Member
from sales.models import Receipt
from staff.access import OWN_STORES, stores_for
from staff.models import User
from stores.models import Store

SHOWN = 8
KNOWN = f"""
SELECT
  (SELECT array_agg(segment_id) FROM campaigns_segmentmember
   WHERE member_id = %(member)s AND segment_id = ANY(%(segments)s::bigint[]) AND is_in),
  (SELECT tier_rank FROM loyalty_account WHERE member_id = %(member)s),
  (SELECT json_agg(json_build_array(campaign_id, id, offer_id, handed_at)) FROM campaigns_gifthandout
   WHERE member_id = %(member)s AND state = 'handed' AND campaign_id = ANY(%(campaigns)s)),
  (SELECT json_agg(json_build_array(kind_id, number)) FROM loyalty_coupon
   WHERE member_id = %(member)s AND state = 'issued' AND kind_id = ANY(%(kinds)s::bigint[])),
  (SELECT array_agg(store_id) FROM ({OWN_STORES}) AS own)"""
KEPT = "_offers_now"


@dataclass(frozen=True)
class Running:
    """A running campaign as suggestions need it: where, for whom, what it offers."""

    campaign: Campaign
    stores: dict[int, Store]
    brands: tuple[str, ...]
    offers: tuple[Offer, ...]
    # Pieces by gift and store, some seconds old; handing out looks again.
    stock: dict[tuple[int, int], int]


@dataclass(frozen=True)
class Served:
    """A gift handed out today, which may still be taken back."""

    pk: int
    offer: Offer
    handed_at: datetime


@dataclass(frozen=True)
class Suggestion:
    """Something to offer, the lower `order` first: what, why it fits, until when; `gift` may be handed out here."""

    order: int
    title: str
    reason: str
    url: str = ""
    until: date | None = None
    kind: str = ""
    gift: Offer | None = None
    stores: tuple[Store, ...] = ()


def _load() -> list[Running]:
    today = timezone.localdate()
    rows = Campaign.objects.filter(state=Campaign.State.RUNNING, from_on__lte=today, until_on__gte=today)
    pieces: dict[int, dict[tuple[int, int], int]] = {}
    stocks = GiftStock.objects.filter(offer__campaign__in=rows, quantity__gt=0)
    for campaign, offer, store, quantity in stocks.values_list("offer__campaign", "offer", "store", "quantity"):
        pieces.setdefault(campaign, {})[offer, store] = quantity
    found = []
    for one in rows.prefetch_related("stores", "brands", "offers").order_by("until_on", "pk")[:60]:
        offers = tuple(one.offers.all())
        for offer in offers:
            offer.campaign = one
        brands = tuple(brand.label for brand in one.brands.all())
        stores = {store.pk: store for store in one.stores.all() if store.is_active}
        found.append(Running(one, stores, brands, offers, pieces.get(one.pk, {})))
    return found


running = Remembered(_load)


@dataclass(frozen=True)
class Known:
    """Segments the member belongs to, the rank of the star, gifts in hand by campaign, coupons in hand by kind; the
    colleague's own stores."""

    segments: frozenset[int]
    rank: int
    handed: dict[int, tuple[int, int, datetime]]
    coupons: dict[int, str]
    stores: frozenset[int]


class Asked:
    """One member and one colleague: everything the sources read, each once."""

    def __init__(self, user: User, member: Member) -> None:
        self.user, self.member = user, member

    @cached_property
    def here(self) -> list[Running]:
        """The running campaigns of the colleague's stores."""
        return [one for one in running.get() if self._everywhere or self._known.stores & set(one.stores)]

    @cached_property
    def _everywhere(self) -> bool:
        return self.user.all_stores or self.user.is_administrator

    def desks(self, one: Running) -> tuple[Store, ...]:
        """The stores of a campaign in which the colleague works."""
        return tuple(store for pk, store in one.stores.items() if self._everywhere or pk in self._known.stores)

    @cached_property
    def _known(self) -> Known:
        """What is known of the member and the colleague for all running campaigns: one statement."""
        found = running.get()
        offers = [offer for one in found for offer in one.offers]
        given = {
            "user": self.user.pk,
            "member": self.member.pk,
            "segments": [one.campaign.segment_id for one in found if one.campaign.segment_id],
            "campaigns": [one.campaign.pk for one in found],
            "kinds": [offer.coupon_kind_id for offer in offers if offer.coupon_kind_id],
        }
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, given)
            segments, rank, gifts, coupons, stores = cursor.fetchone()
        handed = {one[0]: (one[1], one[2], datetime.fromisoformat(one[3])) for one in gifts or ()}
        return Known(frozenset(segments or ()), rank or 0, handed, dict(coupons or ()), frozenset(stores or ()))

    @property
    def segments(self) -> frozenset[int]:
        """Which of the segments of running campaigns the member belongs to."""
        return self._known.segments if self.here else frozenset()

    @cached_property
    def fitting(self) -> list[Running]:
        """Those of the campaigns that are for this member."""
        return [one for one in self.here if one.campaign.segment_id is None or one.campaign.segment_id in self.segments]

    @property
    def rank(self) -> int:
        """The rank of the star held."""
        return self._known.rank

    @property
    def handed(self) -> dict[int, tuple[int, int, datetime]]:
        """Gifts of these campaigns the member has: by campaign the hand-out, the gift and when."""
        return self._known.handed

    @property
    def coupons(self) -> dict[int, str]:
        """Numbers of coupons of these campaigns in the member's hand, by kind."""
        return self._known.coupons

    @cached_property
    def bought(self) -> dict[int, Decimal]:
        """What the member bought in the days and stores of each campaign, in one statement."""
        first = min((one.campaign.from_on for one in self.fitting), default=timezone.localdate())
        rows = Receipt.objects.filter(member_id=self.member.pk, sold_on__gte=first)
        slips = list(rows.values_list("store_id", "sold_on", "net_amount")[:500])
        return {
            one.campaign.pk: sum(
                (net for store, on, net in slips if store in one.stores and one.campaign.from_on <= on), ZERO
            )
            for one in self.fitting
        }

    def entitlement(self, offer: Offer) -> Entitlement:
        """Whether the member may have a gift, from what is read already."""
        handed = self.handed.get(offer.campaign_id)
        return Entitlement(
            offer=offer,
            is_chosen=True,
            has_star=not offer.minimum_rank or self.rank >= offer.minimum_rank,
            bought=self.bought[offer.campaign_id] if offer.minimum_spend else ZERO,
            had_on=timezone.localdate(handed[2]) if handed else None,
        )


Source = Callable[[Asked], Iterable[Suggestion]]
_sources: dict[str, Source] = {}


def register_source(name: str) -> Callable[[Source], Source]:
    """Decorator: who else suggests something (journeys, service packages). At most two statements of its own."""

    def decorate(source: Source) -> Source:
        _sources[name] = source
        return source

    return decorate


def asked_of(request: object, member: Member) -> Asked:
    """What was read for this member in this request."""
    kept = getattr(request, KEPT, None)
    if kept is None or kept.member.pk != member.pk:
        kept = Asked(request.user, member)
        setattr(request, KEPT, kept)
    return kept


def suggestions(asked: Asked, limit: int = SHOWN) -> list[Suggestion]:
    """What to offer, the best first: a gift that waits, a coupon in hand, a gift that is near, points multiplied."""
    found = [one for name in sorted(_sources) for one in _sources[name](asked)]
    return sorted(found, key=lambda one: (one.order, one.until or date.max, one.title))[:limit]


def offers_for(request: object, member: Member, limit: int = 4) -> list[Suggestion]:
    """The first suggestions for pages of the floor above; none for who may not see offers."""
    if not request.user.has_perm("campaigns.view_offers"):
        return []
    return suggestions(asked_of(request, member), limit)


def served_today(asked: Asked) -> list[Served]:
    """Gifts handed to the member today, which may still be taken back."""
    if not asked.here:
        return []
    today = timezone.localdate()
    offers = {offer.pk: offer for one in asked.here for offer in one.offers}
    return [
        Served(pk, offers[offer], at)
        for pk, offer, at in asked.handed.values()
        if offer in offers and timezone.localdate(at) == today
    ]


@register_source("campaigns")
def from_campaigns(asked: Asked) -> Iterator[Suggestion]:
    """Each offer of the running campaigns that are for this member."""
    for one in asked.fitting:
        for offer in one.offers:
            match offer.kind:
                case Offer.Kind.GIFT:
                    yield from _gift(asked, one, offer)
                case Offer.Kind.MULTIPLIER if not offer.minimum_rank or asked.rank >= offer.minimum_rank:
                    yield _said(40, one, offer, _where(one))
                case Offer.Kind.COUPON | Offer.Kind.DISCOUNT if offer.coupon_kind_id in asked.coupons:
                    yield _said(20, one, offer, _("has the coupon %(number)s in hand") % {
                        "number": asked.coupons[offer.coupon_kind_id]
                    })  # fmt: skip
        if not one.offers:
            yield Suggestion(60, one.campaign.label, _for_whom(one), until=one.campaign.until_on, kind="campaign")


def _gift(asked: Asked, one: Running, offer: Offer) -> Iterator[Suggestion]:
    right = asked.entitlement(offer)
    if right.had_on or not right.has_star:
        return
    desks = tuple(store for store in asked.desks(one) if one.stock.get((offer.pk, store.pk)))
    if not desks:
        return
    if right.missing:
        said = _("%(amount)s of purchases are still missing") % {"amount": format_yuan(right.missing)}
        yield _said(30, one, offer, said)
        return
    if offer.minimum_spend:
        reason = _("has bought for %(amount)s since %(day)s") % {
            "amount": format_yuan(right.bought), "day": f"{one.campaign.from_on:%m-%d}",
        }  # fmt: skip
    else:
        reason = _for_whom(one)
    yield _said(10, one, offer, reason, gift=offer, stores=desks)


def _said(order: int, one: Running, offer: Offer, reason: str, **more: object) -> Suggestion:
    words = offer.label if offer.kind == Offer.Kind.GIFT else f"{offer.label} · {offer_words(offer)}"
    reason = f"{one.campaign.label} · {reason}"
    return Suggestion(order, words, reason, until=one.campaign.until_on, kind=offer.kind, **more)


def _for_whom(one: Running) -> str:
    return _("for a segment the member belongs to") if one.campaign.segment_id else _("for everybody")


def _where(one: Running) -> str:
    if one.brands:
        return _("at %(brands)s") % {"brands": "、".join(one.brands[:3])}
    return _for_whom(one)


def gifts_left(user: User) -> list[tuple[Running, Offer, int]]:
    """Gifts that can be handed out in the colleague's stores today, with what is left there (some seconds old)."""
    gifts = [(one, offer) for one in running.get() for offer in one.offers if offer.kind == Offer.Kind.GIFT]
    if not gifts:
        return []
    mine = set(stores_for(user).values_list("pk", flat=True))
    return [
        (one, offer, sum(one.stock.get((offer.pk, store), 0) for store in mine))
        for one, offer in gifts
        if mine & set(one.stores)
    ]
