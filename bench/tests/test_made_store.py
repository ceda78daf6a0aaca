"""The made chain must hang together: what is measured on it is measured on sound data."""

import pytest
from django.db import connection

from bench.made_store import fill
from loyalty.services.verification import find_breaches

pytestmark = pytest.mark.django_db


def test_made_chain_is_sound_to_the_checks_of_the_ledger():
    fill(200, 600)
    assert list(find_breaches()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales_receiptline")
        assert cursor.fetchone()[0] == 2000
        cursor.execute(
            "SELECT count(*) FROM sales_receipt r WHERE r.net_amount <> (SELECT sum(l.net_amount)"
            " FROM sales_receiptline l WHERE l.sold_on = r.sold_on AND l.receipt_id = r.id)"
        )
        assert cursor.fetchone()[0] == 0
        cursor.execute(
            "SELECT count(*) FROM sales_receipt r LEFT JOIN members_membercard c ON c.number = r.card_number"
            " WHERE r.member_id IS DISTINCT FROM c.member_id"
        )
        assert cursor.fetchone()[0] == 0
