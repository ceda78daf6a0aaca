"""The till over HTTP: points and tier at once, retries answered the same, refusals in words."""

import json
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty.models import PointsTxn
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of
from members.models import Member
from members.tests.factories import make_member
from sales.models import Receipt
from staff.models import Device
from staff.services.devices import revoke_device
from staff.tests.factories import make_device
from stores.tests.factories import make_counter

_numbers = count(1)


class Till:
    """A till with its token; each call makes its own idempotency key unless one is given."""

    def __init__(self, store, kind: str = "till") -> None:
        self.device, token = make_device(store, kind=kind)
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, body: dict, key: str = "") -> Any:
        return self.client.post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key or f"key-{next(_numbers):08d}"},
        )


@pytest.fixture
def till(store_a, programme, scheme) -> Till:
    return Till(store_a)


def card_of(member: Member) -> dict:
    return {"card": member.cards.get().number}


def sale(member: Member | None = None, *prices: str, **fields: Any) -> dict:
    prices = prices or ("100.00",)
    return {
        "document": f"S{next(_numbers):06d}",
        "sold_at": timezone.now().isoformat(),
        "member": card_of(member) if member else None,
        "lines": [{"product": f"P{n}", "quantity": 1, "unit_price": price} for n, price in enumerate(prices)],
        **fields,
    }


def back(original: dict, *lines: tuple[int, int]) -> dict:
    return {
        "document": f"B{next(_numbers):06d}",
        "original": original["document"],
        "sold_at": timezone.now().isoformat(),
        "lines": [{"line": line, "quantity": quantity} for line, quantity in lines or [(1, 1)]],
    }


pytestmark = pytest.mark.django_db


def test_a_receipt_earns_points_and_a_star_at_once(till, member):
    answer = till.post("/receipts", sale(member, "1999.99", "0.01", "10.00"))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["points_earned"], body["points"]["available"]) == (2009, 2009)
    assert (body["tier"]["stars"], body["tier_changed"]) == (4, True)


def test_a_posting_takes_at_most_twenty_statements(till, member, store_a):
    counter = make_counter(store_a)
    till.post("/receipts", sale(member, "5", "6", "7"))
    body = sale(member, "100", "200", "300")
    for line in body["lines"]:
        line["counter"] = counter.code
    with CaptureQueriesContext(connection) as captured:
        assert till.post("/receipts", body).status_code == 201
    # The savepoint inside the test's transaction stands for BEGIN and COMMIT; what is remembered of partitions is
    # remembered at a commit, which a test never reaches.
    statements = [query for query in captured if "to_regclass" not in query["sql"]]
    assert len(statements) <= 20


