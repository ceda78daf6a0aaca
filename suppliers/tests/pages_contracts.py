"""One of everything about contracts and settlements, for tests that open every page."""

from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile

from staff.models import User
from stores.models import Counter, Store
from suppliers.models import Dispute, FeeCharge, Settlement, SettlementLine
from suppliers.services.contracts import add_document
from suppliers.services.promotions import draft_promotion
from suppliers.tests.factories_contracts import make_contract, make_fee_type


def contract_objects(person: User, store: Store, counter: Counter) -> dict[str, object]:
    """By the beginning of the name of the page: the object it is about."""
    contract, fee = make_contract(store, counters=[counter]), make_fee_type()
    day = date(2026, 3, 1)
    settlement = Settlement.objects.create(
        number="JS1", contract=contract, store=store, party=contract.party, first_on=day, last_on=date(2026, 3, 31)
    )
    line = SettlementLine.objects.create(
        settlement=settlement, position=1, section="commission", rule="rate.base", inputs={"sales": "0", "rate": "0.25"}
    )
    values = {"name": "x", "from_on": day, "until_on": day, "rate": Decimal("0.1"), "compensation": "none"}
    of_contract = ("contract_", "document_add", "target_set", "deposit_enter", "charge_propose", "promotion_new")
    return {
        **{f"suppliers:{name}": contract for name in of_contract},
        "suppliers:version_": contract.versions.get(),
        "suppliers:document_download": add_document(
            contract_id=contract.pk, title="x", file=ContentFile(b"x", name="x.pdf"), actor=person
        ),
        "suppliers:charge_": FeeCharge.objects.create(
            contract=contract, fee_type=fee, amount=1, reason="x", document="x.pdf", state="draft", period_first=day,
            period_last=day, invoiced_on=day,
        ),
        "suppliers:counter_contract": counter,
        "suppliers:promotion_": draft_promotion(contract_id=contract.pk, values=values, items=[], actor=person),
        "suppliers:fee_type_edit": fee,
        "suppliers:settlement_": settlement,
        "suppliers:dispute_answer": Dispute.objects.create(line=line, reason="x"),
    }  # fmt: skip
