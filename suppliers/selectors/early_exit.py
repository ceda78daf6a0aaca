"""What leaving a contract early without consent costs the supplier (R14)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kit.money import ZERO
from sales.selectors.counted import month_sums
from suppliers.models import Contract
from suppliers.selectors.contract_page import version_in_force
from suppliers.settling.fees import exit_compensation


@dataclass(frozen=True)
class EarlyExit:
    """So many times the turnover of the contract's best month."""

    amount: Decimal
    month_on: date
    turnover: Decimal
    months: int


def early_exit(contract: Contract, last_on: date) -> EarlyExit | None:
    """The compensation for leaving on a day, by the terms of that day; None where nothing is agreed or was sold."""
    version = version_in_force(list(contract.versions.all()), last_on)
    if version is None:
        return None
    sales: dict[date, Decimal] = defaultdict(lambda: ZERO)
    counters = contract.counters.values_list("counter_id", flat=True)
    for (_counter, month), amount in month_sums(counters, contract.settled_from_on, last_on).items():
        sales[month] += amount
    amount = exit_compensation(list(sales.values()), version.exit_months)
    if amount <= 0:
        return None
    best = max(sales, key=lambda month: (sales[month], month))
    return EarlyExit(amount, best, sales[best], version.exit_months)
