"""Rules: what is refused and with which words, what each kind of question finds."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.document import as_document, hash_of, read_rule, read_text
from campaigns.rules.wording import rule_words
from campaigns.segment_exceptions import RuleRefused
from campaigns.tests.segment_factories import build, group, leaf, members_of
from members.models import FieldDefinition, Member
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_return, make_sale
from stores.tests.factories import make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ([], ""),
        ({"version": 2, "op": "all", "rules": []}, ""),
        ({"op": "some", "rules": []}, ""),
        ({"op": "all", "rules": [{"field": "no.such", "test": "is_yes"}]}, "no.such"),
        ({"op": "all", "rules": [{"field": "member.gender", "test": "is_yes"}]}, ""),
        ({"op": "all", "rules": [{"field": "member.gender", "test": "is_one_of", "value": ["x'; DROP TABLE"]}]}, ""),
        ({"op": "all", "rules": [{"field": "stat.spend_365", "test": "at_least", "value": "NaN"}]}, ""),
        ({"op": "all", "rules": [{"field": "stat.spend_365", "test": "between", "value": ["5", "1"]}]}, ""),
        ({"op": "all", "rules": [{"field": "member.birthday", "test": "in_month", "value": 13}]}, ""),
        ({"op": "all", "rules": [{"field": "did.bought", "test": "did", "value": {"brands": ["99999999"]}}]}, ""),
        ({"op": "all", "rules": [{"op": "any", "rules": []}]}, ""),
        ({"op": "all", "rules": ["x"]}, ""),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(rule, word):
    with pytest.raises(RuleRefused) as refused:
        read_rule(rule)
    assert str(refused.value)
    assert word in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["op", "rules", "field", "test", "value", "version", "days", "window", "number"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
FIELDS = ["member.gender", "stat.spend_365", "did.bought", "member.birthday", "segment.member", "contact.has_mobile"]
TESTS = ["is_one_of", "at_least", "did", "in_next", "is_yes", "between", "in_last"]


@given(JSON, st.sampled_from(FIELDS), st.sampled_from(TESTS))
def test_whatever_is_sent_is_a_rule_or_a_sentence(document, field, test):
    for sent in (document, {"op": "all", "rules": [{"field": field, "test": test, "value": document}]}):
        try:
            rule = read_rule(sent)
        except RuleRefused:
            continue
        assert read_rule(as_document(rule)) == rule
        assert hash_of(read_rule(as_document(rule))) == hash_of(rule)


def test_text_that_is_no_json_is_refused():
    for text in ("", "{", "[" * 100_000, "null", '"x"'):
        with pytest.raises(RuleRefused):
            read_text(text)


def test_identity_and_figures():
    rich, poor, unknown = (make_member(gender=g) for g in ("female", "male", ""))
    from stores.tests.factories import make_store

    store = make_store()
    make_sale(store, line_draft(net="6000.00"), member=rich)
    make_sale(store, line_draft(net="60.00"), member=poor)
    assert members_of(build(leaf("member.gender", "is_one_of", ["female"]))) == {rich.pk}
    assert members_of(build(leaf("member.gender", "is_none_of", ["female"]))) == {poor.pk, unknown.pk}
    assert members_of(build(leaf("stat.spend_365", "at_least", "5000"))) == {rich.pk}
    assert members_of(build(leaf("stat.spend_365", "at_most", "100"))) == {poor.pk}
    assert members_of(build(leaf("stat.spend_365", "at_most", "100", or_unknown=True))) == {poor.pk, unknown.pk}
    assert members_of(build(group("none", leaf("stat.spend_365", "at_most", "100")))) == {rich.pk, unknown.pk}
    assert members_of(build(leaf("member.store", "is_none_of", [str(store.pk)]))) == set()


def test_merged_erased_and_closed_members_belong_nowhere():
    kept = make_member()
    make_member(merged_into=kept, status=Member.Status.CLOSED)
    make_member(status=Member.Status.CLOSED)
    make_member(erased_at=timezone.now())
    frozen = make_member(status=Member.Status.FROZEN)
    assert members_of(build()) == {kept.pk, frozen.pk}
    assert members_of(build(leaf("did.bought", "did_not", {}))) == {kept.pk, frozen.pk}


def test_what_members_did(store_a, store_b):
    from stores.tests.factories import make_brand, make_category

    brand, other = make_brand(), make_brand()
    parent = make_category()
    shoes = make_category(parent=parent)
    ours = make_product(brand=brand, category=shoes)
    theirs = make_product(brand=other)
    twice, once, never, returned = (make_member() for _ in range(4))
    make_sale(store_a, line_draft(ours, net="300.00"), member=twice, days_ago=80)
    make_sale(store_b, line_draft(ours, net="200.00"), member=twice, days_ago=3)
    make_sale(store_a, line_draft(ours, net="100.00"), line_draft(ours, net="100.00"), member=once, days_ago=89)
    make_sale(store_a, line_draft(theirs), member=never)
    sale = make_sale(store_a, line_draft(ours, net="100.00"), member=returned, days_ago=5)
    make_return(sale, net="100.00")

    def found(test: str = "did", field: str = "did.bought", **value: object) -> set[int]:
        return members_of(build(leaf(field, test, value)))

    this = {"brands": [str(brand.pk)]}
    assert found(**this) == {twice.pk, once.pk, returned.pk}
    assert found("did_not", **this) == {never.pk}
    assert found(**this, number="2") == {twice.pk}
    assert found(**this, number="2", measure="items") == {twice.pk, once.pk}
    assert found(**this, number="1", measure="items", compare="at_most") == {returned.pk}
    assert found(**this, number="200", number2="500", measure="amount", compare="between") == {twice.pk, once.pk}
    assert found(**this, window="last_days", days=90) == {twice.pk, once.pk, returned.pk}
    assert found(**this, window="last_days", days=89) == {twice.pk, returned.pk}
    assert found(categories=[str(parent.pk)], stores=[str(store_b.pk)]) == {twice.pk}
    assert found(number="2", measure="days") == {twice.pk}
    assert found(number="2") == {twice.pk}
    assert found(field="did.returned") == {returned.pk}
    assert found(field="did.returned", measure="amount", number="100") == {returned.pk}
    assert found(field="did.returned", measure="amount", number="101") == set()
    kept = members_of(build(leaf("did.bought", "did", {"number": "1", "compare": "at_most", **this}, or_unknown=True)))
    assert kept == {once.pk, never.pk, returned.pk}


def test_birthdays_over_new_year_and_in_the_lunar_calendar():
    from members.birthdays import Birthday

    today = timezone.localdate()

    def born(birthday: Birthday) -> Member:
        return make_member(**birthday.columns(today))

    soon = today + timedelta(days=6)
    near = born(Birthday(soon.month, soon.day))
    far = born(Birthday((today + timedelta(days=60)).month, (today + timedelta(days=60)).day))
    lunar = born(Birthday(8, 6, lunar=True))
    make_member()
    assert members_of(build(leaf("member.birthday", "in_next", 6))) >= {near.pk}
    assert far.pk not in members_of(build(leaf("member.birthday", "in_next", 6)))
    kept_on = lunar.next_birthday_on
    assert lunar.pk in members_of(build(leaf("member.birthday", "in_month", kept_on.month)))
    around = [f"{kept_on - timedelta(days=1):%m-%d}", f"{kept_on + timedelta(days=1):%m-%d}"]
    assert lunar.pk in members_of(build(leaf("member.birthday", "between", around)))
    assert members_of(build(leaf("member.birthday", "between", ["01-01", "12-31"]))) == {near.pk, far.pk, lunar.pk}


def test_facts_learnt():
    FieldDefinition.objects.create(key="shoe", name="鞋码", kind="number")
    FieldDefinition.objects.create(key="likes", name="喜好", kind="choices", options=[["tea", "茶"], ["wine", "酒"]])
    FieldDefinition.objects.create(key="wedding", name="纪念日", kind="occasion")
    today = timezone.localdate()
    one = make_member(custom={"shoe": "37", "likes": ["tea"], "wedding": f"{today:%m-%d}"})
    two = make_member(custom={"shoe": "42.5", "likes": ["wine", "tea"]})
    make_member()
    assert members_of(build(leaf("fact.shoe", "at_most", "40"))) == {one.pk}
    assert members_of(build(leaf("fact.likes", "is_one_of", ["wine"]))) == {two.pk}
    assert members_of(build(leaf("fact.likes", "is_none_of", ["wine"]))) == {one.pk}
    assert members_of(build(leaf("fact.wedding", "in_next", 0))) == {one.pk}


def test_a_rule_is_said_in_both_languages(settings):
    from django.utils import translation

    rule = read_rule(
        group("all", leaf("stat.spend_365", "at_least", "5000"), group("none", leaf("contact.allows_sms", "is_yes")))
    )
    with translation.override("en"):
        assert rule_words(rule) == "Spend in 365 days is at least ¥5,000 and not: SMS allowed"
    with translation.override("zh-hans"):
        assert "5,000" in rule_words(rule)


def test_29_february_is_kept_on_the_28th_in_other_years():
    from campaigns.rules.kinds import _kept_within

    assert "02-29" in _kept_within(date(2027, 2, 27), 1)
    assert "02-29" not in _kept_within(date(2028, 2, 27), 1)
    assert {"12-31", "01-01"} <= set(_kept_within(date(2026, 12, 31), 1))
