"""Gifts at the desk: who is entitled, once per member, the last piece once, the book of the stock."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.campaign_exceptions import GiftRefused
from campaigns.models import Campaign, GiftHandout, GiftMove, GiftStock
from campaigns.selectors.budgets import actual_costs
from campaigns.services import gifts as services
from campaigns.tests.project_factories import make_gift, make_segment, stock_of
from loyalty.tests.factories import make_programme, make_scheme, sell
from loyalty.tests.threads import at_the_same_time
from members.services.erasure import erase_member
from members.services.merging import merge_members
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.models import AuditEntry
from staff.tests.factories import make_user


@pytest.fixture
def marketer(store_a):
    return make_user("marketer", [store_a])


@pytest.fixture
def programme(db):
    make_programme()
    make_scheme()


def hand_out(gift, member, store, actor):
    return services.hand_out_gift(offer_id=gift.pk, member_id=member.pk, store_id=store.pk, actor=actor)


def test_a_gift_is_handed_out_once_per_member_at_the_desk(client, db, ada, ben, cho, marketer, store_a):
    gift, member = make_gift(marketer, store_a), make_member(store=store_a)
    url = reverse("campaigns:gift_hand_out", args=[gift.pk, member.pk])
    for person, status in ((ben, 404), (cho, 403)):
        client.force_login(person)
        assert client.post(url, {"store": store_a.pk}).status_code == status
    client.force_login(ada)
    assert client.get(url).status_code == 405
    client.post(url, {"store": store_a.pk})
    response = client.post(url, {"store": store_a.pk}, follow=True)
    assert "已于" in response.content.decode()
    handout = GiftHandout.objects.get()
    assert (handout.member, handout.store, handout.handed_by, handout.unit_cost) == (member, store_a, ada, 28)
    assert stock_of(gift, store_a).quantity == 4
    assert AuditEntry.objects.filter(action="campaigns.gift_handed_out", store=store_a).count() == 1
    lines = {line.kind: line.actual for line in actual_costs(gift.campaign)}
    assert lines["gifts"] == Decimal("28.00")
    client.force_login(marketer)
    page = client.get(reverse("campaigns:handout_list", args=[gift.campaign_id]))
    assert member.member_no in page.content.decode()
    assert client.get(reverse("campaigns:gift_list", args=[gift.campaign_id])).status_code == 200


def test_a_store_of_somebody_else_is_refused(client, db, ada, marketer, store_a, store_b):
    gift, member = make_gift(marketer, store_a), make_member(store=store_a)
    client.force_login(ada)
    client.post(reverse("campaigns:gift_hand_out", args=[gift.pk, member.pk]), {"store": store_b.pk})
    client.post(reverse("campaigns:gift_hand_out", args=[gift.pk, member.pk]), {"store": "'; drop"})
    assert not GiftHandout.objects.exists()


def test_who_is_not_entitled_hears_why(db, programme, ada, marketer, store_a, store_b):
    chosen, other = make_member(store=store_a), make_member(store=store_a)
    gift = make_gift(marketer, store_a, segment=make_segment(chosen), minimum_spend=Decimal(300))
    with pytest.raises(GiftRefused, match="不在礼品适用范围"):
        hand_out(gift, other, store_a, ada)
    with pytest.raises(GiftRefused, match=r"300\.00"):
        hand_out(gift, chosen, store_a, ada)
    sell(store_a, chosen, line_draft(net="180.00"))
    sell(store_b, chosen, line_draft(net="500.00"))
    with pytest.raises(GiftRefused, match=r"120\.00"):
        hand_out(gift, chosen, store_a, ada)
    sell(store_a, chosen, line_draft(net="120.00"))
    with pytest.raises(GiftRefused, match="未参加"):
        hand_out(gift, chosen, store_b, ada)
    assert hand_out(gift, chosen, store_a, ada).member == chosen
    starred = make_gift(marketer, store_a, minimum_rank=2)
    with pytest.raises(GiftRefused, match="星级"):
        hand_out(starred, chosen, store_a, ada)
    empty = make_gift(marketer, store_a, pieces=0)
    with pytest.raises(GiftRefused, match="已无库存"):
        hand_out(empty, other, store_a, ada)


def test_it_is_taken_back_the_same_day_and_may_be_handed_out_again(client, db, ada, ben, cho, marketer, store_a):
    gift, member = make_gift(marketer, store_a), make_member(store=store_a)
    handout = hand_out(gift, member, store_a, ada)
    url = reverse("campaigns:handout_take_back", args=[handout.pk])
    for person, status in ((ben, 404), (cho, 403)):
        client.force_login(person)
        assert client.post(url, {"reason": "x"}).status_code == status
    client.force_login(ada)
    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "拿错了"})
    client.post(url, {"reason": "again"})
    handout.refresh_from_db()
    assert (handout.state, handout.reason, stock_of(gift, store_a).quantity) == ("back", "拿错了", 5)
    again = hand_out(gift, member, store_a, ada)
    yesterday = timezone.now() - timedelta(days=1)
    GiftHandout.objects.filter(pk=again.pk).update(handed_at=yesterday)
    assert client.post(url.replace(str(handout.pk), str(again.pk)), {"reason": "x"}).status_code == 422
    assert [move.kind for move in GiftMove.objects.all()] == ["in", "out", "back", "out"]
    assert services.stock_differences() == []


def test_a_campaign_that_is_over_hands_nothing_out(db, ada, marketer, store_a):
    gift = make_gift(marketer, store_a)
    Campaign.objects.update(state="ended")
    with pytest.raises(Exception, match="不在进行中"):
        hand_out(gift, make_member(store=store_a), store_a, ada)


def test_stock_is_delivered_counted_and_sent_away(client, db, ada, marketer, store_a, store_b):
    gift = make_gift(marketer, store_a, pieces=0)
    client.force_login(marketer)

    def post(name, **data):
        return client.post(reverse(f"campaigns:{name}", args=[gift.pk]), {"store": store_a.pk, **data}).status_code

    assert post("gift_deliver", quantity="10") == 302
    assert post("gift_deliver", quantity="0") == 422
    assert post("gift_deliver", quantity="3", store=store_b.pk) == 422
    assert post("gift_send_away", quantity="11") == 422
    assert post("gift_send_away", quantity="2", note="调往台东店") == 302
    assert post("gift_count", quantity="7", note="破损一件") == 302
    assert post("gift_count", quantity="7") == 302
    assert stock_of(gift, store_a).quantity == 7
    assert GiftMove.objects.count() == 3
    client.force_login(ada)
    assert post("gift_deliver", quantity="10") == 403


def test_the_book_of_a_stock_is_never_changed(db, marketer, store_a):
    make_gift(marketer, store_a)
    for change in (lambda: GiftMove.objects.update(quantity=9), lambda: GiftMove.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["in", "out", "back", "away", "count"]), st.integers(0, 4)), max_size=14))
def test_a_stock_is_the_sum_of_its_moves(db, ada, marketer, store_a, deeds):
    with transaction.atomic():
        gift = make_gift(marketer, store_a, pieces=2)
        members = [make_member(store=store_a) for _number in range(3)]
        for kind, number in deeds:
            place = {"offer_id": gift.pk, "store_id": store_a.pk, "actor": ada}
            try:
                match kind:
                    case "in":
                        services.deliver_gifts(**place, quantity=number)
                    case "away":
                        services.send_gifts_away(**place, quantity=number)
                    case "count":
                        services.count_gifts(**place, counted=number)
                    case "out":
                        hand_out(gift, members[number % 3], store_a, ada)
                    case "back":
                        handed = GiftHandout.objects.filter(offer=gift).order_by("pk")[number : number + 1].first()
                        if handed:
                            services.take_gift_back(handout_id=handed.pk, reason="x", actor=ada)
            except GiftRefused:
                pass
        assert services.stock_differences() == []
        assert GiftHandout.objects.filter(offer=gift, state="handed").values("member").distinct().count() == (
            GiftHandout.objects.filter(offer=gift, state="handed").count()
        )
        transaction.set_rollback(True)


def test_when_members_become_one_the_gift_goes_along_and_nobody_has_two(db, ada, marketer, store_a):
    gift = make_gift(marketer, store_a)
    winner, loser, third = (make_member(store=store_a) for _number in range(3))
    hand_out(gift, loser, store_a, ada)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=marketer)
    assert GiftHandout.objects.get().member == winner
    hand_out(gift, third, store_a, ada)
    merge_members(winner_id=winner.pk, loser_id=third.pk, actor=marketer)
    assert GiftHandout.objects.filter(member=winner).count() == 1
    assert GiftHandout.objects.filter(state="handed").count() == 2
    with pytest.raises(GiftRefused):
        hand_out(gift, loser, store_a, ada)


def test_erasing_a_member_leaves_the_piece_and_takes_the_words(db, ada, marketer, store_a):
    gift, member = make_gift(marketer, store_a), make_member(store=store_a)
    handout = hand_out(gift, member, store_a, ada)
    services.take_gift_back(handout_id=handout.pk, reason="张女士拿错了", actor=ada)
    erase_member(member_id=member.pk, reason="本人要求", actor=None)
    handout.refresh_from_db()
    assert handout.reason == ""


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_goes_once(marketer, store_a):
    clerks = [make_user("clerk", [store_a]) for _number in range(3)]
    gift = make_gift(marketer, store_a, pieces=1)
    members = [make_member(store=store_a) for _number in range(3)]
    raised = at_the_same_time(
        *[lambda m=m, c=c: hand_out(gift, m, store_a, c) for m, c in zip(members, clerks, strict=True)]
    )
    assert sorted(type(error).__name__ for error in raised) == ["GiftRefused", "GiftRefused", "NoneType"]
    assert stock_of(gift, store_a).quantity == 0
    assert services.stock_differences() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_last_piece_goes_twice(marketer, store_a, monkeypatch):
    """The control: both read the last piece before either takes it."""
    gift = make_gift(marketer, store_a, pieces=1)
    members = [make_member(store=store_a) for _number in range(2)]
    both_have_read = threading.Barrier(2)

    def read_without_lock(offer_id, store_id):
        found = GiftStock.objects.get(offer_id=offer_id, store_id=store_id)
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr("campaigns.services.gifts.lock_stock", read_without_lock)
    raised = at_the_same_time(*[lambda m=m: hand_out(gift, m, store_a, marketer) for m in members])
    assert raised == [None, None]
    assert GiftHandout.objects.count() == 2
    assert services.stock_differences() != []


@pytest.mark.django_db(transaction=True)
def test_two_stores_at_once_give_one_member_one_gift(store_a, store_b):
    office = make_user("marketer", [], all_stores=True)
    gift = make_gift(office, store_a)
    gift.campaign.stores.add(store_b)
    services.deliver_gifts(offer_id=gift.pk, store_id=store_b.pk, quantity=1, actor=office)
    member = make_member(store=store_a)
    raised = at_the_same_time(*[lambda s=s: hand_out(gift, member, s, office) for s in (store_a, store_b)])
    assert sorted(type(error).__name__ for error in raised) == ["GiftRefused", "NoneType"]
    assert GiftHandout.objects.count() == 1
    assert services.stock_differences() == []
