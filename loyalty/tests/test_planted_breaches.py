"""The verification finds a planted breach of each invariant: constraints and triggers are taken away, a row is spoilt."""

import pytest
from django.db import connection

from loyalty.models import PointsHold
from loyalty.services.holds import hold_points
from loyalty.services.points import redeem_points
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import bring_back, sell
from sales.tests.factories import line_draft

pytestmark = pytest.mark.django_db

DROP_GUARDS = [
    "ALTER TABLE loyalty_pointstxn DISABLE TRIGGER ALL",
    "ALTER TABLE loyalty_pointsentry DISABLE TRIGGER ALL",
    "ALTER TABLE loyalty_lotallocation DISABLE TRIGGER ALL",
]
CONSTRAINTS = {
    "loyalty_pointslot": ["loyalty_lot_remaining_within_granted"],
    "loyalty_account": ["loyalty_account_never_below_zero", "loyalty_account_pays_debt_first"],
    "loyalty_pointstxn": ["loyalty_txn_once_per_event"],
    "loyalty_pointshold": ["loyalty_hold_captures_at_most_itself", "loyalty_hold_ends_with_a_transaction"],
    "loyalty_earnline": ["loyalty_earnline_clawed_back_at_most_earned"],
    "staff_apicall": ["staff_apicall_one_per_key"],
}

BREACHES = {
    "1 a trigger is gone": (1, "ALTER TABLE loyalty_pointsentry DISABLE TRIGGER loyalty_pointsentry_append_only"),
    "1 a transaction was deleted": (1, "DELETE FROM loyalty_pointstxn WHERE kind = 'redeem'"),
    "1 a transaction was dated back": (1, "UPDATE loyalty_pointstxn SET business_at = business_at - interval '9 days'"),
    "2 an entry was changed": (2, "UPDATE loyalty_pointsentry SET amount = amount + 1 WHERE bucket = 'issued'"),
    "3 a lot was filled up": (3, "UPDATE loyalty_pointslot SET remaining = remaining + 1 WHERE remaining < granted"),
    "4 a balance was moved": (4, "UPDATE loyalty_account SET available = available - 5, pending = pending + 5"),
    "4 a lot went pending": (4, "UPDATE loyalty_pointslot SET is_pending = true WHERE remaining > 0"),
    "5 a balance below zero": (5, "UPDATE loyalty_account SET held = -1"),
    "5 owing with points at hand": (5, "UPDATE loyalty_account SET debt = 3"),
    "6 an allocation reversed twice": (
        6,
        "INSERT INTO loyalty_lotallocation (txn_id, lot_id, kind, amount, reverses_id)"
        " SELECT txn_id, lot_id, kind, amount, id FROM loyalty_lotallocation a, generate_series(1, 2)"
        " WHERE kind = 'redeem'",
    ),
    "6 a hold that ended without a transaction": (6, "UPDATE loyalty_pointshold SET state = 'released'"),
    "7 an event booked twice": (
        7,
        "INSERT INTO loyalty_pointstxn (account_id, kind, source, document, line, event, business_at, booked_at,"
        " tier_rank, reason) SELECT account_id, kind, source, document, line, event, business_at, booked_at, tier_rank,"
        " reason FROM loyalty_pointstxn WHERE kind = 'earn' LIMIT 1",
    ),
    "8 more taken back than earned": (
        8,
        "UPDATE loyalty_earnline SET points_now = points_now - 3 WHERE points_now > 3",
    ),
    "8 a whole return that keeps points": (
        8,
        "UPDATE sales_receiptline SET returned_quantity = quantity WHERE quantity > 0",
    ),
    "9 redeemed from a lapsed lot": (
        9,
        "UPDATE loyalty_pointslot SET expires_at = '2001-01-01' WHERE id IN"
        " (SELECT lot_id FROM loyalty_lotallocation WHERE kind = 'redeem')",
    ),
    "10 a balance out of nothing": (10, "UPDATE loyalty_account SET available = available + 1000"),
    "10 a lot out of nothing": (
        10,
        "INSERT INTO loyalty_pointslot (account_id, txn_id, granted, remaining, earmarked, is_pending, active_from)"
        " SELECT id, 999999999, 50, 50, 0, false, now() FROM loyalty_account LIMIT 1",
    ),
}


@pytest.fixture
def history(store_a, member):
    """Earned, redeemed, held, partly returned."""
    sale = sell(store_a, member, line_draft(net="300.00", quantity="3"))
    sell(store_a, member, line_draft(net="45.50"))
    redeem_points(member_id=member.pk, points=50, key="k", reason="礼品", actor=None)
    bring_back(sale, quantity="1")
    hold_points(member_id=member.pk, points=20, source="till", document="h", store_id=store_a.pk, actor=None)
    assert PointsHold.objects.count() == 1


@pytest.mark.parametrize("name", BREACHES)
def test_a_planted_breach_is_found(history, name):
    invariant, sql = BREACHES[name]
    assert list(find_breaches()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if "DISABLE TRIGGER" not in sql:
            for statement in DROP_GUARDS:
                cursor.execute(statement)
        for table, names in CONSTRAINTS.items():
            for constraint in names:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
        cursor.execute("ALTER TABLE loyalty_pointslot DISABLE TRIGGER ALL")
        cursor.execute(sql)
        for statement in DROP_GUARDS:
            if "DISABLE TRIGGER" not in sql:
                cursor.execute(statement.replace("DISABLE", "ENABLE"))
    found = {breach.invariant for breach in find_breaches()}
    assert invariant in found
    if name.startswith("1 a trigger"):
        assert found == {1}


def test_the_database_itself_refuses_to_change_the_ledger(history):
    from django.db import IntegrityError, transaction

    for table in ("loyalty_pointstxn", "loyalty_pointsentry", "loyalty_lotallocation"):
        for sql in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET txn_id = txn_id" if "txn" not in table[-3:] else f"UPDATE {table} SET line = 9",
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
