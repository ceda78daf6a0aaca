"""The costs campaigns know themselves: gifts handed out, coupons redeemed, points at their worth, hours, entries by hand."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import BudgetLine, Campaign, GiftHandout, Offer, Send
from campaigns.selectors.costs import Deed, register
from kit.money import to_fen
from loyalty.selectors.offers import CouponSums, coupon_sums, worth_of_points

Kind = BudgetLine.Kind


@dataclass(frozen=True)
class Read:
    """What lies in other tables of one campaign: gifts by offer, coupons by kind, the sends that cost something."""

    handed: list[dict[str, Any]]
    coupons: dict[int, CouponSums]
    sends: list[tuple[int, str, Any]]


def read_together(campaigns: Sequence[Campaign]) -> None:
    """Read it for several campaigns, in at most three statements whatever their number."""
    own = [one.pk for one in campaigns]
    kinds = {one.pk: [o.coupon_kind_id for o in one.offers.all() if o.coupon_kind_id] for one in campaigns}
    handed, sends = defaultdict(list), defaultdict(list)
    if any(offer.kind == Offer.Kind.GIFT for one in campaigns for offer in one.offers.all()):
        rows = GiftHandout.objects.filter(campaign__in=own, state=GiftHandout.State.HANDED).order_by("offer__name")
        named = rows.values("campaign_id", "offer__name", "offer__name_en")
        for row in named.annotate(pieces=Count("pk"), cost=Sum("unit_cost")):
            handed[row["campaign_id"]].append(row)
    wanted = {kind for found in kinds.values() for kind in found}
    coupons = coupon_sums(wanted) if wanted else {}
    paid = Send.objects.filter(campaign__in=own, spent__gt=0).order_by("pk")
    for campaign_id, *row in paid.values_list("campaign_id", "pk", "name", "spent"):
        sends[campaign_id].append(tuple(row))
    for one in campaigns:
        used = {kind: coupons[kind] for kind in kinds[one.pk] if kind in coupons}
        one.costs_read = Read(handed[one.pk], used, sends[one.pk])


def _read(campaign: Campaign) -> Read:
    if not hasattr(campaign, "costs_read"):
        read_together([campaign])
    return campaign.costs_read


@register(Kind.GIFTS, name="handouts")
def gifts_handed_out(campaign: Campaign) -> Iterator[Deed]:
    """Pieces in members' hands at the cost they had."""
    url = reverse("campaigns:handout_list", args=[campaign.pk])
    for row in _read(campaign).handed:
        named = Offer(name=row["offer__name"], name_en=row["offer__name_en"])
        yield Deed(_("%(gift)s × %(pieces)s") % {"gift": named.label, "pieces": f"{row['pieces']:,}"}, row["cost"], url)


@register(Kind.DISCOUNTS, name="coupons")
def coupons_redeemed(campaign: Campaign) -> Iterator[Deed]:
    """What coupons took off at the till and nobody brought back."""
    offers = {offer.coupon_kind_id: offer for offer in campaign.offers.all() if offer.coupon_kind_id}
    for kind_id, sums in sorted(_read(campaign).coupons.items()):
        said = _("%(coupon)s: %(redeemed)s of %(issued)s used") % {
            "coupon": offers[kind_id].label, "redeemed": f"{sums.redeemed:,}", "issued": f"{sums.issued:,}",
        }  # fmt: skip
        yield Deed(said, sums.amount)


@register(Kind.POINTS, name="multipliers")
def points_given(campaign: Campaign) -> Iterator[Deed]:
    """Points beyond the usual, at what they owe the members."""
    offers = [offer for offer in campaign.offers.all() if offer.points_given]
    for offer in offers:
        said = _("%(offer)s: %(points)s points") % {"offer": offer.label, "points": f"{offer.points_given:,}"}
        yield Deed(said, worth_of_points(offer.points_given))


@register(Kind.MESSAGES, name="sends")
def messages_sent(campaign: Campaign) -> Iterator[Deed]:
    """What its sends have cost so far, by what was handed over."""
    for pk, name, spent in _read(campaign).sends:
        yield Deed(name, to_fen(spent), reverse("campaigns:send_detail", args=[pk]))


@register(Kind.STAFF, name="hours")
def hours_worked(campaign: Campaign) -> Iterator[Deed]:
    for row in campaign.hours.all():
        if row.actual:
            said = _("%(work)s: %(hours)s h × ¥%(cost)s")
            words = {"work": row.what, "hours": row.actual, "cost": row.hourly_cost}
            yield Deed(said % words, (row.actual * row.hourly_cost).quantize(row.hourly_cost))


def _entered(kind: str, campaign: Campaign) -> Iterator[Deed]:
    if not hasattr(campaign, "entered_costs"):
        # One read for all kinds.
        campaign.entered_costs = list(campaign.costs.all())
    for entry in campaign.entered_costs:
        if entry.kind == kind:
            url = reverse("campaigns:cost_file", args=[entry.pk]) if entry.file else ""
            label = f"{entry.what} {entry.document}".strip()
            yield Deed(label, entry.amount, url, entry.paid_on)


for _kind in Kind:
    register(_kind, name="entries")(lambda campaign, kind=_kind.value: _entered(kind, campaign))