def test_the_same_key_and_body_get_the_stored_answer(till, member):
    body = sale(member)
    first = till.post("/receipts", body, key="same-key-1")
    again = till.post("/receipts", body, key="same-key-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Receipt.objects.count() == 1
    assert PointsTxn.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(till, member):
    till.post("/receipts", sale(member), key="same-key-2")
    answer = till.post("/receipts", sale(member), key="same-key-2")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


def test_the_same_document_under_another_key_is_refused(till, member):
    body = sale(member)
    till.post("/receipts", body)
    answer = till.post("/receipts", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_posted")
    assert account_of(member).available == 100


def test_what_was_refused_may_be_sent_again_under_the_same_key(till, member):
    body = sale(member, payments=[{"tender": "cash", "amount": "1.00"}])
    assert till.post("/receipts", body, key="same-key-3").status_code == 409
    body["payments"][0]["amount"] = "100.00"
    assert till.post("/receipts", body, key="same-key-3").status_code == 201


def test_an_anonymous_receipt_is_kept_and_earns_nothing(till):
    body = till.post("/receipts", sale()).json()
    assert (body["points_earned"], body["points"]) == (0, None)


def test_points_pay_and_come_back_with_the_goods(till, member):
    till.post("/receipts", sale(member, "1000"))
    body = sale(member, "50", payments=[{"tender": "points", "amount": "5"}, {"tender": "cash", "amount": "45"}])
    assert till.post("/receipts", body).json()["points_redeemed"] == 500
    answer = till.post("/receipts/returns", back(body)).json()
    assert (answer["points_restored"], answer["refund"]) == (500, "45.00")
    assert account_of(member).available == 1000
    assert list(find_breaches()) == []


def test_paying_with_more_points_than_there_are_posts_nothing(till, member):
    body = sale(member, "50", payments=[{"tender": "points", "amount": "50"}])
    answer = till.post("/receipts", body)
    assert answer.status_code == 409
    assert not Receipt.objects.exists()


def test_a_preview_says_exactly_what_the_return_then_does(till, member):
    sold = sale(member, "1500", "700")
    till.post("/receipts", sold)
    body = back(sold, (1, 1))
    before = account_of(member).available
    preview = till.post("/receipts/returns/preview", body).json()
    assert account_of(member).available == before
    done = till.post("/receipts/returns", body).json()
    for name in ("net_amount", "points_taken_back", "debt_made", "points", "tier"):
        assert preview[name] == done[name]


def test_more_than_was_sold_cannot_come_back(till, member):
    sold = sale(member)
    till.post("/receipts", sold)
    assert till.post("/receipts/returns", back(sold)).status_code == 201
    answer = till.post("/receipts/returns", back(sold))
    assert (answer.status_code, answer.json()["code"]) == (409, "return_exceeds_sale")


def test_an_exchange_pays_the_difference_and_nets_the_points(till, member):
    sold = sale(member, "300")
    till.post("/receipts", sold)
    answer = till.post("/receipts/exchanges", {"returned": back(sold), "sold": sale(member, "420.50")})
    body = answer.json()
    assert (body["difference_to_pay"], body["points_net"]) == ("120.50", 120)
    along = Receipt.objects.get(document=body["sold"]["document"])
    assert along.exchange_for.document == body["returned"]["document"]


def test_an_exchange_takes_payment_for_the_difference_only(till, member):
    sold = sale(member, "300")
    till.post("/receipts", sold)
    along = sale(member, "420.50", payments=[{"tender": "wechat", "amount": "120.50"}])
    assert till.post("/receipts/exchanges", {"returned": back(sold), "sold": along}).status_code == 201
    paid = dict(Receipt.objects.get(document=along["document"]).payments.values_list("tender", "amount"))
    assert {tender: str(amount) for tender, amount in paid.items()} == {"other": "300.00", "wechat": "120.50"}


def test_a_cheaper_exchange_pays_money_back(till, member):
    sold = sale(member, "300")
    till.post("/receipts", sold)
    body = till.post("/receipts/exchanges", {"returned": back(sold), "sold": sale(member, "100")}).json()
    assert (body["difference_to_pay"], body["returned"]["refund"], body["points_net"]) == ("-200.00", "300.00", -200)


def test_a_batch_has_a_verdict_for_each_receipt(till, member):
    good, known, broken = sale(member), sale(member), sale(member)
    till.post("/receipts", known)
    broken["lines"][0]["counter"] = "no such counter"
    changed = {**known, "document": known["document"], "lines": known["lines"] * 2}
    answer = till.post("/receipts/batch", {"receipts": [good, known, broken]}).json()
    assert [row["verdict"] for row in answer["receipts"]] == ["posted", "unchanged", "refused"]
    assert till.post("/receipts/batch", {"receipts": [changed]}).json()["refused"] == 1
    assert account_of(member).available == 200
    assert list(find_breaches()) == []


def test_a_batch_equals_the_same_receipts_one_by_one(till, store_a):
    bodies = []
    for prices in (("10.99", "5.01"), ("1999.00",), ("0.99",), ("8000.50", "3")):
        bodies.append((prices, make_member(store=store_a), make_member(store=store_a)))
    till.post("/receipts/batch", {"receipts": [sale(batch, *prices) for prices, batch, _one in bodies]})
    for prices, batch, one in bodies:
        till.post("/receipts", sale(one, *prices))
        left, right = account_of(batch), account_of(one)
        assert (left.available, left.tier_rank, left.tier_until_on) == (
            right.available,
            right.tier_rank,
            right.tier_until_on,
        )


def test_a_lookup_tells_the_till_what_it_needs(till, member):
    till.post("/receipts", sale(member, "2500"))
    body = till.get(f"/members/lookup?card={member.cards.get().number}").json()
    assert body["points"]["available"] == 2500
    assert body["tier"]["stars"] == 4
    assert "****" in body["phone"]
    assert body["greeting"]


def test_a_lookup_greets_on_the_birthday(till, member):
    today = timezone.localdate()
    Member.objects.filter(pk=member.pk).update(birth_month=today.month, birth_day=today.day, next_birthday_on=today)
    body = till.get(f"/members/lookup?number={member.member_no}").json()
    assert body["birthday_today"] is True
    assert "生日" in body["greeting"]


def test_a_shared_phone_is_not_guessed(till, store_a):
    for name in ("张晓敏", "李建国"):
        make_member(name=name, phone="+8613812344821", store=store_a)
    answer = till.get("/members/lookup?phone=13812344821")
    assert (answer.status_code, answer.json()["code"]) == (409, "phone_shared")


def test_a_blocked_card_is_refused_in_words(till, member):
    member.cards.update(status="blocked")
    answer = till.get(f"/members/lookup?card={member.cards.get().number}")
    assert (answer.status_code, answer.json()["code"]) == (409, "card_not_active")


def test_enrolling_twice_welcomes_back(till):
    body = {"name": "王芳", "phone": "13912345678", "consents": ["sms"]}
    first, second = till.post("/members", body), till.post("/members", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["member_no"] == second.json()["member_no"]


def test_a_quote_keeps_nothing(till, member):
    body = sale(member, "250")
    answer = till.post("/receipts/quote", {"member": body["member"], "lines": body["lines"]}).json()
    assert answer["points"] == 250
    assert not Receipt.objects.exists()


def test_hold_capture_release(till, member):
    till.post("/receipts", sale(member, "500"))
    hold = till.post("/holds", {"document": "H1", "member": card_of(member), "points": 300}).json()
    assert (hold["balance"]["available"], hold["balance"]["held"]) == (200, 300)
    captured = till.post(f"/holds/{hold['hold_id']}/capture", {"points": 120}).json()
    assert (captured["balance"]["available"], captured["balance"]["held"]) == (380, 0)
    assert till.post(f"/holds/{hold['hold_id']}/release", {}).status_code == 409
    assert list(find_breaches()) == []


def test_a_till_of_another_store_cannot_end_the_hold(till, member, store_b):
    till.post("/receipts", sale(member, "500"))
    hold = till.post("/holds", {"document": "H1", "member": card_of(member), "points": 300}).json()
    assert Till(store_b).post(f"/holds/{hold['hold_id']}/release", {}).status_code == 404


def test_a_revoked_token_is_refused(till, member):
    revoke_device(device=Device.objects.get(pk=till.device.pk), actor=None)
    assert till.post("/receipts", sale(member)).status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"lines": []}, 422),
        ({"sold_at": "yesterday"}, 422),
        ({"sold_at": "2026-01-01T10:00:00"}, 422),
        ({"document": "with\u0000nul"}, 422),
        ({"document": "\ud800"}, 400),
        ({"lines": [{"product": "P", "quantity": "NaN", "unit_price": "1"}]}, 422),
        ({"lines": [{"product": "P", "quantity": -1, "unit_price": "1"}]}, 422),
        ({"lines": [{"product": "P", "quantity": 1, "unit_price": "1e30"}]}, 422),
        ({"lines": [{"product": "P", "quantity": 1, "unit_price": "1", "discount": "2"}]}, 409),
        ({"sold_at": "2099-01-01T10:00:00+08:00"}, 409),
        ({"member": {"card": "1", "phone": "2"}}, 422),
        ({"member": {"card": "0000"}}, 404),
    ],
)
def test_bad_input_gets_a_sentence_and_posts_nothing(till, change, status):
    answer = till.post("/receipts", {**sale(), **change})
    assert answer.status_code == status
    assert answer.json()["message"]
    assert not Receipt.objects.exists()
