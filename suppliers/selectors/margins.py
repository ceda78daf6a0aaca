"""What the store keeps of each yuan sold at a counter, for those who weigh what customers and campaigns earn."""

from datetime import date
from decimal import Decimal

from stores.models import Chain
from suppliers.models import ContractCounter, ContractVersion

USUAL_MARGIN = "0.25"


def usual_margin() -> Decimal:
    """The share kept where no contract says: the chain's setting `margin_rate`, else a quarter."""
    return Decimal(str(Chain.get().setting("margin_rate", USUAL_MARGIN)))


def margin_rates(on: date) -> dict[int, Decimal]:
    """The base commission rate of the contract version in force on a day, by counter; counters without one are left
    out. Tiers, guarantees and promotion sheets are not in it: an estimate for comparisons, not the settlement."""
    versions = ContractVersion.objects.filter(
        status=ContractVersion.Status.SIGNED, effective_on__lte=on, until_on__gte=on
    )
    rates = dict(versions.order_by("effective_on", "number").values_list("contract_id", "base_rate"))
    held = ContractCounter.objects.filter(is_signed=True, from_on__lte=on, until_on__gte=on, contract_id__in=rates)
    return {counter_id: rates[contract_id] for counter_id, contract_id in held.values_list("counter_id", "contract_id")}
