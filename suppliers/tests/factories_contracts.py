"""Contracts and their sales for tests, one plain function each."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from sales.models import Receipt
from sales.tests.factories import line_draft, make_sale
from staff.models import User
from stores.models import Counter, Store
from stores.tests.factories import make_counter
from suppliers.models import Contract, ContractVersion, FeeType, Party
from suppliers.services.contracts import (
    TermsInput,
    approve_version,
    draft_contract,
    sign_version,
    submit_version,
)
from suppliers.tests.factories_parties import make_party

_numbers = count(1)
ZONE = ZoneInfo("Asia/Shanghai")


def make_fee_type(nature: str = "management", **fields: object) -> FeeType:
    return FeeType.objects.create(**{"code": f"F{next(_numbers)}", "name": "管理费", "nature": nature, **fields})


def make_draft(
    store: Store,
    *,
    counters: list[Counter] | None = None,
    party: Party | None = None,
    starts_on: date = date(2026, 1, 1),
    ends_on: date = date(2026, 12, 31),
    rates: list | None = None,
    tiers: list | None = None,
    months: list | None = None,
    fees: list | None = None,
    actor: User | None = None,
    **values: object,
) -> Contract:
    """A contract in preparation: 25 % unless told otherwise."""
    terms = TermsInput({"base_rate": Decimal("0.25"), **values}, rates or [], tiers or [], months or [], fees or [])
    return draft_contract(
        party=party or make_party(store),
        store=store,
        kind=Contract.Kind.CONCESSION,
        starts_on=starts_on,
        ends_on=ends_on,
        counters=counters if counters is not None else [make_counter(store)],
        terms=terms,
        actor=actor,
    )


def sign(contract: Contract, number: int = 1, *, actor: User | None = None) -> ContractVersion:
    """Approve and sign one of its versions."""
    version = contract.versions.get(number=number)
    if version.status == ContractVersion.Status.DRAFT and actor is not None:
        submit_version(version_id=version.pk, actor=actor)
    approve_version(version_id=version.pk, actor=actor)
    return sign_version(version_id=version.pk, signed_on=version.effective_on, signatory="李经理", actor=actor)


def make_contract(store: Store, **fields: object) -> Contract:
    """A signed contract."""
    contract = make_draft(store, **fields)
    sign(contract)
    contract.refresh_from_db()
    return contract


def counter_of(contract: Contract) -> Counter:
    return contract.counters.select_related("counter__store").first().counter


def sell_on(counter: Counter, day: date, net: str, **line: object) -> Receipt:
    """A sale at a counter on a day."""
    at = datetime.combine(day, time(14), ZONE)
    return make_sale(counter.store, line_draft(net=net, counter=counter, **line), at=at)
