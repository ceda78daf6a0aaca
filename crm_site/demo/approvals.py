"""Supervisors and heads, standard flows, and requests in every state, so that each account has something to look at."""

from django.utils import timezone

from crm_site.demo.places import Places
from loyalty.models import Account
from loyalty.services.points import ask_adjustment
from staff.models import DepartmentHead, User
from workflow.services.decisions import approve, reject, send_back, task_of
from workflow.services.delegations import delegate_standing
from workflow.services.exports import ask_export
from workflow.services.flows import install_standard_flows
from workflow.services.requests import open_request_of
from workflow.services.talk import copy_to

SUPERVISORS = {
    "clerk": "manager", "associate": "manager", "agent": "manager", "marketer": "ceo", "buyer": "ceo",
    "finance": "ceo", "manager": "ceo", "associate2": "manager", "associate3": "manager", "associate4": "manager",
}  # fmt: skip


def build_organisation(places: Places, people: dict[str, User]) -> None:
    """Who is whose supervisor; the manager heads the flagship's departments."""
    for name, above in SUPERVISORS.items():
        people[name].manager = people[above]
        people[name].save(update_fields=["manager"])
    departments = list(places.stores[0].departments.all())
    DepartmentHead.objects.bulk_create(
        DepartmentHead(department=department, user=people["manager"]) for department in departments
    )
    for name in ("associate", "associate2", "associate3", "associate4"):
        people[name].department = departments[0]
        people[name].save(update_fields=["department"])


def build_approvals(people: dict[str, User]) -> None:
    """Standard flows; adjustments and exports asked for, approved, rejected and sent back; a deputy."""
    install_standard_flows()
    manager, finance, ceo = people["manager"], people["finance"], people["ceo"]
    members = list(Account.objects.filter(available__gte=5_000).order_by("pk").values_list("member_id", flat=True)[:7])
    reasons = ("小票补登", "系统故障补偿", "活动漏记", "投诉安抚", "重复入账更正", "转卡补分", "历史积分核对")
    asked = [
        ask_adjustment(member_id=pk, points=points, reason=reason, actor=people[who])
        for pk, points, reason, who in zip(
            members,
            (1500, 2400, -3000, 1800, 5000, 1200, 2600),
            reasons,
            ("clerk", "agent", "finance", "clerk", "manager", "clerk", "agent"),
            strict=False,
        )
    ]
    requests = [open_request_of(one) for one in asked]
    for number, request in enumerate(requests):
        by = manager if request.initiator_id != manager.pk else finance
        task = task_of(request, by)
        if task is None:
            continue
        if number == 0:
            approve(task_id=task.pk, actor=by, comment="小票已核对")
            copy_to(request_id=request.pk, actor=by, people=[people["buyer"], people["marketer"], people["associate"]])
        elif number == 1:
            reject(task_id=task.pk, actor=by, comment="请附故障记录后重新申请")
        elif number == 5:
            send_back(task_id=task.pk, actor=by, comment="请补充原卡号")
    for who, purpose in (("marketer", "春节客群分析"), ("manager", "年度盘点"), ("buyer", "品牌对账")):
        ask_export(path="/sales/receipts/", query="", name="receipts", rows=12_000, purpose=purpose, actor=people[who])
    export = ask_export(
        path="/members/", query="", name="members", rows=8_400, purpose="系统迁移核对", actor=people["admin"]
    )
    task = task_of(open_request_of(export), ceo)
    if task is not None:
        approve(task_id=task.pk, actor=ceo)
    today = timezone.localdate()
    delegate_standing(
        from_user=finance, to_user=manager, starts_on=today + timezone.timedelta(days=20),
        ends_on=today + timezone.timedelta(days=27), actor=finance, reason="年假",
    )  # fmt: skip
