"""What the offers of a plan would cost if they are used as expected: for who plans and who approves."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.models import Campaign, Offer
from kit.money import ZERO, format_yuan, to_fen
from loyalty.services.rules import current_rules


@dataclass(frozen=True)
class Reckoned:
    """An offer, and what it costs at the expected use; `points` are those it would give beyond the usual."""

    offer: Offer
    points: int
    cost: Decimal

    @property
    def words(self) -> str:
        """What the offer gives, in words."""
        return offer_words(self.offer)


def reckoned(campaign: Campaign) -> list[Reckoned]:
    """Each offer at its expected use. Points: yuan of sales × points per yuan × (times − 1), at what points are worth
    when they pay; coupons at their amount, or their rate on the minimum purchase; gifts at their cost."""
    programmes = current_rules().programmes
    return [_one(offer, programmes[-1] if programmes else None) for offer in campaign.offers.all()]


def offer_words(offer: Offer) -> str:
    """What an offer gives and what it asks for, in the language of the page."""
    if offer.kind == Offer.Kind.MULTIPLIER:
        given = _("%(times)s times the points") % {"times": f"{offer.times.normalize():f}"}
    elif offer.kind == Offer.Kind.GIFT:
        given = _("a gift")
    elif offer.amount is not None:
        given = _("%(amount)s off") % {"amount": format_yuan(offer.amount)}
    else:
        given = _("%(rate)s %% off") % {"rate": f"{(offer.rate * 100).normalize():f}"}
    if not offer.minimum_spend:
        return given
    return _("%(given)s from a purchase of %(amount)s") % {"given": given, "amount": format_yuan(offer.minimum_spend)}


def points_liability(campaign: Campaign) -> Decimal:
    """What the multipliers would owe members at the expected sales, in yuan."""
    return sum((one.cost for one in reckoned(campaign) if one.offer.kind == Offer.Kind.MULTIPLIER), ZERO)


def total(some: Iterable[Reckoned]) -> Decimal:
    return sum((one.cost for one in some), ZERO)


def _one(offer: Offer, programme: object) -> Reckoned:
    if offer.kind == Offer.Kind.MULTIPLIER:
        if programme is None:
            return Reckoned(offer, 0, ZERO)
        points = int(offer.expected * programme.points_per_yuan * (offer.times - 1))
        return Reckoned(offer, points, to_fen(Decimal(points) / programme.points_per_yuan_paid))
    if offer.kind == Offer.Kind.GIFT:
        return Reckoned(offer, 0, offer.expected * offer.unit_cost)
    each = offer.amount if offer.amount is not None else to_fen(offer.rate * offer.minimum_spend)
    return Reckoned(offer, 0, offer.expected * each)
