"""Suppliers, their papers and their contracts for tests, one plain function each."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from staff.models import User
from stores.models import Counter, Store
from stores.tests.factories import make_counter, make_store
from suppliers.models import Contract, ContractCounter, Licence, LicenceType, Party, PartyPerson
from suppliers.services.parties import spoken

_numbers = count(1)


def make_party(*stores: Store, **fields: object) -> Party:
    """A prospect, or what `fields` say; a supplier is one since a year ago."""
    number = next(_numbers)
    fields = {"code": f"T{number:06d}", "name": f"青岛之春服饰有限公司{number}"} | fields
    if fields.get("status") in ("supplier", "leaving"):
        fields.setdefault("became_supplier_on", timezone.localdate() - timedelta(days=365))
        fields.setdefault("selling", "allowed")
    fields.setdefault("pinyin", spoken(str(fields.get("short_name", "")), str(fields["name"])))
    party = Party.objects.create(**fields)
    party.stores.set(stores)
    return party


def make_type(code: str = "BL", **fields: object) -> LicenceType:
    return LicenceType.objects.create(**{"code": code, "name": "营业执照", "name_en": "Business licence", **fields})


def make_licence(party: Party, type: LicenceType, valid_to: date | None = None, **fields: object) -> Licence:
    return Licence.objects.create(party=party, type=type, valid_to=valid_to, **fields)


def make_person(party: Party, counter: Counter | None = None, **fields: object) -> PartyPerson:
    return PartyPerson.objects.create(
        party=party, counter=counter, **{"name": "王小梅", "entered_on": date(2026, 1, 1), **fields}
    )


def make_signed(
    party: Party,
    counter: Counter | None = None,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    actor: User | None = None,
) -> Contract:
    """A signed contract about one counter."""
    today = timezone.localdate()
    counter = counter or make_counter(party.stores.first() or make_store())
    starts_on, ends_on = starts_on or today - timedelta(days=30), ends_on or today + timedelta(days=335)
    contract = Contract.objects.create(
        number=f"T{next(_numbers)}",
        party=party,
        store=counter.store,
        state=Contract.State.ACTIVE,
        starts_on=starts_on,
        ends_on=ends_on,
        settled_from_on=starts_on,
        created_by=actor,
    )
    ContractCounter.objects.create(
        contract=contract, counter=counter, from_on=starts_on, until_on=ends_on, is_signed=True
    )
    return contract
