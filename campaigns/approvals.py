"""What of campaigns is approved: the plan with its budget and offers."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.campaign_access import VIEW, campaigns_for
from campaigns.models import Campaign
from campaigns.selectors.budgets import actual_costs, totals_of
from campaigns.selectors.effects import points_liability, reckoned
from campaigns.services.cloning import OFFER
from campaigns.services.projects import approve_campaign, reopen_campaign
from kit.money import ZERO
from staff.models import User
from staff.roles import Role
from stores.models import Store
from workflow.models import ApprovalRequest
from workflow.services.subjects import Fact, Subject, digest_of, register


@register
class CampaignSubject(Subject):
    """A campaign: what it will cost, whom it is for, and what it will give away."""

    key = "campaigns.campaign"
    label = _("Campaign")
    model = Campaign
    facts = (
        Fact("budget", _("Budget"), "money"),
        Fact("points_liability", _("Points it will owe"), "money"),
        Fact("store", _("Store"), "store"),
        Fact("kind", _("Kind"), "choice", tuple(Campaign.Kind.choices)),
        Fact("days", _("Days"), "integer"),
    )
    standard_flow = {
        "nodes": [
            {
                "key": "manager",
                "kind": "approve",
                "name": "门店经理",
                "name_en": "Store manager",
                "approvers": [{"by": "store_role", "role": Role.MANAGER.value}],
                "mode": "any",
            },
            {
                "key": "amount",
                "kind": "branch",
                "branches": [
                    {
                        "name": "预算 5 万元以上",
                        "name_en": "Budget of ¥50,000 or more",
                        "when": {"all": [{"fact": "budget", "op": "gte", "value": "50000.00"}]},
                        "nodes": [
                            {
                                "key": "ceo",
                                "kind": "approve",
                                "name": "总经理室",
                                "name_en": "CEO’s desk",
                                "approvers": [{"by": "role", "role": Role.CEO.value}],
                                "mode": "any",
                            }
                        ],
                    }
                ],
                "otherwise": [],
            },
            {"key": "end", "kind": "end"},
        ]
    }

    def approval_facts(self, subject: Campaign) -> dict[str, Any]:
        store = self.store(subject)
        return {
            "budget": sum((row.planned for row in subject.budget.all()), ZERO),
            "points_liability": points_liability(subject),
            "store": store.pk if store else None,
            "kind": subject.kind,
            "days": subject.days,
        }

    def approval_fingerprint(self, subject: Campaign) -> str:
        fresh = Campaign.objects.get(pk=subject.pk)
        return digest_of(
            days=[fresh.from_on, fresh.until_on],
            kind=fresh.kind,
            segment=fresh.segment_id,
            stores=sorted(fresh.stores.values_list("pk", flat=True)),
            counters=sorted(fresh.counters.values_list("pk", flat=True)),
            brands=sorted(fresh.brands.values_list("pk", flat=True)),
            targets=[fresh.target_sales, fresh.target_visits, fresh.target_members, fresh.target_response],
            shares=list(fresh.shares.order_by("pk").values_list("brand", "party", "percent")),
            budget=list(fresh.budget.order_by("pk").values_list("kind", "what", "planned")),
            offers=list(fresh.offers.order_by("pk").values_list(*OFFER)),
        )

    def on_approved(self, subject: Campaign, request: ApprovalRequest) -> None:
        approve_campaign(campaign_id=subject.pk, actor=_last_decider(request))

    def on_ended(self, subject: Campaign, request: ApprovalRequest, reason: str) -> None:
        reopen_campaign(campaign_id=subject.pk, actor=_last_decider(request))

    def title(self, subject: Campaign) -> str:
        return f"{subject.number} {subject.label}"

    def url(self, subject: Campaign) -> str:
        return reverse("campaigns:campaign_detail", args=[subject.pk])

    def store(self, subject: Campaign) -> Store | None:
        return subject.stores.order_by("code").first()

    def can_see(self, subject: Campaign, user: User) -> bool:
        return user.has_perm(VIEW) and campaigns_for(user).filter(pk=subject.pk).exists()

    def effect(self, subject: Campaign, user: User) -> str:
        lines = actual_costs(subject)
        context = {"campaign": subject, "lines": lines, "totals": totals_of(lines), "offers": reckoned(subject)}
        return render_to_string("campaigns/_campaign_effect.html", context)


def _last_decider(request: ApprovalRequest) -> User | None:
    action = request.actions.exclude(actor=None).select_related("actor").order_by("-seq").first()
    return action.actor if action else None
