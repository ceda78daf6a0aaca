"""The picture of the pyramid: every member in one layer, the same as a plain reading of the receipts gives."""

from collections import Counter as Tally
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.exceptions import PyramidRefused
from campaigns.models import Layer, Pyramid, PyramidMember, RfmScheme
from campaigns.services.pyramids import change_scheme, compare_pyramids, take_pyramid
from members.models import Member
from members.tests.factories import make_contact, make_member
from sales.models import Receipt
from sales.tests.factories import line_draft, make_return, make_sale

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


def layers_of(picture: Pyramid) -> dict[int, int]:
    return dict(PyramidMember.objects.filter(pyramid=picture).values_list("member_id", "layer"))


@dataclass
class Seen:
    """What a plain reading of the receipts says of one member."""

    member_id: int
    spend: Decimal
    receipts: int
    last_on: date | None
    ever: bool


def read_plainly(picture: Pyramid) -> dict[int, tuple]:
    """Layer, rank and scores of every member by loops, from the receipts alone."""
    seen = []
    for member in Member.objects.filter(merged_into=None, erased_at=None, enrolled_on__lte=picture.as_of_on):
        own = [r for r in Receipt.objects.filter(member=member) if r.sold_on <= picture.as_of_on]
        within = [r for r in own if r.sold_on >= picture.from_on]
        sales = [r for r in within if r.kind == "sale" and not r.is_reversed]
        seen.append(
            Seen(
                member.pk,
                sum((r.net_amount for r in within), Decimal(0)),
                len(sales),
                max((r.sold_on for r in sales), default=None),
                any(r.kind == "sale" for r in own),
            )
        )
    buyers = [one for one in seen if one.spend > 0]
    buyers.sort(key=lambda one: (-one.spend, -one.last_on.toordinal(), -one.receipts, one.member_id))
    n = len(buyers)
    told = {one.member_id: (Layer.INACTIVE if one.ever else Layer.PROSPECT, None, None, None, None) for one in seen}
    for rank, one in enumerate(buyers, 1):
        layer = next(
            layer
            for layer, share in ((1, Decimal("0.01")), (2, Decimal("0.05")), (3, Decimal("0.2")), (4, Decimal(1)))
            if rank <= ceil(n * share)
        )
        scores = [
            1 + 5 * sum(1 for other in buyers if figure(other) < figure(one)) // n
            for figure in (lambda b: b.last_on, lambda b: b.receipts, lambda b: b.spend)
        ]
        told[one.member_id] = (layer, rank, *scores)
    return told


history = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 500),
            st.sampled_from(["50.00", "100.00", "100.00", "250.00"]),
            st.sampled_from(["kept", "kept", "kept", "returned"]),
        ),
        max_size=4,
    ),
    min_size=1,
    max_size=9,
)


@given(history=history)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_picture_says_what_a_plain_reading_says(history, store_a):
    with transaction.atomic():
        for purchases in history:
            member = make_member(store=store_a, enrolled_on=today() - timedelta(days=600))
            for days_ago, net, fate in purchases:
                sale = make_sale(store_a, line_draft(net=net), member=member, days_ago=days_ago)
                if fate == "returned":
                    make_return(sale, net=net, days_ago=days_ago)
        picture = take_pyramid(as_of_on=today(), months=12)
        rows = PyramidMember.objects.filter(pyramid=picture).values_list("member_id", "layer", "rank", "r", "f", "m")
        assert {row[0]: row[1:] for row in rows} == read_plainly(picture)
        sums = Tally()
        for cell in picture.cells.all():
            sums[cell.layer] += cell.members
        assert sums == Tally(layers_of(picture).values())
        transaction.set_rollback(True)


def test_the_upper_layers_hold_the_first_hundredth_twentieth_and_fifth(store_a):
    members = [make_member(store=store_a, enrolled_on=today() - timedelta(days=90)) for _ in range(120)]
    for place, member in enumerate(members):
        make_sale(store_a, line_draft(net=f"{1000 - place}.00"), member=member, days_ago=3)
    picture = take_pyramid(as_of_on=today())
    layers = layers_of(picture)
    assert Tally(layers.values()) == {Layer.TOP: 2, Layer.LARGE: 4, Layer.MEDIUM: 18, Layer.SMALL: 96}
    assert [layers[member.pk] for member in members] == sorted(layers.values())


def test_of_equal_spend_the_later_purchase_stands_higher(store_a):
    early, late = (make_member(store=store_a, enrolled_on=today() - timedelta(days=90)) for _ in range(2))
    make_sale(store_a, line_draft(net="100.00"), member=early, days_ago=20)
    make_sale(store_a, line_draft(net="100.00"), member=late, days_ago=2)
    picture = take_pyramid(as_of_on=today())
    ranks = dict(PyramidMember.objects.filter(pyramid=picture).values_list("member_id", "rank"))
    assert ranks == {late.pk: 1, early.pk: 2}


