"""The words in the top bar, by role. A word appears only where its page exists and the person may open it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from staff.roles import Role


@dataclass(frozen=True)
class Item:
    label: str | Promise
    url_name: str
    permission: str = ""


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    active: bool


ITEMS = {
    "dashboard": Item(_("Business"), "dashboard", "sales.view_figures"),
    "members": Item(_("Members"), "members:member_list", "members.view_member"),
    "mine": Item(_("My customers"), "callcenter:counter_home", "callcenter.use_counter"),
    "enrol": Item(_("Enrol"), "members:member_enrol", "members.enrol_member"),
    "receipts": Item(_("Receipts"), "sales:receipt_list", "sales.view_receipt"),
    "till": Item(_("Till"), "loyalty:till", "loyalty.use_till"),
    "rewards": Item(_("Gifts"), "loyalty:reward_list", "loyalty.view_account"),
    "rules": Item(_("Rules"), "loyalty:rule_list", "loyalty.view_rules"),
    "calls": Item(_("Calls"), "callcenter:call_list", "callcenter.view_call"),
    "cases": Item(_("Cases"), "callcenter:case_list", "callcenter.view_case"),
    "visits": Item(_("Visits"), "callcenter:visit_list", "callcenter.view_visit"),
    "campaigns": Item(_("Campaigns"), "campaigns:campaign_list", "campaigns.view_campaign"),
    "sends": Item(_("Sends"), "campaigns:send_list", "campaigns.view_send"),
    "providers": Item(_("Providers"), "campaigns:provider_list", "campaigns.manage_providers"),
    "journeys": Item(_("Journeys"), "campaigns:journey_list", "campaigns.view_journey"),
    "pyramid": Item(_("Pyramid"), "campaigns:pyramid_latest", "campaigns.view_pyramid"),
    "segments": Item(_("Segments"), "campaigns:segment_list", "campaigns.view_segment"),
    "supplier_desk": Item(_("This week"), "suppliers:desk", "suppliers.view_supplier"),
    "pipeline": Item(_("Pipeline"), "suppliers:party_board", "suppliers.view_supplier"),
    "scores": Item(_("Scores"), "suppliers:score_list", "suppliers.view_score"),
    "contracts": Item(_("Contracts"), "suppliers:contract_list", "suppliers.view_contract"),
    "settlements": Item(_("Settlements"), "suppliers:settlement_list", "suppliers.view_settlement"),
    "suppliers": Item(_("Suppliers"), "suppliers:party_list", "suppliers.view_supplier"),
    "adjustments": Item(_("Adjustments"), "loyalty:adjustment_list", "loyalty.confirm_adjustment"),
    "imports": Item(_("Imports"), "loyalty:import_list", "loyalty.import_receipts"),
    "tasks": Item(_("In-tray"), "workflow:in_tray", "workflow.view_own_tasks"),
    "flows": Item(_("Flows"), "workflow:flow_list", "workflow.manage_flows"),
    "jobs": Item(_("Jobs"), "staff:job_list", "staff.view_own_jobs"),
    "audit": Item(_("Audit trail"), "staff:audit_list", "staff.view_audit"),
    "outbox": Item(_("Outbox"), "staff:outbox_list", "staff.view_outbox"),
    "admin": Item(_("Administration"), "admin:index", "staff.manage_devices"),
}

MENUS: dict[str, list[str]] = {
    Role.CLERK: ["members", "enrol", "till", "receipts", "rewards", "visits", "cases", "tasks"],
    Role.ASSOCIATE: ["mine", "members", "enrol", "receipts", "cases", "tasks"],
    Role.AGENT: ["members", "calls", "cases", "visits", "receipts", "tasks"],
    Role.MARKETER: ["dashboard", "members", "segments", "pyramid", "campaigns", "sends", "journeys", "rewards", "tasks"],
    Role.BUYER: ["supplier_desk", "pipeline", "suppliers", "contracts", "settlements", "scores", "receipts", "tasks"],
    Role.FINANCE: ["dashboard", "receipts", "adjustments", "rules", "imports", "suppliers", "contracts", "settlements", "tasks", "jobs"],
    Role.MANAGER: [
        "dashboard", "members", "till", "receipts", "adjustments", "rules", "segments", "campaigns", "sends", "cases", "suppliers", "contracts", "settlements", "scores",
        "imports", "tasks", "jobs",
    ],
    Role.CEO: ["dashboard", "members", "receipts", "segments", "campaigns", "cases", "suppliers", "contracts", "settlements", "tasks"],
    Role.ADMIN: [
        "dashboard", "members", "till", "receipts", "rewards", "rules", "imports", "tasks", "flows", "jobs", "audit", "outbox", "providers", "admin",
    ],
}  # fmt: skip


def menu_for(request: HttpRequest) -> list[Link]:
    """The links of a person's role, the one of the present page marked: the longest that the path begins with."""
    user = request.user
    found: list[tuple[str, str]] = []
    for key in MENUS.get(user.role, []):
        item = ITEMS[key]
        if item.permission and not user.has_perm(item.permission):
            continue
        try:
            found.append((str(item.label), reverse(item.url_name)))
        except NoReverseMatch:
            continue
    here = max((url for _label, url in found if request.path.startswith(url)), key=len, default=None)
    return [Link(label, url, url == here) for label, url in found]
