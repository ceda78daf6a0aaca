"""Leave to sell keeps what every subject of approval must keep."""

from datetime import timedelta

import pytest
from django.utils import timezone

from staff.tests.factories import make_user
from suppliers.models import SellingOverride
from suppliers.tests.factories_parties import make_party, make_signed, make_type
from workflow.tests.contract import SubjectContract


class TestOverrideSubject(SubjectContract):
    key = "suppliers.selling_override"

    @pytest.fixture
    def subject(self, store_a):
        party = make_party(store_a, status="supplier", selling="stopped")
        make_signed(party)
        make_type()
        return SellingOverride.objects.create(
            party=party,
            until_on=timezone.localdate() + timedelta(days=5),
            reason="换证中",
            asked_by=make_user("buyer", [store_a]),
        )

    def change(self, subject):
        subject.until_on += timedelta(days=20)
        subject.save(update_fields=["until_on"])
