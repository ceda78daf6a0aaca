"""Compensations keep the contract of subjects."""

from decimal import Decimal

import pytest

from callcenter.models import Compensation
from callcenter.tests.factories import make_case
from loyalty.tests.factories import make_programme, make_scheme
from members.tests.factories import make_member
from workflow.tests.contract import SubjectContract


class TestCompensation(SubjectContract):
    key = "callcenter.compensation"

    @pytest.fixture
    def subject(self, store_a, initiator):
        make_programme()
        make_scheme()
        case = make_case(store_a, initiator, member=make_member(store=store_a))
        return Compensation.objects.create(
            case=case, kind="points", points=90_000, worth=Decimal(900), reason="道歉", asked_by=initiator
        )

    def change(self, subject):
        subject.points = 80_000
        subject.save(update_fields=["points"])
