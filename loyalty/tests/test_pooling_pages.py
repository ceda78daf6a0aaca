"""Where a household's points are seen: at the till, at the desk, in the ledger, on the household's page."""

import pytest
from django.urls import reverse

from loyalty.tests.factories import account_of
from loyalty.tests.test_pooling import available, make_family, place_of, redeem
from loyalty.tests.test_till_api import Till, card_of, sale
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def family(store_a, programme, scheme):
    return make_family(store_a, limit=250)


def test_the_till_is_told_own_and_household_points_and_may_use_both(store_a, family):
    child, head = family
    till = Till(store_a)
    told = till.get(f"/members/lookup?card={child.cards.get().number}").json()
    assert (told["points"]["available"], told["household_points"]) == (100, 250)
    basket = {"member": card_of(child), "lines": sale(child)["lines"]}
    assert till.post("/receipts/quote", basket).json()["spendable"] == {"own": 100, "household": 250}
    assert till.post("/receipts/quote", {"lines": basket["lines"]}).json()["spendable"] is None
    paid = sale(child, "10.00") | {
        "payments": [{"tender": "points", "amount": "3.00"}, {"tender": "cash", "amount": "7.00"}]
    }
    assert till.post("/receipts", paid).json()["points_redeemed"] == 300
    assert available(head) == [100]
    refused = till.post("/receipts", sale(child, "10.00") | {"payments": paid["payments"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "receipt_refused")


def test_the_desk_offers_what_the_household_adds(client, store_a, family):
    child, _head = family
    client.force_login(make_user("clerk", [store_a]))
    shown = client.get(reverse("loyalty:till"), {"member": child.pk}).content.decode()
    assert "250" in shown
    page = client.get(reverse("loyalty:points_redeem", args=[child.pk])).content.decode()
    assert "350" in page


def test_the_ledger_says_from_whom_and_for_whom(client, store_a, family):
    child, head = family
    redeem(child, 150)
    client.force_login(make_user("clerk", [store_a]))
    page = client.get(reverse("loyalty:account_detail", args=[child.pk])).content.decode()
    assert reverse("loyalty:account_detail", args=[head.pk]) in page
    page = client.get(reverse("loyalty:account_detail", args=[head.pk])).content.decode()
    assert reverse("loyalty:account_detail", args=[child.pk]) in page
    page = client.get(reverse("members:household_detail", args=[place_of(child).household_id])).content.decode()
    assert "张子" in page
    assert str(account_of(head).available) in page
