"""What the service desk wants approved: compensations above the chain's limit."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from callcenter.models import Compensation
from callcenter.services.compensation import grant_approved, refuse_compensation
from kit.money import format_yuan
from staff.access import stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Store
from workflow.models import ApprovalRequest
from workflow.services.subjects import Fact, Subject, digest_of, register


@register
class CompensationSubject(Subject):
    """Something for a member's trouble that is worth more than who gives it may decide alone."""

    key = "callcenter.compensation"
    label = lazy("Compensation")
    model = Compensation
    facts = (
        Fact("worth", lazy("Worth"), "money"),
        Fact("kind", lazy("Kind"), "choice", tuple(Compensation.Kind.choices)),
        Fact("store", lazy("Store"), "store"),
        Fact("department", lazy("Department of the counter"), "department"),
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
                "due_hours": "9",
                "reminders": 2,
            },
            {"key": "end", "kind": "end"},
        ]
    }

    def approval_facts(self, subject: Compensation) -> dict[str, Any]:
        counter = subject.case.counter
        return {
            "worth": subject.worth,
            "kind": subject.kind,
            "store": subject.case.store_id,
            "department": counter.department_id if counter else None,
        }

    def approval_fingerprint(self, subject: Compensation) -> str:
        return digest_of(
            case=subject.case_id, kind=subject.kind, points=subject.points, coupon=subject.coupon_kind_id,
            reward=subject.reward_id, worth=f"{subject.worth:.2f}",
        )  # fmt: skip

    def on_approved(self, subject: Compensation, request: ApprovalRequest) -> None:
        grant_approved(compensation_id=subject.pk, actor=_last_decider(request) or request.initiator)

    def on_ended(self, subject: Compensation, request: ApprovalRequest, reason: str) -> None:
        if reason != ApprovalRequest.Status.RETURNED:
            refuse_compensation(compensation_id=subject.pk, actor=_last_decider(request))

    def unasked(self) -> Iterable[tuple[Compensation, User]]:
        waiting = Compensation.objects.filter(state=Compensation.State.WAITING).select_related("asked_by", "case")
        return [(one, one.asked_by) for one in waiting.order_by("pk")]

    def title(self, subject: Compensation) -> str:
        words = {"what": subject.what, "number": subject.case.number}
        return _("Compensation in case %(number)s: %(what)s") % words

    def url(self, subject: Compensation) -> str:
        return reverse("callcenter:case_detail", args=[subject.case_id])

    def store(self, subject: Compensation) -> Store | None:
        return subject.case.store

    def can_see(self, subject: Compensation, user: User) -> bool:
        in_scope = user.all_stores or stores_for(user).filter(pk=subject.case.store_id).exists()
        return in_scope and user.has_perm("callcenter.work_case")

    def effect(self, subject: Compensation, user: User) -> str:
        if subject.state != Compensation.State.WAITING:
            return ""
        return format_html(
            "<p>{}</p><p>{}</p>",
            _("The member gets %(what)s, worth %(worth)s.")
            % {"what": subject.what, "worth": format_yuan(subject.worth)},
            subject.case.title,
        )


def _last_decider(request: ApprovalRequest) -> User | None:
    action = request.actions.exclude(actor=None).select_related("actor").order_by("-seq").first()
    return action.actor if action else None
