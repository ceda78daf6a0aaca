"""A subject that does not exist yet, and large exports, keep the contract."""

import pytest

from workflow.models import ExportRequest
from workflow.tests.contract import SubjectContract
from workflow.tests.factories import BudgetSubject, make_budget

pytestmark = pytest.mark.django_db


class TestBudget(SubjectContract):
    key = BudgetSubject.key

    @pytest.fixture
    def subject(self, db):
        return make_budget()

    def change(self, subject):
        subject.name_en = "49000.00"
        subject.save(update_fields=["name_en"])


class TestExport(SubjectContract):
    key = "workflow.export"

    @pytest.fixture
    def subject(self, db, initiator):
        return ExportRequest.objects.create(
            path="/members/", name="members", rows=9000, purpose="x", asked_by=initiator
        )

    def change(self, subject):
        subject.query = "q=1"
        subject.save(update_fields=["query"])
