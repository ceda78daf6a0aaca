"""Adjustments of points keep the contract of subjects."""

import pytest
from django.utils import timezone

from loyalty.locks import lock_account
from loyalty.models import Adjustment
from workflow.tests.contract import SubjectContract


class TestAdjustment(SubjectContract):
    key = "loyalty.adjustment"

    @pytest.fixture
    def subject(self, member, initiator):
        account = lock_account(member.pk)
        return Adjustment.objects.create(
            account=account, points=9000, reason="补登", asked_by=initiator, asked_at=timezone.now()
        )

    def change(self, subject):
        subject.points = 8000
        subject.save(update_fields=["points"])
