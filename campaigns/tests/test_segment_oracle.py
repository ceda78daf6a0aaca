"""The compiled SQL and a plain Python evaluator agree on every member of a random store, for random rules."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.rules.compiler import compile_rule, run
from campaigns.rules.document import read_rule
from campaigns.rules.sql import Clock
from campaigns.tests.oracle import World, means
from campaigns.tests.random_store import Random
from campaigns.tests.segment_factories import build, leaf

pytestmark = pytest.mark.django_db
SAME_STORE = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def one_of(options: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True)


NUMBERS = st.sampled_from(["0", "1", "2", "3", "50", "100", "300", "999", "1500", "37.5"])


def numbers() -> st.SearchStrategy[tuple[str, Any]]:
    single = st.tuples(st.sampled_from(["at_least", "at_most", "equals"]), NUMBERS)
    pair = st.tuples(NUMBERS, NUMBERS).map(lambda two: ("between", sorted(two, key=float)))
    return single | pair


def days(today: Any) -> st.SearchStrategy[tuple[str, Any]]:
    near = st.sampled_from([1, 30, 90, 91, 365, 700])
    dates = near.map(lambda n: (today - timedelta(days=n)).isoformat())
    return (
        st.tuples(st.sampled_from(["in_last", "before_last", "in_next"]), near)
        | st.tuples(st.sampled_from(["from", "until"]), dates)
        | st.tuples(dates, dates).map(lambda two: ("between", sorted(two)))
    )


def yearly(today: Any) -> st.SearchStrategy[tuple[str, Any]]:
    spans = st.sampled_from(
        [["12-20", "01-10"], ["02-20", "03-01"], ["02-29", "02-29"], ["01-01", "12-31"], [f"{today:%m-%d}", "12-31"]]
    )
    return (
        st.tuples(st.just("in_next"), st.sampled_from([0, 1, 7, 40, 120, 366]))
        | st.tuples(st.just("in_month"), st.integers(1, 12))
        | st.tuples(st.just("between"), spans)
    )


def behaviour(store: Random) -> st.SearchStrategy[dict[str, Any]]:
    today = store.today
    windows = st.one_of(
        st.just({"window": "ever"}),
        st.sampled_from([1, 30, 90, 365]).map(lambda n: {"window": "last_days", "days": n}),
        st.integers(0, 14).map(lambda n: {"window": "month", "months_ago": n}),
        st.just({"window": "between", "from": (today - timedelta(days=200)).isoformat(), "until": today.isoformat()}),
    )
    places = st.fixed_dictionaries(
        {},
        optional={
            "brands": one_of([str(one.pk) for one in store.brands]),
            "categories": one_of([str(one.pk) for one in store.categories]),
            "counters": one_of([str(one.pk) for one in store.counters]),
            "stores": one_of([str(one.pk) for one in store.stores]),
        },
    )
    counted = st.tuples(
        st.sampled_from(["times", "days", "items", "amount"]),
        st.one_of(
            st.tuples(st.sampled_from(["at_least", "at_most"]), st.sampled_from(["1", "2", "3", "150"])),
            st.just(("between", "1")),
        ),
    ).map(
        lambda c: {
            "measure": c[0],
            "compare": c[1][0],
            "number": c[1][1],
            **({"number2": "200"} if c[1][0] == "between" else {}),
        }
    )
    return st.tuples(windows, places, counted).map(lambda parts: parts[0] | parts[1] | parts[2])


def questions(store: Random, segment_id: int) -> st.SearchStrategy[dict[str, Any]]:
    choice = st.sampled_from(["is_one_of", "is_none_of"])
    tested = {
        "member.gender": st.tuples(choice, one_of(["female", "male"])),
        "member.category": st.tuples(choice, one_of(["ordinary", "big_customer"])),
        "member.store": st.tuples(choice, one_of([str(one.pk) for one in store.stores])),
        "member.age": numbers(),
        "member.birthday": yearly(store.today),
        "member.anniversary": yearly(store.today),
        "member.enrolled_on": days(store.today),
        "member.city": st.tuples(st.sampled_from(["equals", "contains", "begins"]), st.sampled_from(["青", "qing", "青岛", "QINGDAO"])),
        "contact.allows_sms": st.sampled_from([("is_yes", None), ("is_no", None)]),
        "contact.has_email": st.sampled_from([("is_yes", None), ("is_no", None)]),
        "contact.has_mobile": st.sampled_from([("is_yes", None), ("is_no", None)]),
        "stat.spend_365": numbers(),
        "stat.spend_life": numbers(),
        "stat.receipts_90": numbers(),
        "stat.returns_life": numbers(),
        "stat.discount_share": numbers(),
        "stat.last_visit_on": days(store.today),
        "stat.first_bought_on": days(store.today),
        "stat.favourite_brands": st.tuples(choice, one_of([str(one.pk) for one in store.brands])),
        "stat.usual_weekday": st.tuples(choice, one_of(["1", "3", "7"])),
        "loyalty.available": numbers(),
        "loyalty.coupon_held": st.tuples(choice, one_of([str(one.pk) for one in store.kinds])),
        "loyalty.coupon_redeemed_on": days(store.today),
        "fact.shoe": numbers(),
        "fact.likes": st.tuples(choice, one_of(["tea", "wine"])),
        "fact.wedding": yearly(store.today),
        "segment.member": st.tuples(choice, st.just([str(segment_id)])),
        "did.bought": st.tuples(st.sampled_from(["did", "did_not"]), behaviour(store)),
        "did.returned": st.tuples(st.sampled_from(["did", "did_not"]), behaviour(store)),
    }  # fmt: skip
    asked = st.one_of([st.tuples(st.just(name), test, st.booleans()) for name, test in tested.items()])
    return asked.map(
        lambda a: {"field": a[0], "test": a[1][0], "value": a[1][1], **({"or_unknown": True} if a[2] else {})}
    )


def rules(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    tree = st.recursive(
        leaves,
        lambda inner: st.fixed_dictionaries(
            {"op": st.sampled_from(["all", "any", "none"]), "rules": st.lists(inner, min_size=1, max_size=3)}
        ),
        max_leaves=8,
    )
    return st.lists(tree, min_size=1, max_size=3).map(lambda parts: {"op": "all", "rules": parts})


def compiled(document: dict[str, Any], world: World, only: list[int] | None = None) -> set[int]:
    from django.db import connection

    rule = compile_rule(read_rule(document), clock=Clock(world.today), only=only)
    with connection.cursor() as cursor:
        found = {pk for (pk,) in run(cursor, rule.ids()).fetchall()}
        (number,) = run(cursor, rule.count()).fetchone()
    assert number == len(found)
    return found


def _depth(node: dict[str, Any]) -> int:
    return 1 + max(map(_depth, node["rules"]), default=0) if "rules" in node else 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_implementations_mean_the_same_members(seed):
    store = Random(seed)
    segment = build(leaf("member.gender", "is_one_of", ["female"]), leaf("contact.allows_sms", "is_yes"))
    world = store.world()
    some = [one.member.pk for one in world.people][::3]

    @SAME_STORE
    @given(rules(questions(store, segment.pk)).filter(lambda rule: _depth(rule) <= 6))
    def agree(document: dict[str, Any]) -> None:
        expected = means(document, world)
        assert compiled(document, world) == expected
        assert compiled(document, world, only=some) == expected & set(some)

    agree()


@pytest.mark.parametrize(
    ("rules", "alone"),
    [
        ([leaf("stat.spend_365", "at_least", "0")], "s"),
        ([leaf("stat.spend_365", "at_least", "0"), leaf("loyalty.available", "at_most", "500")], "a"),
        ([{"op": "any", "rules": [leaf("stat.receipts_90", "at_least", "1"), leaf("stat.spend_life", "at_most", "900")]}], "s"),
        ([{"op": "any", "rules": [leaf("stat.receipts_90", "at_least", "1"), leaf("loyalty.available", "at_least", "1")]}], None),
        ([{"op": "none", "rules": [leaf("stat.spend_365", "at_least", "500")]}], None),
        ([leaf("stat.spend_365", "at_most", "0", or_unknown=True)], None),
        ([leaf("stat.spend_365", "at_least", "0"), leaf("member.gender", "is_one_of", ["female"])], None),
        ([leaf("stat.spend_365", "at_least", "0"), leaf("stat.spend_life", "at_most", "800", or_unknown=True)], "s"),
    ],
)  # fmt: skip
def test_figures_answer_without_the_members_where_nobody_without_figures_can_fit(rules, alone):
    world = Random(1).world()
    document = {"op": "all", "rules": rules}
    assert compile_rule(read_rule(document), clock=Clock(world.today)).alone == alone
    assert compiled(document, world) == means(document, world)


def test_the_random_store_has_what_makes_rules_hard():
    world = Random(1).world()
    members = [one.member for one in world.people]
    assert any((one.birth_month, one.birth_day) == (2, 29) for one in members)
    assert any(one.birth_calendar == "lunar" and one.birth_is_leap for one in members)
    assert any(one.birth_month is None for one in members)
    assert any(one.merged_into_id for one in members)
    assert any(one.erased_at for one in members)
    assert any(one.stat is None for one in world.people)
    assert any(slip.taken_back for one in world.people for slip in one.slips)
