"""What a member holds: points by day of expiry, coupons, gifts taken, milestones reached."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import F, OuterRef, Sum
from django.utils import timezone

from kit.together import revived, rows_of
from loyalty.models import Account, Coupon, MilestoneAward, PointsLot, Redemption
from members.models import Member


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that lapse together; ``expires_at`` None never lapses."""

    expires_at: datetime | None
    points: int

    @property
    def last_on(self) -> date | None:
        """The last day on which they may be used."""
        return timezone.localtime(self.expires_at - timedelta(seconds=1)).date() if self.expires_at else None


@dataclass(frozen=True, slots=True)
class Points:
    """The balances of an account as they may be used now, with the whole schedule of expiry."""

    account: Account
    available: int
    schedule: list[Expiring]

    @property
    def next(self) -> Expiring | None:
        return next((one for one in self.schedule if one.expires_at), None)


def points_of(account: Account) -> Points:
    """Balances and schedule in one query; what has lapsed but is not yet booked as expired no longer counts."""
    now = timezone.now()
    rows = (
        # "remaining > 0" says nothing new, but names the index of open lots.
        PointsLot.objects.filter(account=account, remaining__gt=0, is_pending=False)
        .filter(remaining__gt=F("earmarked"))
        .values_list("expires_at")
        .annotate(points=Sum(F("remaining") - F("earmarked")))
        .order_by(F("expires_at").asc(nulls_last=True))
    )
    schedule = [Expiring(expires_at, int(points)) for expires_at, points in rows]
    alive = [one for one in schedule if one.expires_at is None or one.expires_at > now]
    lapsed = sum(one.points for one in schedule) - sum(one.points for one in alive)
    return Points(account, account.available - lapsed, alive)


COLUMNS = [field.attname for field in Account._meta.concrete_fields]
HOLDS = f"""
SELECT {", ".join(f'a."{name}"' for name in COLUMNS)},
    EXISTS (SELECT 1 FROM loyalty_coupon c WHERE c.member_id = m.id AND c.state = 'issued' AND c.expires_at > %s)
    OR EXISTS (SELECT 1 FROM loyalty_redemption r WHERE r.account_id = a.id)
    OR EXISTS (SELECT 1 FROM loyalty_milestoneaward w WHERE w.account_id = a.id)
FROM (SELECT %s::bigint AS id) m LEFT JOIN loyalty_account a ON a.member_id = m.id"""


@dataclass(frozen=True, slots=True)
class Holds:
    """A member's account, and whether there is anything else to read: one query instead of two for most."""

    account: Account | None
    gifts: bool


def holds_of(member: Member) -> Holds:
    """The account, and whether there are coupons, gifts taken or milestones at all."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDS, [timezone.now(), member.pk])
        *values, gifts = cursor.fetchone()
    account = Account.from_db(connection.alias, COLUMNS, values) if values[0] is not None else None
    return Holds(account, gifts)


def account_of(member: Member) -> Account | None:
    """The member's account, if points ever moved."""
    return Account.objects.filter(member=member).first()


def valid_coupons(member: Member, limit: int = 20) -> list[Coupon]:
    """Coupons the member may use now, what ends first going first."""
    coupons = Coupon.objects.filter(member=member, state=Coupon.State.ISSUED, expires_at__gt=timezone.now())
    return list(coupons.select_related("kind", "kind__brand").order_by("expires_at")[:limit])


@dataclass(frozen=True, slots=True)
class Gifts:
    """Coupons in hand with what ends first going first, the last gifts taken, milestones reached with those to hand
    out going first."""

    coupons: list[Coupon]
    redemptions: list[Redemption]
    awards: list[MilestoneAward]


GIFTS = {"coupons": 6, "redemptions": 3, "awards": 10}
NAMES = ("name", "name_en")


def gifts_of(member: Member, account: Account | None) -> Gifts:
    """What the member holds and took, in one statement."""
    now = timezone.now()
    coupons = Coupon.objects.filter(member=OuterRef("pk"), state=Coupon.State.ISSUED, expires_at__gt=now)
    redemptions = Redemption.objects.filter(account=account)
    awards = MilestoneAward.objects.filter(account=account)
    row = (
        Member.objects.filter(pk=member.pk)
        .values(
            coupon_rows=rows_of(coupons.order_by("expires_at", "pk")[: GIFTS["coupons"]], kind=NAMES),
            redemption_rows=rows_of(redemptions.order_by("-created_at")[: GIFTS["redemptions"]], reward=NAMES),
            award_rows=rows_of(
                awards.order_by(F("handed_at").desc(nulls_first=True), "-awarded_at")[: GIFTS["awards"]],
                milestone=(*NAMES, "gift", "gift_en"),
            ),
        )
        .get()
    )
    return Gifts(
        revived(Coupon, row["coupon_rows"]),
        revived(Redemption, row["redemption_rows"]),
        revived(MilestoneAward, row["award_rows"]),
    )
