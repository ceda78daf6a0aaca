"""Leaving early without consent: the compensation is charged to the contract and deducted in the next settlement."""

from typing import Final
from uuid import NAMESPACE_OID, uuid5

from django.utils import translation
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from suppliers.models import Contract, FeeCharge, FeeType
from suppliers.selectors.early_exit import early_exit
from suppliers.settling.words import yuan

CODE: Final = "EXIT"


def charge_early_exit(contract: Contract, *, actor: User | None) -> FeeCharge | None:
    """Charge a terminated contract, once, by its terms; the caller holds its lock. None where nothing is due."""
    found = early_exit(contract, contract.last_on)
    if found is None:
        return None
    with translation.override(User.Language.CHINESE):
        reason = _("left without consent: highest month %(month)s %(turnover)s × %(months)s months") % {
            "month": f"{found.month_on:%Y-%m}",
            "turnover": yuan(found.turnover),
            "months": found.months,
        }
    charge, created = FeeCharge.objects.get_or_create(
        series=uuid5(NAMESPACE_OID, f"suppliers.early_exit:{contract.pk}"),
        period_first=contract.last_on,
        defaults={
            "contract": contract,
            "fee_type": _fee_type(),
            "amount": found.amount,
            "reason": reason,
            "period_last": contract.last_on,
            "invoiced_on": contract.last_on,
            "created_by": actor,
        },
    )
    if created:
        record(actor, "suppliers.exit_charged", charge, store=contract.store_id, amount=found.amount)
    return charge


def _fee_type() -> FeeType:
    """Damages are no service: no VAT is included in them."""
    values = {"name": "提前离场补偿", "name_en": "Compensation for leaving early", "nature": "compensation"}
    return FeeType.objects.get_or_create(code=CODE, defaults={**values, "vat_rate": 0})[0]
