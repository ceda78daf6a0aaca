"""Expenses in every state, budgets, fixed fees, and an office at work, so that each account has something to look at."""

from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from crm_site.demo.places import Places
from staff.models import User
from workflow.models import Circulation, ExpenseCategory, OfficialDocument
from workflow.services import budgets, bulletins, circulations, documents, expenses, office_tasks, terms
from workflow.services.decisions import approve, reject, task_of
from workflow.services.expenses import ClaimLine

CATEGORIES = (
    ("cleaning", "保洁费", "Cleaning", "6602.01", "30000"),
    ("repair", "维修费", "Repairs", "6602.02", "60000"),
    ("display", "陈列布置", "Display", "6601.05", "80000"),
    ("training", "员工培训", "Training", "6602.07", "20000"),
    ("travel", "差旅费", "Travel", "6602.09", "15000"),
)
FIXED = (
    ("cleaning", "中庭石材保养", "Care of the atrium's stone", "青岛净洁物业服务有限公司", "6800", "monthly"),
    ("repair", "扶梯维保", "Escalator maintenance", "胶东电梯工程有限公司", "9200", "monthly"),
    ("cleaning", "绿植租摆", "Plants", "崂山花艺", "750", "weekly"),
)
CLAIMS = (
    ("clerk", "display", "国庆中庭美陈尾款", "海上光影展示有限公司", ("12800.00", "3200.00"), "pay"),
    ("marketer", "display", "圣诞树搭建", "海上光影展示有限公司", ("26500.00",), "approve"),
    ("buyer", "travel", "上海选品差旅", "林知夏", ("1286.00", "940.50"), "submit"),
    ("agent", "training", "话务礼仪培训", "青岛言礼文化", ("3600.00",), "submit"),
    ("clerk", "repair", "会员中心空调加氟", "市南制冷", ("860.00",), "reject"),
    ("associate", "training", "彩妆师认证", "中国美发美容协会", ("1180.00",), "draft"),
)


def build_office(places: Places, people: dict[str, User], today: date) -> None:
    """Expenses, then the office."""
    _expenses(places, people, today)
    _tasks(people, today)
    _papers(people, today)


def _expenses(places: Places, people: dict[str, User], today: date) -> None:
    kinds = {
        code: ExpenseCategory.objects.create(code=code, name=name, name_en=name_en, account_code=account)
        for code, name, name_en, account, _amount in CATEGORIES
    }
    store = places.stores[0]
    department = store.departments.order_by("pk").first()
    finance = people["finance"]
    for month in (today - relativedelta(months=1), today, today + relativedelta(months=1)):
        for code, _name, _name_en, _account, amount in CATEGORIES:
            budgets.set_budget(
                department=department, category=kinds[code], month=month, amount=Decimal(amount), actor=finance
            )
    for code, name, name_en, payee, amount, cadence in FIXED:
        terms.add_term(
            actor=finance, name=name, name_en=name_en, store=store, department=department, category=kinds[code],
            payee=payee, amount=Decimal(amount), cadence=cadence, starts_on=today.replace(day=1), owner=finance,
        )  # fmt: skip
    terms.raise_due_claims(today=today)
    for who, code, purpose, payee, amounts, until in CLAIMS:
        lines = [ClaimLine(kinds[code].pk, today - timedelta(days=3), purpose, Decimal(amount)) for amount in amounts]
        claim = expenses.draft_claim(
            store=store, department=department, month=today, counterparty=payee, purpose=purpose, lines=lines,
            actor=people[who], due_on=today + timedelta(days=12),
        )  # fmt: skip
        if until != "draft":
            request = expenses.submit_claim(claim_id=claim.pk, actor=people[who])
            _decide(request, people, until)
        if until == "pay":
            expenses.pay_claim(claim_id=claim.pk, reference="ICBC20261118-0231", actor=finance)


def _decide(request: object, people: dict[str, User], until: str) -> None:
    """Let whoever is asked decide, node after node."""
    if until == "submit":
        return
    for who in ("manager", "finance", "ceo"):
        task = task_of(request, people[who])
        if task is None:
            continue
        if until == "reject":
            reject(task_id=task.pk, actor=people[who], comment="物业合同已含,请走报修")
            return
        request = approve(task_id=task.pk, actor=people[who], comment="同意")


def _tasks(people: dict[str, User], today: date) -> None:
    for giver, owner, title, days, points in (
        ("manager", "clerk", "更换会员中心指引牌", 2, ["量尺寸", "下单", "安装"]),
        ("manager", "associate", "整理冬款尺码反馈", 5, []),
        ("ceo", "manager", "年终盘点方案", 9, ["人员排班", "盘点机检修", "差异处理流程"]),
        ("ceo", "marketer", "双旦活动复盘模板", 12, []),
        ("manager", "agent", "回访上周投诉会员", -1, []),
        ("finance", "buyer", "催收三季度对账单", 3, []),
    ):
        office_tasks.give_task(
            title=title, detail="", owner=people[owner], due_on=today + timedelta(days=days), points=points,
            actor=people[giver],
        )  # fmt: skip


def _papers(people: dict[str, User], today: date) -> None:
    bulletins.publish_bulletin(
        title="元旦假期营业时间调整", body="12 月 31 日延长营业至 23:00,1 月 1 日 10:00 开门。\n请各柜台提前安排排班。",
        stores=[], departments=[], roles=[], until=today + timedelta(days=40), files=[], actor=people["ceo"],
    )  # fmt: skip
    bulletins.publish_bulletin(
        title="会员中心消防演练", body="本周五 9:00 在一楼集合,演练时长约 20 分钟。", stores=[], departments=[],
        roles=["clerk", "associate"], until=today + timedelta(days=7), files=[], actor=people["manager"],
    )  # fmt: skip
    letter = documents.register_document(
        kind=OfficialDocument.Kind.INCOMING, title="关于开展商业综合体消防安全检查的通知", correspondent="市消防救援支队",
        their_number="青消〔2026〕118号", dated_on=today - timedelta(days=4), files=[], actor=people["manager"],
        urgency=OfficialDocument.Urgency.URGENT,
    )  # fmt: skip
    documents.register_document(
        kind=OfficialDocument.Kind.OUTGOING, title="关于调整供应商对账时间的函", correspondent="各合作供应商",
        dated_on=today - timedelta(days=2), files=[], actor=people["finance"],
    )  # fmt: skip
    circulations.start_circulation(
        title=letter.title, note="请各部门对照自查,周五前反馈。", mode=Circulation.Mode.ORDERED,
        readers=[people[name] for name in ("ceo", "finance", "buyer", "clerk")], files=[], document=letter,
        actor=people["manager"],
    )  # fmt: skip
    circulations.start_circulation(
        title="员工购物折扣管理办法(修订)", note="", mode=Circulation.Mode.AT_ONCE,
        readers=[people[name] for name in ("clerk", "associate", "agent", "marketer", "admin")], files=[],
        document=None, actor=people["ceo"],
    )  # fmt: skip
