"""The audit trail: written with the deed, never changed, read by those who may."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from staff.audit import record
from staff.models import AuditEntry
from staff.tests.factories import make_user


def test_a_line_says_who_what_and_where(ada, store_a):
    entry = record(ada, "test.done", store_a, store=store_a, amount=Decimal("12.50"), on=date(2026, 11, 21))
    entry.refresh_from_db()
    assert (entry.actor, entry.subject_type, entry.subject_id, entry.store) == (
        ada, "stores.store", store_a.pk, store_a,
    )  # fmt: skip
    assert entry.data == {"amount": "12.50", "on": "2026-11-21"}


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_line(ada, change):
    record(ada, "test.done", ada)
    entries = AuditEntry.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entries.update(action="test.undone") if change == "update" else entries._raw_delete("default")
    assert AuditEntry.objects.get(action="test.done")


def test_a_manager_reads_the_lines_of_the_own_stores_only(client: Client, ada, store_a, store_b):
    record(ada, "test.here", store=store_a)
    record(ada, "test.there", store=store_b)
    client.force_login(make_user("manager", [store_a]))
    page = client.get("/audit/").content.decode()
    assert "test.here" in page
    assert "test.there" not in page


def test_the_trail_can_be_filtered_and_exported(client: Client, ada):
    record(ada, "test.one")
    record(ada, "other.two")
    client.force_login(make_user("admin"))
    page = client.get("/audit/", {"action": "test."}).content.decode()
    assert "test.one" in page
    assert "other.two" not in page
    answer = client.get("/audit/", {"export": "xlsx"})
    assert answer.content[:2] == b"PK"


@pytest.mark.parametrize("who", ["ada", "ben", "cho"])
def test_the_trail_is_closed_to_others(client: Client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/audit/").status_code == 403
