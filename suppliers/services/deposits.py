"""Deposits of contracts: an append-only ledger without interest (R12)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from kit.money import ZERO
from staff.audit import record
from staff.models import User
from suppliers.exceptions import WrongState
from suppliers.locks import lock_contract
from suppliers.models import DepositEntry
from suppliers.settling.fees import Deposit

Kind = DepositEntry.Kind


def deposits_of(required: dict[int, Decimal]) -> dict[int, Deposit]:
    """The deposits of contracts, by contract; `required` is what each asks for."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    rows = DepositEntry.objects.filter(contract__in=list(required)).order_by()
    for contract_id, kind, amount in rows.values_list("contract", "kind").annotate(Sum("amount")):
        sums[contract_id][kind] = amount
    return {
        contract_id: Deposit(
            required=asked,
            paid=sums[contract_id][Kind.PAID],
            deducted=sums[contract_id][Kind.DEDUCTED] + sums[contract_id][Kind.REFUNDED],
            topped_up=sums[contract_id][Kind.TOPPED_UP],
        )
        for contract_id, asked in required.items()
    }


@transaction.atomic
def enter_deposit(
    *, contract_id: int, kind: str, amount: Decimal, happened_on: date, reason: str, key: str, actor: User | None
) -> DepositEntry:
    """Write a movement of a deposit. The same key again returns the first entry."""
    contract = lock_contract(contract_id)
    if entry := contract.deposits.filter(key=key).first():
        return entry
    if kind in (Kind.DEDUCTED, Kind.REFUNDED):
        balance = deposits_of({contract.pk: ZERO})[contract.pk].balance
        if amount > balance:
            raise WrongState(_("Only %(balance)s of the deposit is left.") % {"balance": f"¥{balance:,.2f}"})
    entry = contract.deposits.create(
        kind=kind, amount=amount, happened_on=happened_on, reason=reason, key=key, created_by=actor
    )
    record(actor, "suppliers.deposit_entered", contract, store=contract.store_id, kind=kind, amount=amount)
    return entry


@transaction.atomic
def refund_balance(
    *, contract_id: int, happened_on: date, reason: str, key: str, actor: User | None
) -> DepositEntry | None:
    """Write that everything left of a deposit was given back; None where nothing is left."""
    contract = lock_contract(contract_id)
    balance = deposits_of({contract.pk: ZERO})[contract.pk].balance
    if balance <= 0:
        return contract.deposits.filter(key=key).first()
    return enter_deposit(
        contract_id=contract.pk,
        kind=Kind.REFUNDED,
        amount=balance,
        happened_on=happened_on,
        reason=reason,
        key=key,
        actor=actor,
    )


def open_top_ups(required: Iterable[tuple[int, Decimal]]) -> dict[int, Deposit]:
    """Deposits as a settlement deducts from them: one that was never paid in is asked for by itself, not deducted."""
    found = deposits_of(dict(required))
    return {pk: deposit if deposit.paid else Deposit() for pk, deposit in found.items()}
