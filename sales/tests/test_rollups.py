"""The figures of the first screen equal naive sums over receipts, whatever was posted and in whatever order."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from members.tests.factories import make_member
from sales.models import Receipt, ReceiptLine
from sales.selectors.rollups import sums_of
from sales.services.figures import rebuild_figures
from sales.services.posting import post_receipts
from sales.tests.factories import line_draft, make_return, make_sale, receipt_draft
from stores.tests.factories import make_brand, make_counter, make_product

ZERO = Decimal("0.00")


@pytest.fixture(autouse=True)
def forgetful(db):
    cache.clear()


@pytest.fixture
def ground(store_a, store_b):
    counters = [
        make_counter(store, brand=make_brand(), code=f"C{n}") for n, store in enumerate([store_a, store_a, store_b])
    ]
    return {
        "stores": [store_a, store_b],
        "counters": counters,
        "members": [make_member(store=store_a) for _n in range(4)],
        "product": make_product(),
    }


def some_receipts(ground, rng, how_many, days=12):
    drafts = []
    for _n in range(how_many):
        counter = rng.choice(ground["counters"])
        lines = [
            line_draft(ground["product"], net=f"{rng.randrange(1, 90000) / 100:.2f}", counter=counter)
            for _line in range(rng.randrange(1, 4))
        ]
        kind = "return" if rng.random() < 0.2 else "sale"
        member = rng.choice([None, *ground["members"]])
        at = timezone.now() - timedelta(days=rng.randrange(days), hours=rng.randrange(12))
        drafts.append(receipt_draft(counter.store, *lines, kind=kind, member=member, at=at))
    drafts.sort(key=lambda draft: draft.sold_at)
    post_receipts(drafts)


def naive(first, last, stores):
    receipts = list(Receipt.objects.filter(store__in=stores, sold_on__range=(first, last)))
    sales = sum((r.net_amount for r in receipts if r.kind == "sale"), ZERO)
    returns = -sum((r.net_amount for r in receipts if r.kind == "return"), ZERO)
    return {
        "net": sales - returns,
        "sales": sales,
        "receipts": sum(r.kind == "sale" for r in receipts),
        "member_net": sum((r.net_amount for r in receipts if r.member_id), ZERO),
        "members": len({r.member_id for r in receipts if r.member_id and r.kind == "sale" and not r.is_reversed}),
        "days": {
            day: sum((r.net_amount for r in receipts if r.sold_on == day), ZERO)
            for day in {r.sold_on for r in receipts}
        },
        "hours": {
            key: sum((r.net_amount for r in receipts if _slot(r) == key), ZERO) for key in {_slot(r) for r in receipts}
        },
        "counters": _by_counter(first, last, stores),
    }


def _slot(receipt):
    local = timezone.localtime(receipt.sold_at)
    return local.isoweekday(), local.hour


def _by_counter(first, last, stores):
    found = {}
    for line in ReceiptLine.objects.filter(store__in=stores, sold_on__range=(first, last)):
        key = (line.counter_id, line.brand_id, line.store_id)
        found[key] = found.get(key, ZERO) + line.net_amount
    return found


def assert_right(first, last, stores):
    (seen,) = sums_of([(first, last)], stores=[store.pk for store in stores])
    right = naive(first, last, stores)
    assert seen.total.net == right["net"]
    assert seen.total.sales == right["sales"]
    assert seen.total.receipts == right["receipts"]
    assert seen.total.member_net == right["member_net"]
    assert seen.members == right["members"]
    assert {day: sums.net for day, sums in seen.days.items()} == right["days"]
    assert {key: sums.net for key, sums in seen.hours.items()} == right["hours"]
    assert {key: sums.net for key, sums in seen.counters.items()} == right["counters"]
    assert sum(sums.net for sums in seen.stores.values()) == right["net"]


@pytest.mark.parametrize("seed", range(4))
def test_figures_equal_naive_sums_after_every_posting(ground, seed):
    rng = random.Random(seed)
    today = timezone.localdate()
    for _round in range(4):
        some_receipts(ground, rng, rng.randrange(3, 25))
        first = today - timedelta(days=rng.randrange(12))
        assert_right(first, today, ground["stores"])
        assert_right(first, today, ground["stores"][:1])
        assert_right(first, today - timedelta(days=1), ground["stores"])
        # A second look answers from memory, and the same.
        assert_right(first, today, ground["stores"])


def test_a_receipt_posted_into_a_closed_day_is_seen_at_once(ground, store_a):
    today = timezone.localdate()
    make_sale(store_a, line_draft(counter=ground["counters"][0]), days_ago=3, member=ground["members"][0])
    assert_right(today - timedelta(days=5), today, [store_a])
    # The same amounts at another counter: only the versions of the rows tell that something changed.
    make_sale(store_a, line_draft(counter=ground["counters"][1]), days_ago=3, member=ground["members"][1])
    assert_right(today - timedelta(days=5), today, [store_a])


def test_figures_are_the_same_after_a_rebuild(ground):
    some_receipts(ground, random.Random(9), 40)
    today = timezone.localdate()
    period = [(today - timedelta(days=20), today)]
    stores = [store.pk for store in ground["stores"]]
    (before,) = sums_of(period, stores=stores)
    rebuild_figures(as_of_on=today)
    (after,) = sums_of(period, stores=stores)
    assert before.total == after.total
    assert before.days == after.days
    assert before.counters == after.counters


def test_a_counter_alone_is_the_sum_of_its_lines(ground):
    some_receipts(ground, random.Random(3), 40)
    today = timezone.localdate()
    counter = ground["counters"][0]
    (seen,) = sums_of([(today - timedelta(days=20), today)], stores=[counter.store_id], counters=[counter.pk])
    lines = ReceiptLine.objects.filter(counter=counter)
    assert seen.total.net == sum(line.net_amount for line in lines)
    assert seen.total.member_net == sum(line.net_amount for line in lines if line.member_id)
    assert seen.members is None


def test_a_member_who_bought_today_and_before_counts_once(ground, store_a):
    for days_ago in (0, 0, 2, 3):
        make_sale(store_a, member=ground["members"][0], days_ago=days_ago)
    make_sale(store_a, member=ground["members"][1])
    today = timezone.localdate()
    (seen,) = sums_of([(today - timedelta(days=6), today)], stores=[store_a.pk])
    assert seen.members == 2


def test_who_only_returned_is_not_an_active_member(ground, store_a):
    sale = make_sale(store_a, member=ground["members"][0], days_ago=9)
    make_return(sale, days_ago=1)
    today = timezone.localdate()
    (seen,) = sums_of([(today - timedelta(days=3), today)], stores=[store_a.pk])
    assert seen.members == 0
    assert seen.total.net == Decimal("-100.00")


def test_nothing_is_asked_for_somebody_without_stores(db):
    today = timezone.localdate()
    (seen,) = sums_of([(today, today)], stores=[])
    assert seen.total.net == 0
