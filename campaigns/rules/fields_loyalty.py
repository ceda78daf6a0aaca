"""Fields of stars, points and coupons."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.rules.kinds import Choice, Day, Number
from campaigns.rules.registry import STANDING, Cost, Field, register
from campaigns.rules.sql import Clock, Sql
from kit.remembered import Remembered
from loyalty.models import CouponKind, Tier

_tiers: Remembered[list[Tier]] = Remembered(lambda: list(Tier.objects.order_by("scheme__valid_from", "rank")))
_kinds: Remembered[list[CouponKind]] = Remembered(lambda: list(CouponKind.objects.order_by("code")))
_ON = "({} AT TIME ZONE 'Asia/Shanghai')::date"
COUPONS = ("loyalty_coupon", "member_id", ("kind_id", "member_id", "state", "issued_at", "expires_at", "redeemed_at"))
day = Day()


def stars() -> Iterable[tuple[str, str]]:
    """Stars by rank; a later scheme's names replace an earlier one's."""
    return [(str(rank), label) for rank, label in sorted({tier.rank: tier.label for tier in _tiers.get()}.items())]


def coupon_kinds() -> Iterable[tuple[str, str]]:
    """Kinds of coupons to choose from."""
    return [(str(one.pk), one.label) for one in _kinds.get()]


def _holds(_test: str, value: Any, _clock: Clock) -> Sql:
    return Sql(
        "SELECT member_id FROM loyalty_coupon WHERE state = 'issued' AND kind_id = ANY(%s)",
        [[int(one) for one in value]],
    )


def _redeemed(test: str, value: Any, clock: Clock) -> Sql:
    on = day.condition(test, value, _ON.format("redeemed_at"), clock)
    return on.around("SELECT member_id FROM loyalty_coupon WHERE state = 'redeemed' AND ")


def _coupon_ends(test: str, value: Any, clock: Clock) -> Sql:
    on = day.condition(test, value, _ON.format("expires_at"), clock)
    return on.around("SELECT member_id FROM loyalty_coupon WHERE state = 'issued' AND ")


def _points_end(test: str, value: Any, clock: Clock) -> Sql:
    on = day.condition(test, value, _ON.format("l.expires_at"), clock)
    return on.around(
        "SELECT c.member_id FROM loyalty_pointslot l JOIN loyalty_account c ON c.id = l.account_id WHERE l.remaining > 0 AND "
    )


def _column(name: str, label: object, kind: Any, column: str) -> None:
    register(Field(name=name, label=label, group=STANDING, kind=kind, column=column))


def _set(name: str, label: object, kind: Any, members: Any, **more: Any) -> None:
    register(Field(name=name, label=label, group=STANDING, kind=kind, members=members, cost=Cost.SET, **more))


_column("loyalty.star", _("Star"), Choice(stars, numeric=True), "a.tier_rank")
_column("loyalty.star_until_on", _("Star held until"), day, "a.tier_until_on")
_column("loyalty.available", _("Points available"), Number(), "a.available")
_column("loyalty.earned_life", _("Points earned in total"), Number(), "a.earned_life")
_column("loyalty.debt", _("Points owed"), Number(), "a.debt")
_set("loyalty.points_end_on", _("Points that expire"), day, _points_end)
_set("loyalty.coupon_held", _("Holds a coupon"), Choice(coupon_kinds), _holds, sampled=(COUPONS,))
_set("loyalty.coupon_redeemed_on", _("Redeemed a coupon"), day, _redeemed, sampled=(COUPONS,))
_set("loyalty.coupon_ends_on", _("A coupon that ends"), day, _coupon_ends, sampled=(COUPONS,))
