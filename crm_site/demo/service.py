"""The service desk at work: categories, targets, articles, cases in every state, today's visits, a hand-over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Final

from django.utils import timezone

from callcenter.models import (
    AnswerTemplate,
    Case,
    CaseCategory,
    CaseRating,
    HandOver,
    Kind,
    ServiceTarget,
    VisitReason,
)
from callcenter.services import cases, compensation, handovers, knowledge, promises, solving, steps, visits
from callcenter.services.watching import watch_clocks
from crm_site.demo.members import HEROINE_PHONE
from crm_site.demo.places import Places
from loyalty.models import CouponKind, Reward
from sales.models import ReceiptLine
from staff.models import User

CATEGORIES: Final = (
    ("quality", "商品质量", "Quality of goods", (("seam", "脱线开胶", "Seams and soles", "normal"), ("pilling", "起球褪色", "Pilling, fading", "normal"))),
    ("attitude", "服务态度", "Manners", (("rude", "怠慢顾客", "Rudeness", "high"), ("wait", "等候过久", "Long waits", "normal"))),
    ("price", "价格与优惠", "Prices and offers", (("coupon", "优惠券不能用", "Coupon refused", "normal"), ("tag", "标价不符", "Wrong price", "high"))),
    ("points", "积分与会员卡", "Points and cards", (("missing", "积分未到账", "Points missing", "normal"), ("lost", "会员卡遗失", "Lost card", "low"))),
    ("return", "退换货", "Returns", (("refused", "拒绝退换", "Return refused", "high"), ("size", "换尺码", "Another size", "normal"))),
    ("safety", "安全", "Safety", (("injury", "顾客受伤", "Injury", "urgent"),)),
)  # fmt: skip
TARGETS: Final = {
    Kind.COMPLAINT: {"urgent": ("0.5", "9"), "high": ("1", "18"), "normal": ("2", "27"), "low": ("4", "45")},
    Kind.RETURN: {"urgent": ("1", "9"), "high": ("2", "18"), "normal": ("4", "18"), "low": ("9", "27")},
}
TEMPLATES: Final = (
    ("已受理", "Received", "{member}您好,您反映的事项 {case} 我们已受理,会尽快给您答复。{store}",
     "Dear {member}, we have received {case} and will come back to you soon. {store}"),
    ("专柜核实中", "Being looked into", "{member}您好,{case} 正在由 {counter} 核实,我们会在一个工作日内回电。",
     "Dear {member}, {counter} is looking into {case}. We call you within a working day."),
    ("可以退换", "You may return it", "{member}您好,请携带商品与小票到 {store} 会员中心办理退换,{case}。",
     "Dear {member}, please bring the goods and the receipt to the member desk of {store}, {case}."),
)  # fmt: skip
ARTICLES: Final = (
    ("退换货政策", "Returns and exchanges", "自购买之日起七天内,商品未使用、吊牌完好,凭小票可退换。\n大衣、皮鞋等请一并带回包装。贴身衣物、化妆品开封后不予退换。质量问题三十天内可退。",
     "Within seven days, unused and with its tag, goods come back with the receipt. Faulty goods within thirty days.", "return"),
    ("退货时积分如何扣回", "Points taken back on a return", "退货时,该商品获得的积分从可用积分中扣回;已使用的部分计为欠分,由以后的积分抵扣。",
     "Points earned with the goods are taken back; what was spent already becomes a debt.", "points"),
    ("羊毛大衣起球怎么办", "Pilling of wool coats", "初次穿着一两周内起球属正常现象,可到专柜免费去球。若面料破损,按质量问题处理,请拍照上传。",
     "Pilling in the first weeks is normal; the counter removes it for free. Torn cloth is a fault.", "quality"),
    ("优惠券不能使用的常见原因", "Why a coupon is refused", "常见原因:未到最低消费;品牌不参加;已过期;已在别的小票使用。请在会员页面查看优惠券状态。",
     "The least purchase, the brand, the last day, or used already: look at the coupon on the member’s page.", "price"),
    ("会员卡遗失补办", "A lost card", "凭手机号核实身份后,在会员页面挂失旧卡并发新卡,积分与星级不变。",
     "Prove the phone number, block the old card and issue another one; points and stars stay.", "points"),
    ("顾客在店内受伤的处理", "A customer is hurt", "立即通知值班经理与安保,必要时拨打 120。保留监控,记录时间地点与证人,当天建立加急工单。",
     "Call the manager on duty and security, an ambulance if needed; keep the recordings, open an urgent case.", "safety"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """One demo case: when it began (hours ago), what it is, how far it went."""

    hours: int
    kind: str
    category: str
    title: str
    said: str
    until: str
    channel: str = Case.Channel.PHONE
    stars: int = 0
    owner: str = "agent"


STORIES: Final = (
    Story(3, "complaint", "seam", "新大衣袖口脱线", "上周买的双面呢大衣,穿了两次袖口就脱线,要求更换。", "asked"),
    Story(
        5, "complaint", "rude", "导购态度冷淡", "试穿三件没有人招呼,询问尺码时被敷衍。", "asked", "desk", owner="clerk"
    ),
    Story(2, "consultation", "missing", "昨天消费积分没有到账", "昨晚在二楼购物,积分没有增加。", "new", "web"),
    Story(1, "return", "size", "皮鞋想换大一码", "送礼尺码不合适,吊牌还在。", "open"),
    Story(26, "complaint", "refused", "专柜拒绝退货", "七天内凭小票退货,专柜说活动商品不退。", "late"),
    Story(30, "complaint", "tag", "标价与收银不符", "标价 399,收银 459。", "promised"),
    Story(50, "return", "size", "羽绒服换颜色", "想换黑色,需调货。", "waiting"),
    Story(70, "consultation", "coupon", "生日券怎么用", "生日券结账时提示不可用。", "waiting"),
    Story(
        74, "suggestion", "wait", "希望周末增加收银台", "周末下午结账排队超过二十分钟。", "open", "desk", owner="clerk"
    ),
    Story(
        6,
        "complaint",
        "injury",
        "扶梯口地面湿滑滑倒",
        "下午在一楼扶梯口滑倒,膝盖擦伤。",
        "asked",
        "desk",
        owner="clerk",
    ),
    Story(98, "complaint", "pilling", "羊绒衫起球严重", "穿三天就起球。", "solved"),
    Story(120, "complaint", "wait", "修改裤长等了两小时", "约好一小时取,等了两小时。", "solved"),
    Story(124, "return", "refused", "童鞋开胶要求退货", "穿一周开胶。", "solved"),
    Story(170, "complaint", "seam", "行李箱轮子坏了", "第一次托运轮子就坏了。", "points", stars=5),
    Story(194, "complaint", "rude", "收银员态度不好", "催促结账语气不好。", "coupon", stars=4),
    Story(200, "consultation", "lost", "会员卡丢了怎么补", "卡丢了,手机号没变。", "closed", stars=5),
    Story(220, "consultation", "missing", "积分什么时候过期", "想知道积分有效期。", "closed", stars=4),
    Story(245, "complaint", "tag", "赠品没有兑现", "满额赠品说送完了。", "reopened"),
    Story(270, "return", "size", "衬衫换尺码", "换大一码。", "closed", "desk", stars=5, owner="clerk"),
    Story(290, "complaint", "coupon", "优惠券被拒", "券面写全场通用却不能用。", "gift", stars=3),
    Story(315, "suggestion", "wait", "建议增加母婴室指示牌", "找了很久没找到母婴室。", "closed", "web"),
    Story(340, "consultation", "coupon", "团购卡能开发票吗", "公司买卡需要发票。", "closed", stars=4),
    Story(365, "complaint", "pilling", "围巾褪色染到衣服", "白大衣被染色。", "big"),
    Story(390, "consultation", "missing", "怎样升到五星", "问升级条件。", "closed", stars=5),
    Story(420, "complaint", "wait", "电话一直没人接", "打了三次没人接。", "closed", stars=2),
)


def build_service(places: Places, people: dict[str, User], today: date) -> None:
    """Dictionaries first, then cases as time went by."""
    kinds = _dictionaries(people, today)
    members = cycle(_buyers(places))
    opened = [_tell(story, kinds[story.category], next(members), places, people) for story in STORIES]
    watch_clocks()
    _visits(places, people, [next(members) for _number in range(7)])
    mine = [case for case in opened if case.owner_id == people["clerk"].pk and case.is_standing]
    handovers.write_hand_over(
        store=places.stores[0], shift=HandOver.Shift.EARLY, cases=mine, promises=[], actor=people["clerk"],
        note="扶梯口滑倒的顾客下午会再来,请先联系安保拿监控。\n两位顾客的调货预计明天到。",
    )  # fmt: skip


def _dictionaries(people: dict[str, User], today: date) -> dict[str, CaseCategory]:
    found: dict[str, CaseCategory] = {}
    for code, name, name_en, finer in CATEGORIES:
        main = found[code] = CaseCategory.objects.create(code=code, name=name, name_en=name_en)
        for one, label, label_en, priority in finer:
            found[one] = CaseCategory.objects.create(
                code=f"{code}-{one}", name=label, name_en=label_en, parent=main, priority=priority
            )
    ServiceTarget.objects.bulk_create(
        ServiceTarget(
            kind=kind, priority=priority, valid_from=today.replace(month=1, day=1),
            response_hours=Decimal(response), solution_hours=Decimal(solution),
        )
        for kind, hours in TARGETS.items()
        for priority, (response, solution) in hours.items()
    )  # fmt: skip
    AnswerTemplate.objects.bulk_create(
        AnswerTemplate(name=name, name_en=name_en, body=body, body_en=body_en)
        for name, name_en, body, body_en in TEMPLATES
    )
    for title, title_en, body, body_en, category in ARTICLES:
        article = knowledge.write_article(
            title=title, title_en=title_en, body=body, body_en=body_en, categories=[found[category]],
            actor=people["agent"],
        )  # fmt: skip
        knowledge.publish_article(article_id=article.pk, actor=people["manager"])
        knowledge.vote_article(article_id=article.pk, is_helpful=True, actor=people["clerk"])
    return found


def _buyers(places: Places) -> list[ReceiptLine]:
    """A line of each member at counters of the flagship, sold before the oldest case began; the tour's member first."""
    today = timezone.localdate()
    lines = ReceiptLine.objects.filter(
        store_id=places.stores[0].pk, member__isnull=False, counter__isnull=False, quantity__gt=0,
        sold_on__range=(today - timedelta(days=90), today - timedelta(days=18)),
    )  # fmt: skip
    ordered = lines.order_by("member_id", "-sold_on", "receipt_id", "line_no").distinct("member_id")
    heroine = ordered.filter(member__phones__e164=HEROINE_PHONE)
    return [*heroine, *ordered[:60]]


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    """What the services do in here happened at that moment: the past is told through the services the desk uses."""
    real = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = real


