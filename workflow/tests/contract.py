"""What every subject must keep: a test class each real subject's test inherits.

class TestContractSubject(SubjectContract):
    key = "suppliers.contract"

    @pytest.fixture
    def subject(self, …): …            # a saved row that can be submitted, not under approval
    def change(self, subject): …       # change and save something that is approved
    @pytest.fixture
    def initiator(self, …): …          # optional: who may ask
"""

import json
from typing import Any

import pytest
from django.db import models

from staff.models import User
from staff.tests.factories import make_user
from workflow.engine.conditions import typed
from workflow.registry import declared_facts, kind_of, subject_of
from workflow.services.administration import terminate
from workflow.services.decisions import approve, reject, send_back
from workflow.services.linting import ERROR, lint
from workflow.services.requests import is_approved, open_request_of, subject_changed, submit
from workflow.tests.factories import approve_node, make_flow, task


class SubjectContract:
    """Inherit, name the key, give a subject and a change."""

    key = ""

    def change(self, subject: models.Model) -> None:
        raise NotImplementedError

    def fresh(self, subject: models.Model) -> models.Model:
        return type(subject).objects.get(pk=subject.pk)

    @pytest.fixture
    def initiator(self, db: Any) -> User:
        return make_user("buyer", [], all_stores=True)

    @pytest.fixture
    def approver(self, db: Any) -> User:
        return make_user("ceo", [], all_stores=True)

    @pytest.fixture
    def flow(self, approver: User):
        return make_flow(approve_node("n1", approver), subject_type=self.key)

    def test_the_kind_is_registered_with_typed_facts(self, subject):
        kind = subject_of(self.key)
        assert kind_of(subject) is kind
        facts = declared_facts(kind, subject)
        json.dumps(facts)
        for fact in kind.facts:
            if facts[fact.key] not in (None, ""):
                assert typed(fact.kind, facts[fact.key]) is not None, f"{fact.key} is no {fact.kind}"

    def test_it_has_a_title_and_a_page(self, subject, initiator):
        kind = subject_of(self.key)
        assert kind.title(subject)
        assert kind.url(subject).startswith("/")
        assert isinstance(kind.effect(subject, initiator), str)
        assert kind.can_see(subject, initiator) in (True, False)

    def test_the_fingerprint_changes_with_what_is_approved_only(self, subject):
        kind = subject_of(self.key)
        before = kind.approval_fingerprint(self.fresh(subject))
        assert kind.approval_fingerprint(self.fresh(subject)) == before
        self.change(subject)
        assert kind.approval_fingerprint(self.fresh(subject)) != before

    def test_nothing_acts_before_everybody_has_approved(self, subject, initiator, approver, flow):
        request = submit(subject=subject, actor=initiator)
        assert not is_approved(self.fresh(subject))
        approve(task_id=task(request, approver).pk, actor=approver)
        assert is_approved(self.fresh(subject))

    def test_a_rejection_is_told(self, subject, initiator, approver, flow):
        request = submit(subject=subject, actor=initiator)
        request = reject(task_id=task(request, approver).pk, actor=approver, comment="no")
        assert request.status == "rejected"
        assert not is_approved(self.fresh(subject))
        assert open_request_of(subject) is None

    def test_it_comes_back_and_can_be_ended(self, subject, initiator, approver, flow):
        request = submit(subject=subject, actor=initiator)
        send_back(task_id=task(request, approver).pk, actor=approver, comment="again")
        assert terminate(request_id=request.pk, actor=approver, comment="over").status == "terminated"

    def test_a_change_under_approval_returns_it(self, subject, initiator, approver, flow):
        request = submit(subject=subject, actor=initiator)
        self.change(subject)
        changed = subject_changed(subject=self.fresh(subject), actor=initiator)
        assert changed is None or changed.status == "returned"
        request.refresh_from_db()
        assert request.status == "returned"

    def test_the_standard_flow_has_no_error(self, subject, initiator, flow):
        kind = subject_of(self.key)
        if kind.standard_flow:
            assert [one.text for one in lint(kind.standard_flow, kind, flow, initiator) if one.level == ERROR] == []
