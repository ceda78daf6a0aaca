"""The link of a settlement goes to the supplier's main contact, once a sending, and the page says to whom."""

import logging
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from kit.testing import counted_queries
from staff.models import Outbox
from staff.tests.factories import make_user
from suppliers.exceptions import LinkRefused, WrongState
from suppliers.models import Settlement
from suppliers.services.links import GOOD_FOR, link_of, settlement_of_link
from suppliers.services.sending import send_link
from suppliers.services.settlement import run_month
from suppliers.services.statements import confirm_settlement, send_settlement
from suppliers.tests.factories_contracts import counter_of, make_contract, sell_on

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture
def confirmed(store_a):
    contract = make_contract(store_a)
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    run_month(month_on=MARCH, actor=None, store_ids=[store_a.pk])
    return confirm_settlement(settlement_id=contract.settlements.get().pk, actor=None)


@pytest.fixture
def contact(confirmed):
    return confirmed.party.contacts.create(
        name="李经理", phone="+8613900000002", email="li@example.com", is_primary=True
    )


def send(settlement):
    return send_settlement(settlement_id=settlement.pk, actor=None)


def opened_by(message: Outbox) -> Settlement:
    """What the link in a message opens."""
    return settlement_of_link(re.search(r"/s/([^/]+)/", message.body)[1], message.dedupe_key)


def page_of(client, store, settlement) -> str:
    client.force_login(make_user("finance", [store]))
    return client.get(reverse("suppliers:settlement_detail", args=[settlement.pk])).text


def test_the_main_contact_gets_an_email_and_a_text_with_the_link(confirmed, contact):
    settlement = send(confirmed)
    rows = {row.channel: row for row in Outbox.objects.all()}
    assert {channel: row.to for channel, row in rows.items()} == {"email": "li@example.com", "sms": "+8613900000002"}
    assert all(row.purpose == "settlement" and opened_by(row) == settlement for row in rows.values())
    send_link(settlement)
    assert Outbox.objects.count() == 2
    send(settlement)
    assert Outbox.objects.count() == 4
    with pytest.raises(LinkRefused):
        opened_by(rows["sms"])


def test_a_link_is_the_same_wherever_it_is_shown_and_good_for_thirty_days(confirmed, contact):
    settlement = send(confirmed)
    text = Outbox.objects.get(channel="sms")
    assert link_of(Settlement.objects.get(pk=settlement.pk)) in text.body
    for age, opens in ((GOOD_FOR - timedelta(hours=1), True), (GOOD_FOR + timedelta(seconds=1), False)):
        Settlement.objects.filter(pk=settlement.pk).update(sent_at=settlement.sent_at - age)
        if opens:
            assert opened_by(text) == settlement
        else:
            with pytest.raises(LinkRefused):
                opened_by(text)


@pytest.mark.parametrize("garbage", ["", ":", "a:b", ".e30:x", "é:中", "%00:1", "A" * 5000])
def test_garbage_opens_nothing(confirmed, contact, garbage):
    settlement = send(confirmed)
    token = link_of(settlement).rstrip("/").rsplit("/", 1)[1]
    for wrong in (garbage, token[:-1], token + garbage + "x", token.replace(":", ":x", 1)):
        with pytest.raises(LinkRefused):
            settlement_of_link(wrong, "1.2.3.4")


def test_a_landline_gets_no_text_and_a_former_contact_nothing(confirmed, contact):
    contact.phone = "+86053280001234"
    contact.save(update_fields=["phone"])
    settlement = send(confirmed)
    assert list(Outbox.objects.values_list("channel", flat=True)) == ["email"]
    contact.is_active = False
    contact.save(update_fields=["is_active"])
    send(settlement)
    assert Outbox.objects.count() == 1


def test_the_page_says_to_whom_it_went_without_the_whole_address(client, store_a, confirmed, contact):
    send(confirmed)
    text = page_of(client, store_a, confirmed)
    assert "139****0002" in text
    assert "+8613900000002" not in text
    assert "li@example.com" not in text
    with counted_queries() as queries:
        client.get(reverse("suppliers:settlement_detail", args=[confirmed.pk]))
    assert len(queries) <= 15


def test_the_page_says_when_nobody_could_be_told(client, store_a, confirmed):
    send(confirmed)
    assert "请自行转发链接" in page_of(client, store_a, confirmed)
    assert not Outbox.objects.exists()


def test_no_log_line_names_the_person(confirmed, contact, caplog):
    with caplog.at_level(logging.DEBUG):
        send(confirmed)
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not any("13900000002" in line or "li@example.com" in line for line in said)


def test_a_refused_sending_writes_nothing(store_a):
    contract = make_contract(store_a)
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    run_month(month_on=MARCH, actor=None, store_ids=[store_a.pk])
    draft = contract.settlements.get()
    draft.party.contacts.create(name="李经理", email="li@example.com", is_primary=True)
    with pytest.raises(WrongState):
        send(draft)
    assert not Outbox.objects.exists()