def _tell(story: Story, category: CaseCategory, line: ReceiptLine, places: Places, people: dict[str, User]) -> Case:
    now = timezone.now()
    begun = now - timedelta(hours=story.hours)
    owner = people[story.owner]
    counters = list(people["associate"].counters.all())
    is_counters = story.until == "asked" and story.category in ("seam", "rude")
    facts = cases.CaseFacts(
        kind=story.kind,
        channel=story.channel,
        title=story.title,
        description=story.said,
        store_id=places.stores[0].pk,
        category_id=category.pk,
        member_id=line.member_id,
        counter_id=counters[0].pk if is_counters else None,
        line=None if is_counters or story.kind in ("consultation", "suggestion")
        else (line.sold_on, line.receipt_id, line.line_no),
        owner_id=None if story.until == "new" else owner.pk,
    )  # fmt: skip
    with _at(begun):
        case = cases.open_case(facts=facts, actor=None if story.channel == "web" else owner)
    with _at(begun + timedelta(minutes=20)):
        ENDS.get(story.until, _go_on)(case, owner, people)
    _compensate(case, story.until, owner)
    if story.until in ("solved", "points", "coupon", "gift", "big", "reopened", "closed"):
        with _at(min(begun + timedelta(hours=20), now - timedelta(hours=1))):
            _solve(case, story, owner, people)
    case.refresh_from_db()
    return case


