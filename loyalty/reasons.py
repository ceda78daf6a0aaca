"""Why a member may be here: points and coupons that lapse, a gift that waits, a star about to be lost."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.panels import VIEW, known_of
from members.models import Member
from members.selectors import reasons


@reasons.register(
    "loyalty.gift_waits",
    label=gettext_lazy("A gift waits to be handed out"),
    icon="gift",
    look="gold",
    position=35,
    days=365,
    permission=VIEW,
)
def gift_waits(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Milestones reached whose gift nobody has handed out."""
    today = timezone.localdate()
    for award in known_of(request, member).gifts.awards:
        reached = timezone.localdate(award.awarded_at)
        if award.handed_at is None and (today - reached).days <= days:
            said = _("Gift waiting: %(gift)s") % {"gift": award.milestone.gift_label}
            yield said, reverse("loyalty:account_detail", args=[member.pk]), reached


@reasons.register(
    "loyalty.coupon_lapses",
    label=gettext_lazy("A coupon lapses"),
    icon="ticket",
    look="gold",
    position=40,
    days=14,
    permission=VIEW,
)
def coupon_lapses(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Coupons in hand that end soon."""
    today = timezone.localdate()
    for coupon in known_of(request, member).gifts.coupons:
        last_on = timezone.localdate(coupon.expires_at)
        if (last_on - today).days <= days:
            said = _("%(coupon)s until %(day)s") % {"coupon": coupon.kind.label, "day": f"{last_on:%Y-%m-%d}"}
            yield said, reverse("loyalty:coupon_detail", args=[coupon.pk]), last_on


@reasons.register(
    "loyalty.star_at_risk",
    label=gettext_lazy("The star is about to be lost"),
    icon="star",
    look="gold",
    position=50,
    days=45,
    permission=VIEW,
)
def star_at_risk(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Something is missing to keep the star, and the review is near."""
    standing = known_of(request, member).standing
    if standing and (keep := standing.keep) and keep.missing and (keep.last_on - timezone.localdate()).days <= days:
        said = _("%(missing)s missing to keep %(star)s, by %(day)s") % {
            "missing": keep.missing_text,
            "star": standing.tier.label,
            "day": f"{keep.last_on:%Y-%m-%d}",
        }
        yield said, reverse("loyalty:account_detail", args=[member.pk]), keep.last_on


@reasons.register(
    "loyalty.points_lapse",
    label=gettext_lazy("Points lapse"),
    icon="coins",
    look="gold",
    position=60,
    days=40,
    permission=VIEW,
)
def points_lapse(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """The next points to lapse, when that is near."""
    points = known_of(request, member).points
    soon = points.next if points else None
    if soon and soon.points and (soon.last_on - timezone.localdate()).days <= days:
        said = _("%(points)s points lapse after %(day)s") % {
            "points": f"{soon.points:,}",
            "day": f"{soon.last_on:%Y-%m-%d}",
        }
        yield said, reverse("loyalty:account_detail", args=[member.pk]), soon.last_on
