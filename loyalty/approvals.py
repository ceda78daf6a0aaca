"""What loyalty wants approved: adjustments of points above the programme's limit."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from loyalty.models import Adjustment
from loyalty.services.points import book_approved_adjustment, refuse_adjustment
from members.access import unmasked_ids
from staff.models import User
from stores.models import Store
from workflow.models import ApprovalRequest
from workflow.services.subjects import Fact, Subject, digest_of, register


@register
class AdjustmentSubject(Subject):
    """Points are worth money: who asked never books them alone."""

    key = "loyalty.adjustment"
    label = lazy("Points adjustment")
    model = Adjustment
    facts = (
        Fact("points", lazy("Points"), "integer"),
        Fact("reason", lazy("Reason")),
        Fact("store", lazy("Home store"), "store"),
    )
    standard_flow = {
        "nodes": [
            {
                "key": "n1",
                "kind": "approve",
                "name": "店长或财务",
                "name_en": "Store manager or finance",
                "approvers": [{"by": "store_role", "role": "manager"}, {"by": "role", "role": "finance"}],
                "mode": "any",
                "due_hours": "9",
                "reminders": 2,
            }
        ]
    }

    def approval_facts(self, subject: Adjustment) -> dict[str, Any]:
        store = self.store(subject)
        return {"points": subject.points, "reason": subject.reason, "store": store.pk if store else None}

    def approval_fingerprint(self, subject: Adjustment) -> str:
        return digest_of(account=subject.account_id, points=subject.points, reason=subject.reason)

    def on_approved(self, subject: Adjustment, request: ApprovalRequest) -> None:
        book_approved_adjustment(adjustment_id=subject.pk, actor=_last_decider(request) or request.initiator)

    def on_ended(self, subject: Adjustment, request: ApprovalRequest, reason: str) -> None:
        if reason != ApprovalRequest.Status.RETURNED:
            refuse_adjustment(adjustment_id=subject.pk, actor=_last_decider(request))

    def unasked(self) -> Iterable[tuple[Adjustment, User]]:
        waiting = Adjustment.objects.filter(state=Adjustment.State.WAITING).select_related(
            "asked_by", "account__member__home_store"
        )
        return [(adjustment, adjustment.asked_by) for adjustment in waiting.order_by("pk")]

    def title(self, subject: Adjustment) -> str:
        number = subject.account.member.member_no
        return _("Adjust %(points)s points of member %(number)s") % {"points": f"{subject.points:+,}", "number": number}

    def url(self, subject: Adjustment) -> str:
        return reverse("loyalty:account_detail", args=[subject.account.member_id])

    def store(self, subject: Adjustment) -> Store | None:
        return subject.account.member.home_store

    def can_see(self, subject: Adjustment, user: User) -> bool:
        member = subject.account.member
        in_scope = bool(unmasked_ids(user, [(member.pk, member.home_store_id)]))
        return in_scope and user.has_perm("loyalty.confirm_adjustment")

    def effect(self, subject: Adjustment, user: User) -> str:
        before = subject.account.available
        if subject.state != Adjustment.State.WAITING:
            return ""
        words = _("Available points: %(before)s → %(after)s")
        return format_html("<p>{}</p>", words % {"before": f"{before:,}", "after": f"{before + subject.points:,}"})


def _last_decider(request: ApprovalRequest) -> User | None:
    action = request.actions.exclude(actor=None).select_related("actor").order_by("-seq").first()
    return action.actor if action else None