def _go_on(case: Case, owner: User, people: dict[str, User]) -> None:
    if case.owner_id:
        cases.say_in_case(case_id=case.pk, text="已告知会员正在处理。", actor=owner)


def _ask(case: Case, owner: User, people: dict[str, User]) -> None:
    steps.ask_step(
        case_id=case.pk, question="请核实情况,并说明可以怎样处理。", hours=Decimal(4), actor=owner,
        counter=case.counter,
    ) if case.counter else steps.ask_step(
        case_id=case.pk, question="请调取监控,今天内给出说明。", hours=Decimal(4), actor=owner, person=people["manager"],
    )  # fmt: skip


def _let_wait(case: Case, owner: User, people: dict[str, User]) -> None:
    cases.let_wait(case_id=case.pk, waits_for="supplier", why="等品牌方调货", actor=owner)


def _promise(case: Case, owner: User, people: dict[str, User]) -> None:
    due = timezone.now() + timedelta(hours=34)
    promises.make_promise(case_id=case.pk, what="核实标价后回电并退差价", due_at=due, owner=owner, actor=owner)


ENDS: Final = {"asked": _ask, "late": _ask, "waiting": _let_wait, "promised": _promise}


def _compensate(case: Case, until: str, owner: User) -> None:
    """Booked at this moment: the ledger of points is not told backwards."""
    things: dict[str, dict[str, object]] = {
        "points": {"points": 1000},
        "big": {"points": 30_000},
        "coupon": {"coupon_kind": CouponKind.objects.filter(amount__isnull=False).order_by("amount").first()},
        "gift": {"reward": Reward.objects.filter(minimum_rank=0, stock__gt=0).order_by("points").first()},
    }
    if until in things:
        compensation.compensate(case_id=case.pk, reason="给会员带来不便", actor=owner, **things[until])


