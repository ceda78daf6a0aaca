"""Schemathesis walks the whole OpenAPI with made-up requests: no 500, and no answer that is not documented."""

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crm_site.wsgi import application
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from staff.tests.factories import make_device

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(autouse=True)
def _one_connection():
    """Requests share the connection of the test, as those of Django's own test client do."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(store_a) -> str:
    """A till of a store with a programme, a member and a receipt, so that some requests find something."""
    make_programme()
    make_scheme()
    sell(store_a, make_member(store=store_a, phone="+8613812344821"))
    _device, secret = make_device(store_a)
    return secret


@pytest.mark.django_db
@schema.parametrize()
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_as_documented(case, token):
    # Called without a socket, nobody unpacks a compressed answer.
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    case.call_and_validate(headers=headers, checks=CHECKS)


@pytest.mark.django_db
@schema.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_operation_answers_without_a_token(case):
    response = case.call(headers={"Authorization": "Bearer nobody"})
    wrong_method = case.method.upper() != case.operation.method.upper()
    assert response.status_code == (405 if wrong_method else 401)
