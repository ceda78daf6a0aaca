"""What of this floor is approved: contract versions, promotion sheets, single fees, settlements."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.access import stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Store
from suppliers.access import VIEW, parties_for
from suppliers.models import ContractVersion, Dispute, FeeCharge, PromotionSheet, SellingOverride, Settlement
from suppliers.selectors.outlook import compared
from suppliers.selectors.papers import gaps
from suppliers.services.charges import cancel_charge, open_charge, reopen_charge
from suppliers.services.contracts import TERMS, approve_version, copied_terms, reopen_version
from suppliers.services.overrides import end_override, grant_override
from suppliers.services.prints import statement_rows
from suppliers.services.promotions import approve_promotion, reopen_promotion
from suppliers.services.statements import approve_settlement, reopen_settlement
from workflow.models import ApprovalRequest
from workflow.services.subjects import Fact, Subject, digest_of, register

MANAGER_THEN_CEO = {
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
            "key": "ceo",
            "kind": "approve",
            "name": "总经理室",
            "name_en": "CEO’s desk",
            "approvers": [{"by": "role", "role": Role.CEO.value}],
            "mode": "any",
        },
        {"key": "end", "kind": "end"},
    ]
}
MANAGER_ONLY = {"nodes": [MANAGER_THEN_CEO["nodes"][0], {"key": "end", "kind": "end"}]}


class _InStore(Subject):
    """Something of a contract: seen by who may see contracts of its store."""

    permission = "suppliers.view_contract"

    def store(self, subject: Any) -> Store | None:
        return subject.contract.store

    def can_see(self, subject: Any, user: User) -> bool:
        return user.has_perm(self.permission) and stores_for(user).filter(pk=self.store(subject).pk).exists()


@register
class ContractSubject(_InStore):
    key = "suppliers.contract"
    label = _("Contract")
    model = ContractVersion
    standard_flow = MANAGER_THEN_CEO
    facts = (
        Fact("store", _("Store"), "store"),
        Fact("rate_percent", _("Commission rate in percent"), "integer"),
        Fact("guaranteed", _("Guaranteed a month"), "money"),
        Fact("deposit", _("Deposit required"), "money"),
        Fact("kind", _("Kind"), "choice", tuple(ContractVersion.Kind.choices)),
        Fact("ends_on", _("Until"), "date"),
    )

    def approval_facts(self, subject: ContractVersion) -> dict[str, Any]:
        return {
            "store": subject.contract.store_id,
            "rate_percent": int(subject.base_rate * 100),
            "guaranteed": subject.guaranteed,
            "deposit": subject.deposit_required,
            "kind": subject.kind,
            "ends_on": subject.until_on,
        }

    def approval_fingerprint(self, subject: ContractVersion) -> str:
        fresh = ContractVersion.objects.select_related("contract").get(pk=subject.pk)
        terms = copied_terms(fresh)
        parts = {name: getattr(terms, name) for name in ("rates", "tiers", "months", "fees")}
        return digest_of(
            effective_on=fresh.effective_on,
            until_on=fresh.until_on,
            counters=sorted(fresh.contract.counters.values_list("counter_id", flat=True)),
            **{name: terms.values[name] for name in TERMS},
            **parts,
        )

    def on_approved(self, subject: ContractVersion, request: ApprovalRequest) -> None:
        approve_version(version_id=subject.pk, actor=None)

    def on_ended(self, subject: ContractVersion, request: ApprovalRequest, reason: str) -> None:
        reopen_version(version_id=subject.pk, actor=None)

    def may_revoke(self, subject: ContractVersion) -> bool:
        return ContractVersion.objects.filter(pk=subject.pk, status=ContractVersion.Status.APPROVED).exists()

    def title(self, subject: ContractVersion) -> str:
        return f"{subject.contract.number} {subject.get_kind_display()} {subject.contract.party.label}"

    def url(self, subject: ContractVersion) -> str:
        return reverse("suppliers:contract_detail", args=[subject.contract_id])

    def effect(self, subject: ContractVersion, user: User) -> str:
        context = {"version": subject, "comparison": compared(subject)}
        return render_to_string("suppliers/_comparison.html", context)


@register
class PromotionSubject(_InStore):
    key = "suppliers.promotion"
    label = _("Promotion sheet")
    model = PromotionSheet
    standard_flow = MANAGER_ONLY
    facts = (
        Fact("store", _("Store"), "store"),
        Fact("rate_percent", _("Promotion rate in percent"), "integer"),
        Fact("days", _("Days"), "integer"),
    )

    def approval_facts(self, subject: PromotionSheet) -> dict[str, Any]:
        return {
            "store": subject.contract.store_id,
            "rate_percent": int(subject.rate * 100),
            "days": (subject.until_on - subject.from_on).days + 1,
        }

    def approval_fingerprint(self, subject: PromotionSheet) -> str:
        fresh = PromotionSheet.objects.get(pk=subject.pk)
        items = list(fresh.items.order_by("pk").values_list("product", "category", "price", "promotion_price"))
        return digest_of(
            days=[fresh.from_on, fresh.until_on],
            rate=fresh.rate,
            compensation=[fresh.compensation, fresh.supplier_share],
            items=items,
        )

    def on_approved(self, subject: PromotionSheet, request: ApprovalRequest) -> None:
        approve_promotion(sheet_id=subject.pk, actor=None)

    def on_ended(self, subject: PromotionSheet, request: ApprovalRequest, reason: str) -> None:
        reopen_promotion(sheet_id=subject.pk, actor=None)

    def title(self, subject: PromotionSheet) -> str:
        return f"{subject} · {subject.contract.party.label}"

    def url(self, subject: PromotionSheet) -> str:
        return reverse("suppliers:promotion_detail", args=[subject.pk])


@register
class ChargeSubject(_InStore):
    key = "suppliers.charge"
    label = _("Single fee of a supplier")
    model = FeeCharge
    standard_flow = MANAGER_ONLY
    facts = (Fact("store", _("Store"), "store"), Fact("amount", _("Amount"), "money"))

    def approval_facts(self, subject: FeeCharge) -> dict[str, Any]:
        return {"store": subject.contract.store_id, "amount": subject.amount}

    def approval_fingerprint(self, subject: FeeCharge) -> str:
        fresh = FeeCharge.objects.get(pk=subject.pk)
        return digest_of(amount=fresh.amount, fee_type=fresh.fee_type_id, reason=fresh.reason)

    def on_approved(self, subject: FeeCharge, request: ApprovalRequest) -> None:
        open_charge(charge_id=subject.pk, actor=None)

    def on_ended(self, subject: FeeCharge, request: ApprovalRequest, reason: str) -> None:
        if reason == "returned":
            reopen_charge(charge_id=subject.pk, actor=None)
        else:
            cancel_charge(charge_id=subject.pk, reason=str(reason), actor=None)

    def title(self, subject: FeeCharge) -> str:
        return f"{subject.fee_type.name} · {subject.contract.party.label}"

    def url(self, subject: FeeCharge) -> str:
        return reverse("suppliers:contract_detail", args=[subject.contract_id])


@register
class SettlementSubject(_InStore):
    key = "suppliers.settlement"
    label = _("Settlement")
    model = Settlement
    permission = "suppliers.view_settlement"
    standard_flow = MANAGER_ONLY
    facts = (
        Fact("store", _("Store"), "store"),
        Fact("payable", _("Payable"), "money"),
        Fact("adjusted", pgettext_lazy("settlement", "Adjustments"), "money"),
        Fact("disputed", _("Disputed"), "boolean"),
    )

    def approval_facts(self, subject: Settlement) -> dict[str, Any]:
        return {
            "store": subject.store_id,
            "payable": subject.payable,
            "adjusted": subject.adjusted,
            "disputed": subject.lines.filter(disputes__isnull=False).exists(),
        }

    def approval_fingerprint(self, subject: Settlement) -> str:
        fresh = Settlement.objects.get(pk=subject.pk)
        return digest_of(payable=fresh.payable, lines=list(fresh.lines.values_list("position", "rule", "amount")))

    def on_approved(self, subject: Settlement, request: ApprovalRequest) -> None:
        approve_settlement(settlement_id=subject.pk, actor=None)

    def on_ended(self, subject: Settlement, request: ApprovalRequest, reason: str) -> None:
        reopen_settlement(settlement_id=subject.pk, actor=None)

    def may_revoke(self, subject: Settlement) -> bool:
        return Settlement.objects.filter(pk=subject.pk, state=Settlement.State.APPROVED).exists()

    def title(self, subject: Settlement) -> str:
        return f"{subject.number} {subject.party.label} ¥{subject.payable:,.2f}"

    def url(self, subject: Settlement) -> str:
        return reverse("suppliers:settlement_detail", args=[subject.pk])

    def effect(self, subject: Settlement, user: User) -> str:
        disputes = Dispute.objects.filter(line__settlement=subject).select_related("answered_by").order_by("pk")
        context = {"settlement": subject, "sums": statement_rows(subject), "disputes": list(disputes)}
        return render_to_string("suppliers/_settlement_effect.html", context)


@register
class OverrideSubject(Subject):
    """Leave to sell although a mandatory paper is missing."""

    key = "suppliers.selling_override"
    label = _("Leave to sell")
    model = SellingOverride
    moves_money = False
    standard_flow = MANAGER_ONLY
    facts = (
        Fact("store", _("Store"), "store"),
        Fact("days", _("Days"), "integer"),
        Fact("missing", _("Mandatory licences missing"), "integer"),
    )

    def approval_facts(self, subject: SellingOverride) -> dict[str, Any]:
        today = timezone.localdate()
        store = self.store(subject)
        return {
            "store": store.pk if store else None,
            "days": (subject.until_on - today).days + 1,
            "missing": len(gaps(subject.party, today)),
        }

    def approval_fingerprint(self, subject: SellingOverride) -> str:
        fresh = SellingOverride.objects.get(pk=subject.pk)
        return digest_of(party=fresh.party_id, until_on=fresh.until_on, reason=fresh.reason)

    def on_approved(self, subject: SellingOverride, request: ApprovalRequest) -> None:
        grant_override(override_id=subject.pk, actor=None)

    def on_ended(self, subject: SellingOverride, request: ApprovalRequest, reason: str) -> None:
        if reason != "returned":
            end_override(override_id=subject.pk, actor=None)

    def may_revoke(self, subject: SellingOverride) -> bool:
        approved = SellingOverride.objects.filter(pk=subject.pk, state=SellingOverride.State.APPROVED)
        return approved.filter(until_on__gte=timezone.localdate()).exists()

    def title(self, subject: SellingOverride) -> str:
        return f"{subject.party.label} → {subject.until_on:%Y-%m-%d}"

    def url(self, subject: SellingOverride) -> str:
        return reverse("suppliers:party_standing", args=[subject.party_id])

    def store(self, subject: SellingOverride) -> Store | None:
        return subject.party.stores.order_by("pk").first()

    def can_see(self, subject: SellingOverride, user: User) -> bool:
        return user.has_perm(VIEW) and parties_for(user).filter(pk=subject.party_id).exists()

    def effect(self, subject: SellingOverride, user: User) -> str:
        context = {"override": subject, "gaps": gaps(subject.party, timezone.localdate())}
        return render_to_string("suppliers/_override.html", context)
