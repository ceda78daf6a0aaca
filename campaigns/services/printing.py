"""The brief of a campaign on paper, in Chinese: objective, who takes part, plan, budget against what it cost."""

from django.utils import timezone
from django.utils.translation import override

from campaigns.selectors.projects import CampaignPage
from kit.money import format_yuan
from stores.models import Chain
from suppliers.services.printing import gap, pdf, signatures, table, text


def brief(page: CampaignPage, work: dict[str, list]) -> bytes:
    """The pages as PDF."""
    with override("zh-hans"):
        campaign = page.campaign
        story = [text(campaign.name, "title"), *_facts(page), *_offers(page), *_budget(page), *_work(work)]
        if campaign.lessons:
            story += [text("总结与经验", "head"), text(campaign.lessons)]
        story += [gap(), signatures("负责人", "门店经理", "总经理室")]
        return pdf(story, title=f"活动方案 {campaign.number}", foot=Chain.get().name)


def _facts(page: CampaignPage) -> list:
    campaign = page.campaign
    rows = [
        ("编号", f"{campaign.number}　{campaign.get_kind_display()}活动　{campaign.get_state_display()}"),
        ("时间", f"{campaign.from_on:%Y-%m-%d} 至 {campaign.until_on:%Y-%m-%d},共 {campaign.days} 天"),
        ("门店", "、".join(store.name for store in campaign.stores.all())),
        ("专柜与品牌", "、".join([*(c.name for c in campaign.counters.all()), *(b.name for b in campaign.brands.all())]) or "全部"),
        ("对象", campaign.segment.name if campaign.segment else "全体顾客"),
        ("负责人", str(campaign.owner)),
        ("目标", campaign.objective or "—"),
        ("量化目标", _targets(page)),
        ("费用分担", "、".join(f"{one.label} {one.percent.normalize():f}%" for one in page.payers) or "本店承担"),
        ("打印", f"{timezone.localtime():%Y-%m-%d %H:%M}"),
    ]  # fmt: skip
    return [table([[text(label, "soft"), text(value)] for label, value in rows], (0.16, 0.84))]


def _targets(page: CampaignPage) -> str:
    campaign, found = page.campaign, []
    if campaign.target_sales is not None:
        found.append(f"销售额 {format_yuan(campaign.target_sales)}")
    if campaign.target_visits is not None:
        found.append(f"成交 {campaign.target_visits:,} 笔")
    if campaign.target_members is not None:
        found.append(f"新会员 {campaign.target_members:,} 人")
    if campaign.target_response is not None:
        found.append(f"响应率 {campaign.target_response:.1%}")
    return ",".join(found) or "—"


def _offers(page: CampaignPage) -> list:
    if not page.offers:
        return []
    rows = [[text("优惠", "strong"), text("内容", "strong"), text("预计费用", "strong_num")]]
    for one in page.offers:
        rows.append([text(one.offer.name), text(one.words), text(format_yuan(one.cost), "num")])
    return [text("优惠与礼品", "head"), table(rows, (0.3, 0.48, 0.22), heading=1)]


def _budget(page: CampaignPage) -> list:
    heads = [text("费用", "strong"), *(text(word, "strong_num") for word in ("计划", "批准", "实际"))]
    rows = [heads]
    for line in page.lines:
        money = (line.planned, line.approved, line.actual)
        rows.append([text(line.label), *(text(format_yuan(one), "num") for one in money)])
    totals = (page.totals.planned, page.totals.approved, page.totals.actual)
    rows.append([text("合计", "strong"), *(text(format_yuan(one), "strong_num") for one in totals)])
    return [text("预算与实际", "head"), table(rows, (0.4, 0.2, 0.2, 0.2), heading=1, ruled=1)]


def _work(work: dict[str, list]) -> list:
    found = []
    if work["tasks"]:
        rows = [[text(word, "strong") for word in ("任务", "负责", "期限", "状态")]]
        for one in work["tasks"]:
            cells = (one.what, one.person, f"{one.due_on:%Y-%m-%d}", one.get_state_display())
            rows.append([text(cell) for cell in cells])
        found += [text("工作计划", "head"), table(rows, (0.5, 0.18, 0.16, 0.16), heading=1)]
    if work["resources"]:
        rows = [[text(word, "strong") for word in ("物料与资源", "类别", "数量", "到位")]]
        for one in work["resources"]:
            rows.append(
                [text(c) for c in (one.what, one.get_kind_display(), one.quantity, "是" if one.is_ready else "否")]
            )
        found += [text("物料与资源", "head"), table(rows, (0.5, 0.18, 0.16, 0.16), heading=1)]
    return found