def test_contacts_are_onlookers_until_they_have_a_card(store_a):
    make_contact(store_a)
    picture = take_pyramid(as_of_on=today())
    assert picture.cells.get(layer=Layer.ONLOOKER).members == 1


def test_a_second_call_returns_the_first_picture_whatever_was_sold_since(store_a):
    member = make_member(store=store_a, enrolled_on=today() - timedelta(days=90))
    first = take_pyramid(as_of_on=today())
    make_sale(store_a, line_draft(), member=member)
    again = take_pyramid(as_of_on=today())
    assert again.pk == first.pk
    assert layers_of(again) == {member.pk: Layer.PROSPECT}


def test_no_picture_of_days_to_come(db):
    with pytest.raises(PyramidRefused):
        take_pyramid(as_of_on=today() + timedelta(days=1))


def test_a_store_has_a_pyramid_of_its_own_sales(store_a, store_b):
    member = make_member(store=store_a, enrolled_on=today() - timedelta(days=90))
    make_sale(store_b, line_draft(net="500.00"), member=member)
    assert layers_of(take_pyramid(as_of_on=today(), store=store_b)) == {member.pk: Layer.TOP}
    assert layers_of(take_pyramid(as_of_on=today(), store=store_a)) == {member.pk: Layer.INACTIVE}


def test_who_moved_between_two_pictures(store_a):
    riser, faller, newcomer = (make_member(store=store_a, enrolled_on=today() - timedelta(days=400)) for _ in range(3))
    Member.objects.filter(pk=newcomer.pk).update(enrolled_on=today())
    make_sale(store_a, line_draft(net="900.00"), member=faller, days_ago=70)
    make_sale(store_a, line_draft(net="100.00"), member=riser, days_ago=1)
    before = take_pyramid(as_of_on=today() - timedelta(days=60), months=1)
    after = take_pyramid(as_of_on=today(), months=1)
    moves = {(m.from_layer, m.to_layer): m.members for m in after.moves_to.filter(before=before)}
    assert moves == {(Layer.PROSPECT, Layer.TOP): 1, (Layer.TOP, Layer.INACTIVE): 1, (None, Layer.PROSPECT): 1}
    compare_pyramids(before_id=before.pk, after_id=after.pk, actor=None)
    assert after.moves_to.count() == 3
    with pytest.raises(PyramidRefused):
        compare_pyramids(before_id=after.pk, after_id=before.pk, actor=None)


def test_limits_of_the_store_instead_of_quintiles(store_a, ada):
    member = make_member(store=store_a, enrolled_on=today() - timedelta(days=90))
    for days_ago in (40, 30):
        make_sale(store_a, line_draft(net="600.00"), member=member, days_ago=days_ago)
    change_scheme(
        mode=RfmScheme.Mode.CUTS,
        transaction_share=Decimal("0.7"),
        recency=[30, 60, 120, 240],
        frequency=[2, 4, 8, 16],
        spend=[Decimal(500), Decimal(2000), Decimal(5000), Decimal(20000)],
        actor=ada,
    )
    picture = take_pyramid(as_of_on=today())
    assert PyramidMember.objects.filter(pyramid=picture).values_list("r", "f", "m").get() == (5, 2, 2)


@pytest.mark.parametrize("recency", [[1, 2, 3], [3, 2, 1, 9], [1, 1, 2, 3], [-1, 2, 3, 4]])
def test_limits_that_do_not_rise_are_refused(db, ada, recency):
    with pytest.raises(PyramidRefused):
        change_scheme(
            mode=RfmScheme.Mode.CUTS, transaction_share=Decimal("0.7"), recency=recency, frequency=[1, 2, 3, 4],
            spend=[Decimal(n) for n in (1, 2, 3, 4)], actor=ada,
        )  # fmt: skip


def test_those_who_pay_for_most_of_the_profit(store_a):
    for net in ("800.00", "100.00", "60.00", "40.00"):
        member = make_member(store=store_a, enrolled_on=today() - timedelta(days=90))
        make_sale(store_a, line_draft(net=net), member=member)
    steps = {step.share: (step.members, step.spend) for step in take_pyramid(as_of_on=today()).steps.all()}
    assert steps[80] == (1, Decimal("800.00"))
    assert steps[90] == (2, Decimal("100.00"))
    assert steps[95] == (3, Decimal("60.00"))


def test_margin_comes_from_the_contract_of_the_counter_else_from_the_chain(store_a):
    member = make_member(store=store_a, enrolled_on=today() - timedelta(days=90))
    make_sale(store_a, line_draft(net="1000.00"), member=member)
    picture = take_pyramid(as_of_on=today())
    assert PyramidMember.objects.get(pyramid=picture).profit == Decimal("250.00")


def test_each_picture_is_a_partition(store_a):
    make_member(store=store_a)
    take_pyramid(as_of_on=today())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'campaigns_pyramidmember'::regclass")
        assert cursor.fetchone()[0] == 1
