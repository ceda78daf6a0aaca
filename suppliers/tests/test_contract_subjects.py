"""Contract versions, promotion sheets, single fees and settlements keep what every subject of approval must keep."""

from datetime import date
from decimal import Decimal as D

import pytest

from suppliers.models import FeeCharge, PromotionSheet, Settlement
from suppliers.services.promotions import draft_promotion
from suppliers.services.settlement import run_month
from suppliers.services.statements import accept_settlement, confirm_settlement, send_settlement
from suppliers.tests.factories_contracts import counter_of, make_contract, make_draft, make_fee_type, sell_on
from workflow.services.decisions import approve, send_back
from workflow.services.requests import submit
from workflow.tests.contract import SubjectContract
from workflow.tests.factories import task

MARCH = date(2026, 3, 1)


class TestContractSubject(SubjectContract):
    key = "suppliers.contract"

    @pytest.fixture
    def subject(self, store_a):
        return make_draft(store_a).versions.get()

    def change(self, subject):
        subject.base_rate = D("0.2")
        subject.save(update_fields=["base_rate"])


class TestPromotionSubject(SubjectContract):
    key = "suppliers.promotion"

    @pytest.fixture
    def subject(self, store_a, initiator):
        values = {"name": "春装周", "from_on": MARCH, "until_on": date(2026, 3, 9), "rate": D("0.15")}
        return draft_promotion(
            contract_id=make_contract(store_a).pk, values={**values, "compensation": "none"}, items=[], actor=initiator
        )

    def change(self, subject):
        PromotionSheet.objects.filter(pk=subject.pk).update(rate=D("0.1"))


class TestChargeSubject(SubjectContract):
    key = "suppliers.charge"

    @pytest.fixture
    def subject(self, store_a):
        return FeeCharge.objects.create(
            contract=make_contract(store_a), fee_type=make_fee_type(), amount=D(180), reason="维修",
            document="fees/x.pdf", period_first=MARCH, period_last=MARCH, invoiced_on=MARCH, state="draft",
        )  # fmt: skip

    def change(self, subject):
        FeeCharge.objects.filter(pk=subject.pk).update(amount=D(190))

    def test_one_that_came_back_can_still_be_approved(self, subject, initiator, approver, flow):
        request = submit(subject=subject, actor=initiator)
        send_back(task_id=task(request, approver).pk, actor=approver, comment="again")
        assert self.fresh(subject).state != FeeCharge.State.CANCELLED
        request = submit(subject=self.fresh(subject), actor=initiator)
        approve(task_id=task(request, approver).pk, actor=approver)
        assert self.fresh(subject).state == FeeCharge.State.OPEN


class TestSettlementSubject(SubjectContract):
    key = "suppliers.settlement"

    @pytest.fixture
    def subject(self, store_a):
        contract = make_contract(store_a)
        sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
        run_month(month_on=MARCH, actor=None, store_ids=[store_a.pk])
        settlement = contract.settlements.get()
        confirm_settlement(settlement_id=settlement.pk, actor=None)
        send_settlement(settlement_id=settlement.pk, actor=None)
        return accept_settlement(settlement_id=settlement.pk, name="李经理")

    def change(self, subject):
        subject.lines.create(position=99, section="adjustment", rule="adjustment", inputs={"reason": "x"}, amount=D(5))
        Settlement.objects.filter(pk=subject.pk).update(adjusted=D(5), payable=subject.payable + 5)
