"""Campaigns of the demo: last year's Mid-Autumn closed with its lessons, the anniversary running, a brand's in approval,
next year's Mid-Autumn as a plan beside what the last one came to; a survey that is closed and one that is open."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from campaigns.models import Campaign, Segment, Survey
from campaigns.selectors.entitlement import entitlement_of
from campaigns.services import projects as services
from campaigns.services.cloning import clone_campaign
from campaigns.services.cost_entries import enter_cost
from campaigns.services.gifts import deliver_gifts, hand_out_gift
from campaigns.services.issuing import issue_campaign
from campaigns.services.plan_rows import PlanRows, WorkRows
from campaigns.services.points_cost import count_points
from campaigns.services.projects import CampaignFacts
from campaigns.services.survey_answers import answer_survey
from campaigns.services.surveys import QuestionFacts, SurveyFacts, close_survey, make_survey, open_survey
from kit.calendars import to_solar
from members.models import Member
from sales.models import Receipt
from staff.models import User
from stores.models import Brand, Store

LESSONS: Final = (
    "礼品改为自选后,前台排队少了一半,明年继续。\n短信发得太早,活动前三天发最合适。\n"
    "月饼礼盒多备了 40 份,明年按上年实际加一成即可。"
)
BUDGET: Final = (
    ("media", "公众号与电梯海报", "12000"), ("messages", "短信", "6500"), ("gifts", "礼品", "18000"),
    ("decoration", "中庭美陈", "15000"), ("staff", "加班", "4800"), ("discounts", "优惠券", "20000"), ("points", "多倍积分", "9000"),
)  # fmt: skip
SPENT: Final = (
    ("media", "公众号推文三篇", "7200", "FP2025-0911"), ("media", "电梯海报制作", "3980", "FP2025-0917"),
    ("messages", "短信 58,120 条", "3196.60", "FP2025-0930"), ("gifts", "月饼礼盒 360 份", "16920", "HT2025-0882"),
    ("decoration", "中庭灯笼与花艺", "16300", "HT2025-0871"), ("staff", "加班费", "4320", "GZ2025-10"),
    ("discounts", "优惠券核销", "17850", "JS2025-10"), ("points", "多倍积分", "7460", "JS2025-10"),
)  # fmt: skip
GIFT: Final = {
    "kind": "gift", "name": "定制保温杯", "name_en": "Flask", "unit_cost": Decimal("28.00"), "expected": 300,
    "minimum_spend": Decimal("300.00"),
}  # fmt: skip
DOUBLE: Final = {
    "kind": "multiplier",
    "name": "双倍积分",
    "name_en": "Double points",
    "times": Decimal(2),
    "expected": 400_000,
}
COUPON: Final = {
    "kind": "coupon", "name": "满 500 减 50", "name_en": "¥50 off from ¥500", "amount": Decimal("50.00"),
    "minimum_spend": Decimal("500.00"), "expected": 260,
}  # fmt: skip
QUESTIONS: Final = (
    QuestionFacts("single", "您从哪里知道本次活动？", "How did you hear of it?", (
        ("短信", "SMS"), ("公众号", "WeChat"), ("导购", "A sales associate"), ("路过", "Walked by"),
    )),
    QuestionFacts("multiple", "您参加了哪些优惠？", "Which offers did you use?", (
        ("双倍积分", "Double points"), ("优惠券", "Coupon"), ("礼品", "Gift"),
    ), is_required=False),
    QuestionFacts("scale", "您愿意向朋友推荐我们吗？", "Would you recommend us to a friend?"),
    QuestionFacts("text", "我们还能做好什么？", "What could we do better?", is_required=False),
)  # fmt: skip
WORDS: Final = ("停车缴费排队太久", "礼品很实用", "希望美妆也有双倍积分", "导购很热情", "电梯指示不清楚", "")


def build_campaigns(people: dict[str, User], today: date) -> None:
    """Through the services the marketers use; what lies in the past is dated back."""
    rng = random.Random(20261008)  # noqa: S311 - the fixed seed is the point
    stores = list(Store.objects.filter(kind=Store.Kind.STORE).order_by("code"))
    best = Segment.objects.filter(name="高价值会员").first() or Segment.objects.order_by("pk").first()
    mid_autumn = _mid_autumn(people, stores, best, today)
    clone_campaign(
        campaign_id=mid_autumn.pk, from_on=_festival(today.year + 1) - timedelta(days=6), actor=people["marketer"]
    )
    anniversary = _anniversary(people, stores, best, today)
    _gifts(anniversary, people, rng)
    _brand(people, stores, today)
    _surveys(people, anniversary, rng)


def _festival(year: int) -> date:
    """Mid-Autumn: the fifteenth of the eighth lunar month."""
    return to_solar(year, 8, 15)


def _rows(*offers: dict[str, Any], shares: tuple[dict[str, Any], ...] = (), part: int = 1) -> PlanRows:
    budget = [{"kind": kind, "what": what, "planned": Decimal(sum_) / part} for kind, what, sum_ in BUDGET]
    return PlanRows(offers=[dict(one) for one in offers], budget=budget, shares=shares)


def _mid_autumn(people: dict[str, User], stores: list[Store], segment: Segment | None, today: date) -> Campaign:
    year = today.year if _festival(today.year) < today - timedelta(days=30) else today.year - 1
    first = _festival(year) - timedelta(days=6)
    facts = CampaignFacts(
        name="中秋会员答谢", name_en="Mid-Autumn for members", from_on=first, until_on=first + timedelta(days=9),
        stores=stores, segment=segment, objective="让老会员在节前回店一次,带动礼品与食品。", target_sales=Decimal(1_200_000),
        target_visits=5200, target_members=240, target_response=Decimal("0.1800"),
    )  # fmt: skip
    campaign = services.plan_campaign(
        facts=facts, rows=_rows({**GIFT, "name": "月饼礼盒", "name_en": "Mooncakes"}, DOUBLE), actor=people["marketer"]
    )
    for row in campaign.budget.all():
        row.approved = row.planned
        row.save(update_fields=["approved"])
    _work(campaign, people, first)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.ENDED, approved_at=timezone.now())
    for kind, what, amount, document in SPENT:
        enter_cost(
            campaign_id=campaign.pk, kind=kind, what=what, amount=Decimal(amount), paid_on=first, document=document,
            actor=people["marketer"],
        )  # fmt: skip
    return services.close_campaign(campaign_id=campaign.pk, lessons=LESSONS, rating=4, actor=people["marketer"])


def _work(campaign: Campaign, people: dict[str, User], first: date) -> None:
    tasks = (
        ("确定礼品与供应商", "marketer", -30),
        ("中庭美陈进场", "manager", -3),
        ("前台培训发放流程", "clerk", -1),
        ("活动总结", "marketer", 14),
    )
    services.change_work(
        campaign_id=campaign.pk,
        rows=WorkRows(
            tasks=[{"what": what, "person": people[who], "due_on": first + timedelta(days=days)} for what, who, days in tasks],
            hours=[{"what": "布展与发放", "planned": Decimal(120), "actual": Decimal(108), "hourly_cost": Decimal(0)}],
            resources=[
                {"kind": "place", "what": "一楼中庭", "quantity": "10 天", "is_ready": True},
                {"kind": "material", "what": "展架与立牌", "quantity": "24 套", "is_ready": True},
            ],
        ),
        actor=people["marketer"],
    )  # fmt: skip


def _anniversary(people: dict[str, User], stores: list[Store], segment: Segment | None, today: date) -> Campaign:
    first = today - timedelta(days=4)
    facts = CampaignFacts(
        name="店庆会员周", name_en="Anniversary week", from_on=first, until_on=first + timedelta(days=13), stores=stores,
        segment=segment, objective="高价值会员到店率提高三成,礼品在前台发放。", target_sales=Decimal(1_500_000),
        target_members=180, target_response=Decimal("0.2500"),
    )  # fmt: skip
    campaign = services.plan_campaign(facts=facts, rows=_rows(GIFT, DOUBLE, COUPON), actor=people["marketer"])
    _work(campaign, people, first)
    services.approve_campaign(campaign_id=campaign.pk, actor=people["manager"])
    issue_campaign(campaign_id=campaign.pk)
    enter_cost(
        campaign_id=campaign.pk, kind="decoration", what="门头与中庭气球", amount=Decimal(9600), paid_on=first,
        document="HT2026-1120", actor=people["marketer"],
    )  # fmt: skip
    campaign.refresh_from_db()
    count_points(campaign)
    return campaign


def _gifts(campaign: Campaign, people: dict[str, User], rng: random.Random) -> None:
    gift = campaign.offers.get(kind="gift")
    gift.campaign = campaign
    for store in campaign.stores.order_by("code"):
        deliver_gifts(offer_id=gift.pk, store_id=store.pk, quantity=80, note="首批到货", actor=people["marketer"])
    store = people["clerk"].stores.get()
    came = Receipt.objects.filter(store=store, sold_on__gte=campaign.from_on, member__isnull=False)
    for member_id in came.order_by("member").values_list("member", flat=True).distinct()[:60]:
        if entitlement_of(gift, member_id).is_entitled and rng.random() < 0.7:
            hand_out_gift(offer_id=gift.pk, member_id=member_id, store_id=store.pk, actor=people["clerk"])


def _brand(people: dict[str, User], stores: list[Store], today: date) -> None:
    brand = Brand.objects.filter(counters__store=stores[0], counters__is_active=True).order_by("code").first()
    first = today + timedelta(days=12)
    facts = CampaignFacts(
        name=f"{brand.name} 新品周", name_en="New arrivals", kind=Campaign.Kind.BRAND, from_on=first,
        until_on=first + timedelta(days=6), stores=stores[:1], brands=[brand], objective="新品首周,品牌承担六成费用。",
        target_sales=Decimal(180_000),
    )  # fmt: skip
    shares = (
        {"brand": brand, "party": None, "percent": Decimal(60)}, {"brand": None, "party": None, "percent": Decimal(40)},
    )  # fmt: skip
    offer = {**DOUBLE, "name": "三倍积分", "name_en": "Triple points", "times": Decimal(3), "expected": 90_000}
    campaign = services.plan_campaign(
        facts=facts,
        rows=_rows({**offer, "brand": brand, "is_funded": True}, shares=shares, part=4),
        actor=people["marketer"],
    )
    services.submit_campaign(campaign_id=campaign.pk, actor=people["marketer"], comment="品牌已确认分担比例。")


def _surveys(people: dict[str, User], campaign: Campaign, rng: random.Random) -> None:
    facts = SurveyFacts(
        name="店庆到店体验", name_en="Anniversary visit", intro="三个问题,一分钟。", intro_en="Three questions, one minute.",
        campaign=campaign,
    )  # fmt: skip
    survey = make_survey(facts=facts, questions=QUESTIONS, actor=people["marketer"])
    survey = open_survey(survey_id=survey.pk, actor=people["marketer"])
    members = Member.objects.filter(merged_into=None, erased_at=None, home_store__isnull=False).order_by("pk")
    asked = list(members.values_list("pk", flat=True))
    for member_id in rng.sample(asked, min(140, len(asked))):
        answers = {
            "q1": str(rng.choices(range(4), (5, 3, 2, 1))[0]),
            "q2": [str(place) for place in range(3) if rng.random() < 0.45],
            "q3": str(min(10, max(0, round(rng.gauss(8, 1.8))))),
            "q4": rng.choice(WORDS) if rng.random() < 0.3 else "",
        }
        way = rng.choice(("link", "link", "own", "desk"))
        answer_survey(survey_id=survey.pk, member_id=member_id, answers=answers, way=way)
    close_survey(survey_id=survey.pk, actor=people["marketer"])
    again = SurveyFacts(name="停车体验", name_en="Parking", until_on=timezone.localdate() + timedelta(days=20))
    ask = (
        QuestionFacts("scale", "停车方便吗？", "Was parking easy?"),
        QuestionFacts("text", "哪里不方便？", "", is_required=False),
    )
    made: Survey = make_survey(facts=again, questions=ask, actor=people["marketer"])
    open_survey(survey_id=made.pk, actor=people["marketer"])
