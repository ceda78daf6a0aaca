"""How suppliers are locked: the party first, then what hangs on it; many in the order of their ids."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from kit.errors import NotFound
from suppliers.models import Contract, ContractVersion, FeeCharge, Party, PromotionSheet, Settlement


def lock_party(party_id: int) -> Party:
    """Lock one party; rows that point at it may still be written."""
    party = Party.objects.select_for_update(no_key=True).filter(pk=party_id).first()
    if party is None:
        raise NotFound(_("There is no such supplier."))
    return party


def lock_contract(contract_id: int) -> Contract:
    """Lock one contract: everything that changes its versions, counters, fees or settlements goes through here."""
    return _locked(Contract, contract_id, _("There is no such contract."))


def lock_contracts(contract_ids: list[int]) -> dict[int, Contract]:
    """Lock several contracts in the order of their ids."""
    rows = Contract.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=contract_ids).order_by("pk")
    return {row.pk: row for row in rows.select_related("party", "store")}


def lock_version(version_id: int) -> ContractVersion:
    """Lock one version, after its contract."""
    found = ContractVersion.objects.filter(pk=version_id).values_list("contract_id", flat=True).first()
    contract = lock_contract(found or 0)
    version = _locked(ContractVersion, version_id, _("There is no such version of a contract."))
    version.contract = contract
    return version


def lock_promotion(sheet_id: int) -> PromotionSheet:
    return _locked(PromotionSheet, sheet_id, _("There is no such promotion sheet."))


def lock_charge(charge_id: int) -> FeeCharge:
    return _locked(FeeCharge, charge_id, _("There is no such fee."))


def lock_settlement(settlement_id: int) -> Settlement:
    """Lock one settlement; its contract is locked before where both are needed."""
    return _locked(Settlement, settlement_id, _("There is no such settlement."))


def _locked(model: type[Model], pk: int, refusal: str) -> Any:
    row = model.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None:
        raise NotFound(refusal)
    return row
