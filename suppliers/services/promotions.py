"""Promotion sheets: drafted, approved, and from then on the rate everybody counts by."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from suppliers.exceptions import TermsRefused, WrongState
from suppliers.locks import lock_contract, lock_promotion
from suppliers.models import Contract, PromotionItem, PromotionSheet
from workflow.services.requests import submit

Status = PromotionSheet.Status


@transaction.atomic
def draft_promotion(
    *, contract_id: int, values: dict[str, Any], items: Sequence[dict[str, Any]], actor: User | None
) -> PromotionSheet:
    """Write a promotion sheet down. It counts once it is approved."""
    contract = lock_contract(contract_id)
    if contract.state != Contract.State.ACTIVE:
        raise WrongState(_("Promotions need a signed contract."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('suppliers_promotion_no')")
        number = f"CX{values['from_on']:%Y}-{cursor.fetchone()[0]:05d}"
    sheet = PromotionSheet(number=number, contract=contract, created_by=actor, **values)
    _check(sheet, items)
    sheet.save()
    PromotionItem.objects.bulk_create(PromotionItem(sheet=sheet, **item) for item in items)
    record(actor, "suppliers.promotion_drafted", sheet, store=contract.store_id)
    return sheet


def _check(sheet: PromotionSheet, items: Sequence[dict[str, Any]]) -> None:
    contract = sheet.contract
    if not (contract.starts_on <= sheet.from_on <= sheet.until_on <= contract.last_on):
        raise TermsRefused(_("The promotion lies within the contract."), fields={"until_on": ""})
    priced = [item for item in items if item.get("price") and item.get("promotion_price")]
    if sheet.compensation != PromotionSheet.Compensation.NONE and not priced:
        raise TermsRefused(_("A price difference needs goods with both prices."), fields={"compensation": ""})
    if any(item["promotion_price"] > item["price"] for item in priced):
        raise TermsRefused(_("The promotion price is not above the regular one."))


@transaction.atomic
def submit_promotion(*, sheet_id: int, actor: User, urgent: bool = False, comment: str = "") -> PromotionSheet:
    """Ask for approval. One whose days lie in a confirmed settlement comes too late."""
    sheet = PromotionSheet.objects.select_related("contract").get(pk=sheet_id)
    if sheet.status != Status.DRAFT:
        raise WrongState(_("Only a draft is submitted."))
    if sheet.contract.settlements.exclude(state="draft").filter(last_on__gte=sheet.from_on).exists():
        raise WrongState(_("These days are settled already."))
    submit(subject=sheet, actor=actor, urgent=urgent, comment=comment)
    sheet = lock_promotion(sheet_id)
    if sheet.status == Status.DRAFT:
        sheet.status = Status.SUBMITTED
        sheet.save(update_fields=["status"])
    record(actor, "suppliers.promotion_submitted", sheet, store=sheet.contract.store_id)
    return sheet


@transaction.atomic
def approve_promotion(*, sheet_id: int, actor: User | None) -> PromotionSheet:
    """Put a sheet in force. A second call changes nothing."""
    sheet = lock_promotion(sheet_id)
    if sheet.status == Status.APPROVED:
        return sheet
    sheet.status, sheet.approved_at = Status.APPROVED, timezone.now()
    sheet.save(update_fields=["status", "approved_at"])
    record(actor, "suppliers.promotion_approved", sheet, store=sheet.contract.store_id)
    return sheet


@transaction.atomic
def reopen_promotion(*, sheet_id: int, actor: User | None) -> PromotionSheet:
    """Not approved: back to a draft. One in force refuses."""
    sheet = lock_promotion(sheet_id)
    if sheet.status == Status.APPROVED:
        raise WrongState(_("A promotion in force stays."))
    sheet.status = Status.DRAFT
    sheet.save(update_fields=["status"])
    record(actor, "suppliers.promotion_reopened", sheet, store=sheet.contract.store_id)
    return sheet
