"""The demo's loyalty programme: points, stars, earning rules, rewards, coupons, milestones."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from crm_site.demo.places import Places
from loyalty.models import CouponKind, EarningRule, Milestone, Programme, Reward, Tier, TierScheme
from sales.services.drafts import BUSINESS_ZONE

BEGIN = datetime(2023, 1, 1, tzinfo=BUSINESS_ZONE)


def build_programme(places: Places, today: date) -> None:
    """Rules in force since before the first demo receipt."""
    begin = BEGIN
    Programme.objects.create(
        valid_from=begin,
        name="中庭会员积分 2023 版",
        points_per_yuan=1,
        pending_days=0,
        expiry=Programme.Expiry.END_OF_NEXT_YEAR,
        claw_back=Programme.ClawBack.UNLIMITED,
        tier_on_return=Programme.TierReturn.NEXT_REVIEW,
        points_per_yuan_paid=100,
    )
    _stars(begin)
    _rules(places, begin, today)
    _rewards(places, today)


def _stars(begin: datetime) -> None:
    scheme = TierScheme.objects.create(valid_from=begin, name="星级会员 2023 版", window_days=365)
    Tier.objects.bulk_create(
        [
            Tier(
                scheme=scheme,
                rank=0,
                stars=3,
                name="三星会员",
                name_en="Three stars",
                parking_hours=1,
                birthday_gift="生日小礼品",
                birthday_gift_en="Birthday present",
                service_line="0532-8099 0003",
            ),
            Tier(
                scheme=scheme,
                rank=1,
                stars=4,
                name="四星会员",
                name_en="Four stars",
                reach_at=Decimal(10_000),
                keep_at=Decimal(8_000),
                discount=Decimal("0.03"),
                points_multiplier=Decimal("1.2"),
                parking_hours=3,
                birthday_gift="生日蛋糕券",
                birthday_gift_en="Birthday cake voucher",
                service_line="0532-8099 0004",
            ),
            Tier(
                scheme=scheme,
                rank=2,
                stars=5,
                name="五星会员",
                name_en="Five stars",
                reach_at=Decimal(50_000),
                keep_at=Decimal(40_000),
                discount=Decimal("0.05"),
                points_multiplier=Decimal("1.5"),
                parking_hours=6,
                birthday_gift="生日礼盒",
                birthday_gift_en="Birthday gift box",
                service_line="0532-8099 0005",
            ),
        ]
    )


def _rules(places: Places, begin: datetime, today: date) -> None:
    def goods(*codes: str) -> list[int]:
        return [places.categories[code].pk for code in codes]

    last_month = datetime.combine(today, time(), BUSINESS_ZONE) - timedelta(days=30)
    kinds = EarningRule.Kind
    rows = [
        EarningRule(kind=kinds.EXCLUDE, name="烟草不积分", name_en="No points on tobacco", categories=goods("tobacco")),
        EarningRule(
            kind=kinds.EXCLUDE, name="投资金条不积分", name_en="No points on gold bars", categories=goods("goldbar")
        ),
        EarningRule(
            kind=kinds.EXCLUDE, name="礼品卡支付不积分", name_en="No points on gift cards", tenders=["gift_card"]
        ),
        EarningRule(
            kind=kinds.MULTIPLY,
            name="生日双倍积分",
            name_en="Double points around the birthday",
            value=2,
            group="birthday",
            birthday_window_days=3,
        ),
        EarningRule(
            kind=kinds.MULTIPLY,
            name="周三餐饮双倍",
            name_en="Double points in cafés on Wednesdays",
            value=2,
            weekdays=[3],
            categories=goods("cafe"),
        ),
        EarningRule(
            kind=kinds.MULTIPLY,
            name="之春品牌 1.5 倍",
            name_en="Zhichun 1.5 times",
            value=Decimal("1.5"),
            brands=[places.brands["ladies"][0].pk],
            group="brand",
            minimum_spend=Decimal(500),
        ),
        EarningRule(
            kind=kinds.MULTIPLY,
            name="美妆季双倍积分",
            name_en="Double points on cosmetics",
            value=2,
            categories=goods("beauty", "fragrance"),
            valid_from=last_month,
            cap_per_line=5000,
        ),
    ]
    for row in rows:
        row.valid_from = row.valid_from or begin
    EarningRule.objects.bulk_create(rows)


def _rewards(places: Places, today: date) -> None:
    since = date(today.year, 1, 1)
    Reward.objects.bulk_create(
        [
            Reward(
                code=code,
                name=name,
                name_en=name_en,
                points=points,
                cost=cost,
                stock=stock,
                minimum_rank=rank,
                per_member=per_member,
                valid_from=since,
            )
            for code, name, name_en, points, cost, stock, rank, per_member in (
                ("R001", "中庭环保购物袋", "Atrium shopping bag", 500, 6, 400, 0, 2),
                ("R002", "停车券 2 小时", "Parking, 2 hours", 800, 10, 1000, 0, None),
                ("R003", "潮声咖啡拿铁一杯", "A latte at Tidal Coffee", 1500, 14, 300, 0, None),
                ("R004", "崂山绿茶 100 克", "Laoshan green tea, 100 g", 4800, 48, 120, 0, 2),
                ("R005", "保温杯", "Thermos flask", 6800, 65, 80, 0, 1),
                ("R006", "四星专享面部护理", "Facial for four stars", 12000, 120, 40, 1, 1),
                ("R007", "长绒棉毛巾礼盒", "Cotton towel gift box", 9800, 88, 60, 0, 2),
                ("R008", "五星下午茶双人券", "Afternoon tea for two", 18000, 168, 30, 2, 2),
            )
        ]
    )
    CouponKind.objects.bulk_create(
        [
            CouponKind(code="C100", name="满 1000 减 100", name_en="100 off 1,000", amount=100, minimum_spend=1000),
            CouponKind(code="C020", name="满 200 减 20", name_en="20 off 200", amount=20, minimum_spend=200),
            CouponKind(
                code="BDAY", name="生日 9 折券", name_en="10% off for the birthday", rate=Decimal("0.10"), valid_days=30
            ),
            CouponKind(
                code="ZC85",
                name="之春新品 8.5 折",
                name_en="Zhichun 15% off",
                rate=Decimal("0.15"),
                valid_days=20,
                brand=places.brands["ladies"][0],
                minimum_spend=1000,
            ),
        ]
    )
    Milestone.objects.bulk_create(
        [
            Milestone(
                name="累计 10 万积分",
                name_en="100,000 points",
                period=Milestone.Period.LIFE,
                points=100_000,
                gift="海滨双人两日游",
                gift_en="Two days at the sea for two",
            ),
            Milestone(
                name="年度 3 万积分",
                name_en="30,000 points in a year",
                period=Milestone.Period.YEAR,
                points=30_000,
                gift="年度感谢礼盒",
                gift_en="Thank-you gift box",
            ),
        ]
    )
