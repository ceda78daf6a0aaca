"""What workflow itself wants approved: expense claims and large exports."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.money import format_yuan
from staff.access import stores_for
from staff.models import User
from stores.models import Store
from workflow.models import ApprovalRequest, ExpenseClaim, ExportRequest
from workflow.office_selectors import claim_page
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
    standard_flow = {
        "nodes": [
            {
                "key": "n1",
                "kind": "approve",
                "name": "店长",
                "name_en": "Store manager",
                "approvers": [{"by": "store_role", "role": "manager"}],
                "mode": "any",
                "due_hours": "18",
            },
            {
                "key": "n2",
                "kind": "branch",
                "branches": [
                    {
                        "name": "5000 元及以上",
                        "name_en": "From ¥5,000",
                        "when": {"all": [{"fact": "amount", "op": "gte", "value": "5000"}]},
                        "nodes": [
                            {
                                "key": "n3",
                                "kind": "approve",
                                "name": "财务",
                                "name_en": "Finance",
                                "approvers": [{"by": "role", "role": "finance"}],
                                "mode": "any",
                                "due_hours": "18",
                            }
                        ],
                    }
                ],
                "otherwise": [],
            },
            {
                "key": "n4",
                "kind": "branch",
                "branches": [
                    {
                        "name": "5 万元及以上",
                        "name_en": "From ¥50,000",
                        "when": {"all": [{"fact": "amount", "op": "gte", "value": "50000"}]},
                        "nodes": [
                            {
                                "key": "n5",
                                "kind": "approve",
                                "name": "总经理",
                                "name_en": "CEO",
                                "approvers": [{"by": "role", "role": "ceo"}],
                                "mode": "any",
                                "due_hours": "18",
                            }
                        ],
                    }
                ],
                "otherwise": [],
            },
        ]
    }

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

    def effect(self, subject: ExpenseClaim, user: User) -> str:
        context = {"claim": subject, "shown": claim_page(subject, user)}
        return render_to_string("workflow/_claim_effect.html", context)

    def url(self, subject: ExpenseClaim) -> str:
        return reverse("workflow:claim_detail", args=[subject.pk])

    def store(self, subject: ExpenseClaim) -> Store:
        return subject.store

    def can_see(self, subject: ExpenseClaim, user: User) -> bool:
        return user.has_perm("workflow.view_expenses") and stores_for(user).filter(pk=subject.store_id).exists()


@register
class ExportSubject(Subject):
    """A list with many rows leaves the house: somebody with an eye on it agrees first."""

    key = "workflow.export"
    label = _("Large export")
    model = ExportRequest
    facts = (
        Fact("rows", _("Rows"), "integer"),
        Fact("list", _("List")),
        Fact("purpose", _("Purpose")),
        Fact("unmasked", _("Numbers in full"), "boolean"),
    )
    moves_money = True
    standard_flow = {
        "nodes": [
            {
                "key": "n1",
                "kind": "approve",
                "name": "数据负责人",
                "name_en": "Who answers for the data",
                "approvers": [{"by": "role", "role": "ceo"}],
                "mode": "any",
                "due_hours": "9",
            }
        ]
    }

    def approval_facts(self, subject: ExportRequest) -> dict[str, Any]:
        return {
            "rows": subject.rows,
            "list": subject.path,
            "purpose": subject.purpose,
            "unmasked": subject.unmasked,
        }

    def approval_fingerprint(self, subject: ExportRequest) -> str:
        return digest_of(
            path=subject.path,
            query=subject.query,
            asked_by=subject.asked_by_id,
            purpose=subject.purpose,
            unmasked=subject.unmasked,
        )

    def on_approved(self, subject: ExportRequest, request: ApprovalRequest) -> None:
        subject.approved_at = timezone.now()
        subject.save(update_fields=["approved_at"])

    def may_revoke(self, subject: ExportRequest) -> bool:
        return subject.fetched_at is None

    def title(self, subject: ExportRequest) -> str:
        return gettext("Export “%(name)s”, %(rows)s rows") % {"name": subject.name, "rows": f"{subject.rows:,}"}

    def url(self, subject: ExportRequest) -> str:
        return reverse("workflow:export_detail", args=[subject.pk])

    def effect(self, subject: ExportRequest, user: User) -> str:
        return format_html(
            "<p>{}</p>",
            gettext("%(person)s may fetch this file once, within seven days.") % {"person": subject.asked_by},
        )
