"""What workflow itself wants approved: expense claims."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kit.money import format_yuan
from staff.access import stores_for
from staff.models import User
from stores.models import Store
from workflow.models import ApprovalRequest, ExpenseClaim
from workflow.registry import Fact, Subject, digest_of, register
from workflow.services import expenses


@register
class ClaimSubject(Subject):
    """An expense claim payable by the store."""

    key = "workflow.claim"
    label = _("Expense claim")
    model = ExpenseClaim
    moves_money = True
    facts = (
        Fact("amount", _("Amount"), "money"),
        Fact("store", _("Store"), "store"),
        Fact("department", _("Department"), "department"),
        Fact("category", _("Category (code)"), "text"),
        Fact("recurring", _("Fixed fee"), "boolean"),
    )

    def approval_facts(self, subject: ExpenseClaim) -> dict[str, Any]:
        return expenses.claim_facts(subject)

    def approval_fingerprint(self, subject: ExpenseClaim) -> str:
        return digest_of(**expenses.approved_fields(subject))

    def on_approved(self, subject: ExpenseClaim, request: ApprovalRequest) -> None:
        expenses.claim_approved(subject.pk)

    def on_ended(self, subject: ExpenseClaim, request: ApprovalRequest, reason: str) -> None:
        expenses.claim_ended(subject.pk, str(reason))

    def may_revoke(self, subject: ExpenseClaim) -> bool:
        return subject.status == ExpenseClaim.Status.APPROVED

    def title(self, subject: ExpenseClaim) -> str:
        return f"{subject.number} {subject.purpose} {format_yuan(subject.total)}"

    def url(self, subject: ExpenseClaim) -> str:
        return reverse("workflow:claim_detail", args=[subject.pk])

    def store(self, subject: ExpenseClaim) -> Store:
        return subject.store

    def can_see(self, subject: ExpenseClaim, user: User) -> bool:
        return user.has_perm("workflow.view_expenses") and stores_for(user).filter(pk=subject.store_id).exists()