def _solve(case: Case, story: Story, owner: User, people: dict[str, User]) -> None:
    solving.solve_case(case_id=case.pk, solution="已与专柜协商,为会员办妥并致歉。", actor=owner)
    if story.until == "reopened":
        solving.reopen_case(case_id=case.pk, reason="会员说赠品仍未收到", actor=owner)
    elif story.until != "solved":
        solving.confirm_solution(case_id=case.pk, how="电话回访", actor=owner)
        if story.until != "big":
            solving.close_case(case_id=case.pk, actor=owner)
        if story.stars:
            CaseRating.objects.filter(case=case).update(
                stars=story.stars, rated_at=timezone.now(), words="处理很及时" if story.stars > 3 else ""
            )


def _visits(places: Places, people: dict[str, User], lines: list[ReceiptLine]) -> None:
    """This morning at the desk: some have left, one is served, two wait."""
    reasons = {reason.code: reason for reason in VisitReason.objects.all()}
    clerk, now = people["clerk"], timezone.now()
    codes = ("card", "gift", "return", "exchange", "complaint", "gift", "booking")
    for number, (code, line) in enumerate(zip(codes, lines, strict=True)):
        minutes = (len(codes) - number) * 12
        with _at(now - timedelta(minutes=minutes)):
            visit = visits.register_visit(
                store=places.stores[0], reason=reasons[code], member_id=line.member_id, actor=clerk
            )
        if number < 5:
            with _at(now - timedelta(minutes=minutes - 4)):
                visits.serve_visit(visit_id=visit.pk, actor=clerk)
        if number < 4:
            with _at(now - timedelta(minutes=minutes - 9)):
                visits.end_visit(visit_id=visit.pk, actor=clerk)
    visits.register_visit(
        store=places.stores[0], reason=reasons["other"], visitor_name="李女士", note="询问儿童游乐区", actor=clerk
    )
