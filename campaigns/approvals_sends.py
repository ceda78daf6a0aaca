"""Sends that cost more than the chain lets go without approval."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Send
from campaigns.selectors.sends import cost_of
from campaigns.send_access import VIEW, sends_for
from campaigns.services.sends import settle_approval
from staff.models import User
from staff.roles import Role
from stores.models import Store
from workflow.models import ApprovalRequest
from workflow.services.subjects import Fact, Subject, digest_of, register


@register
class SendSubject(Subject):
    """A send: to how many, over what, for how much."""

    key = "campaigns.send"
    label = _("Send")
    model = Send
    facts = (
        Fact("cost", _("Cost at most"), "money"),
        Fact("channel", _("Channel"), "choice", tuple(Send.Channel.choices)),
        Fact("store", _("Store"), "store"),
    )
    standard_flow = {
        "nodes": [
            {
                "key": "manager",
                "kind": "approve",
                "name": "经理",
                "name_en": "Manager",
                "approvers": [{"by": "role", "role": Role.MANAGER.value}],
                "mode": "any",
            },
            {"key": "end", "kind": "end"},
        ]
    }

    def approval_facts(self, subject: Send) -> dict[str, Any]:
        return {"cost": cost_of(subject), "channel": subject.channel, "store": subject.store_id}

    def approval_fingerprint(self, subject: Send) -> str:
        fresh = Send.objects.get(pk=subject.pk)
        return digest_of(
            channel=fresh.channel, segment=fresh.segment_id, content=fresh.content_id, content_b=fresh.content_b_id,
            budget=fresh.budget, provider=fresh.provider_id, holdout=fresh.holdout_share, planned_at=fresh.planned_at,
        )  # fmt: skip

    def on_approved(self, subject: Send, request: ApprovalRequest) -> None:
        settle_approval(send_id=subject.pk, approved=True, actor=_last_decider(request))

    def on_ended(self, subject: Send, request: ApprovalRequest, reason: str) -> None:
        settle_approval(send_id=subject.pk, approved=False, actor=_last_decider(request))

    def title(self, subject: Send) -> str:
        return subject.name

    def url(self, subject: Send) -> str:
        return reverse("campaigns:send_detail", args=[subject.pk])

    def store(self, subject: Send) -> Store | None:
        return subject.store

    def can_see(self, subject: Send, user: User) -> bool:
        return user.has_perm(VIEW) and sends_for(user).filter(pk=subject.pk).exists()

    def effect(self, subject: Send, user: User) -> str:
        return render_to_string("campaigns/_send_effect.html", {"send": subject, "cost": cost_of(subject)})


def _last_decider(request: ApprovalRequest) -> User | None:
    action = request.actions.exclude(actor=None).select_related("actor").order_by("-seq").first()
    return action.actor if action else None
