"""The associate's phone: who is due and why, answers that stay, notes and facts in two taps, never another's customer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.models import AgentLine, Call, DueAnswer, Promise, Wish
from callcenter.selectors.due import hints_for
from callcenter.services import counter as services
from callcenter.tests.call_factories import make_system
from callcenter.tests.factories import make_case, make_step
from kit.errors import DomainError
from kit.testing import assert_same_queries, counted_queries
from loyalty.models import Account, Coupon, CouponKind, PointsLot
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.models import FieldDefinition, Member, MemberNote
from members.tests.factories import make_care, make_member
from sales.models import MemberStat
from sales.tests.factories import line_draft
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "associate"


@pytest.fixture
def counter(store_a):
    make_programme()
    make_scheme()
    return make_counter(store_a, brand=make_brand())


@pytest.fixture
def ada(store_a, counter):
    return make_user("associate", [store_a], counters=[counter], username="ada")


@pytest.fixture
def ben(store_b):
    return make_user("associate", [store_b], counters=[make_counter(store_b)], username="ben")


@pytest.fixture
def customer(ada, store_a, counter):
    return customer_of(ada, store_a, counter)


def customer_of(user, store, counter=None, **fields):
    member = make_member(store=store, **{"allows_phone": True, **fields})
    make_care(member, user, counter=counter)
    return member


def url(name, *args):
    return reverse(f"callcenter:{name}", args=args)


def kinds(user):
    return [hint.kind for hint in hints_for(user)]


def test_a_birthday_of_this_week_a_lunar_one_too_is_due_and_one_in_a_month_is_not(ada, store_a):
    today = timezone.localdate()
    soon = customer_of(ada, store_a, next_birthday_on=today + timedelta(days=3), birth_calendar="lunar")
    customer_of(ada, store_a, next_birthday_on=today + timedelta(days=30))
    assert [(hint.member_id, hint.kind) for hint in hints_for(ada)] == [(soon.pk, "birthday")]


def test_long_away_means_beyond_the_members_own_distance(ada, store_a):
    today = timezone.localdate()
    for receipts, days, is_due in ((12, 70, True), (12, 50, False), (4, 100, False), (2, 300, False), (90, 12, False)):
        member = customer_of(ada, store_a)
        MemberStat.objects.create(
            member=member, as_of_on=today, last_bought_on=today - timedelta(days=days), receipts_365=receipts
        )
        assert (member.pk in {hint.member_id for hint in hints_for(ada)}) == is_due, (receipts, days)


def test_coupons_points_and_a_star_are_told_by_their_day(ada, store_a, counter, customer):
    sell(store_a, customer, line_draft(net="500.00", counter=counter))
    now = timezone.now()
    kind = CouponKind.objects.create(name="满减券", amount=Decimal(50))
    Coupon.objects.create(
        number="C1", kind=kind, member=customer, issued_at=now, expires_at=now + timedelta(days=4), source="t",
        source_key="t1",
    )  # fmt: skip
    PointsLot.objects.filter(account__member=customer).update(expires_at=now + timedelta(days=9))
    Account.objects.filter(member=customer).update(tier_rank=1, tier_until_on=timezone.localdate() + timedelta(days=10))
    assert sorted(kinds(ada)) == ["coupon", "points", "star"]
    words = " ".join(hint.text for hint in hints_for(ada))
    assert "500" in words
    assert "1,500" in words.replace("¥", "")


def test_only_my_own_and_my_counters_customers_are_due(ada, ben, customer, store_a):
    Member.objects.filter(pk=customer.pk).update(next_birthday_on=timezone.localdate())
    colleague = make_user("associate", [store_a], counters=list(ada.counters.all()))
    assert kinds(ada) == kinds(colleague) == ["birthday"]
    assert kinds(ben) == []


def test_an_answer_keeps_the_hint_away_until_its_day(client, ada, customer):
    Member.objects.filter(pk=customer.pk).update(next_birthday_on=timezone.localdate())
    client.force_login(ada)
    assert client.post(url("due_later", customer.pk, "birthday"), {"days": 3}).status_code == 302
    client.post(url("due_later", customer.pk, "birthday"), {"days": 3})
    given = DueAnswer.objects.get()
    assert given.hidden_until_on == timezone.localdate() + timedelta(days=3)
    assert kinds(ada) == []
    DueAnswer.objects.update(hidden_until_on=timezone.localdate())
    assert kinds(ada) == ["birthday"]


@pytest.mark.parametrize("days", ["", "0", "91", "-1", "x", "9" * 30])
def test_a_reminder_lies_within_ninety_days(client, ada, customer, days):
    client.force_login(ada)
    assert client.post(url("due_later", customer.pk, "birthday"), {"days": days}).status_code == 302
    assert not DueAnswer.objects.exists()


def test_a_kind_nobody_knows_is_refused(ada, customer):
    with pytest.raises(DomainError):
        services.answer_due(member_id=customer.pk, kind="war", answer="done", actor=ada)


def test_a_wish_waits_arrives_and_is_told(client, ada, customer, counter):
    client.force_login(ada)
    typed = {"what": "驼色羊毛大衣", "size": "M", "until_on": "", "counter": counter.pk}
    assert client.post(url("counter_wish", customer.pk), typed).status_code == 302
    client.post(url("counter_wish", customer.pk), typed)
    wish = Wish.objects.get()
    assert wish.title in client.get(url("counter_home")).content.decode()
    assert kinds(ada) == []
    assert client.post(url("wish_arrive", wish.pk)).url == url("counter_home")
    assert kinds(ada) == ["wish"]
    client.post(url("due_done", customer.pk, "wish"))
    wish.refresh_from_db()
    assert (wish.state, wish.settled_by) == ("told", ada)
    assert kinds(ada) == []
    client.post(url("wish_arrive", wish.pk))
    wish.refresh_from_db()
    assert wish.state == "told"


def test_a_wish_put_off_comes_back_when_something_else_arrives(ada, customer, counter):
    first = services.note_wish(member_id=customer.pk, counter=counter, what="大衣", actor=ada)
    services.mark_wish_arrived(wish_id=first.pk, actor=ada)
    services.answer_due(member_id=customer.pk, kind="wish", answer="done", actor=ada)
    second = services.note_wish(member_id=customer.pk, counter=counter, what="围巾", actor=ada)
    services.mark_wish_arrived(wish_id=second.pk, actor=ada)
    assert [hint.text.endswith("围巾") for hint in hints_for(ada)] == [True]


@pytest.mark.parametrize(
    "typed", [{"what": ""}, {"what": "x" * 400}, {"what": "大衣", "until_on": "2001-01-01"}, {"counter": "9999"}]
)
def test_a_wish_typed_wrongly_says_why(client, ada, customer, counter, typed):
    client.force_login(ada)
    body = {"what": "大衣", "size": "", "until_on": "", "counter": counter.pk} | typed
    assert client.post(url("counter_wish", customer.pk), body).status_code == 422
    assert not Wish.objects.exists()


PAGES = ["counter_member", "counter_wish", "counter_promise"]


@pytest.mark.parametrize("name", PAGES)
def test_another_counters_associate_sees_a_mask_and_may_change_nothing(client, ada, ben, cho, customer, name):
    Member.objects.filter(pk=customer.pk).update(name="周若兰")
    client.force_login(ada)
    assert "周若兰" in client.get(url(name, customer.pk)).content.decode()
    client.force_login(ben)
    answer = client.get(url(name, customer.pk))
    assert answer.status_code == (200 if name == "counter_member" else 403)
    assert "周若兰" not in answer.content.decode()
    client.force_login(cho)
    assert client.get(url(name, customer.pk)).status_code == 403


@pytest.mark.parametrize("name", ["counter_note", "counter_fact", "counter_dial", "due_done", "due_unsuitable"])
def test_deeds_are_posted_and_only_about_own_customers(client, ada, ben, cho, customer, name):
    address = url(name, customer.pk, "birthday") if name.startswith("due") else url(name, customer.pk)
    client.force_login(ada)
    assert client.get(address).status_code == 405
    assert client.post(address, {"text": "x"}).status_code == 302
    for user in (ben, cho):
        client.force_login(user)
        assert client.post(address, {"text": "x"}).status_code == 403


def test_a_note_and_a_fact_are_one_tap_each(client, ada, customer):
    FieldDefinition.objects.create(key="colour", name="颜色", kind="choices", options=[["red", "红"], ["blue", "蓝"]])
    FieldDefinition.objects.create(key="fit", name="版型", kind="choice", options=[["slim", "修身"], ["wide", "宽松"]])
    FieldDefinition.objects.create(key="car", name="开车来", kind="yes_no")
    client.force_login(ada)
    page = client.get(url("counter_member", customer.pk)).content.decode()
    assert page.count('class="chip"') >= 8 + 2 + 2 + 2
    client.post(url("counter_note", customer.pk), {"text": "只看新款"})
    assert MemberNote.objects.get().text == "只看新款"

    def tap(key, value):
        client.post(url("counter_fact", customer.pk), {"key": key, "value": value})
        customer.refresh_from_db()
        return customer.custom.get(key)

    assert tap("colour", "red") == ["red"]
    assert tap("colour", "blue") == ["red", "blue"]
    assert tap("colour", "red") == ["blue"]
    assert tap("fit", "slim") == "slim"
    assert tap("fit", "wide") == "wide"
    assert tap("fit", "wide") is None
    assert tap("car", "no") is False
    assert tap("car", "no") is None
    assert tap("colour", "green") == ["blue"]
    assert tap("none", "x") is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taps=st.lists(st.sampled_from("abcd"), max_size=12))
def test_whatever_is_tapped_what_was_tapped_an_odd_number_of_times_is_known(ada, customer, taps):
    FieldDefinition.objects.get_or_create(
        key="tags", defaults={"name": "喜好", "kind": "choices", "options": [[one, one] for one in "abcd"]}
    )
    Member.objects.filter(pk=customer.pk).update(custom={})
    for one in taps:
        services.tap_fact(member_id=customer.pk, key="tags", value=one, actor=ada)
    customer.refresh_from_db()
    assert set(customer.custom.get("tags", [])) == {one for one in "abcd" if taps.count(one) % 2}


def test_calling_is_one_tap_where_the_member_allows_it(client, ada, customer):
    Member.objects.filter(pk=customer.pk).update(next_birthday_on=timezone.localdate())
    AgentLine.objects.create(system=make_system(), extension="8", user=ada)
    client.force_login(ada)
    page = client.get(url("counter_home")).content.decode()
    assert url("counter_dial", customer.pk) in page
    assert customer.phones.get().e164[-8:] not in page
    client.post(url("counter_dial", customer.pk))
    assert Call.objects.get().member == customer
    Member.objects.filter(pk=customer.pk).update(allows_phone=False)
    assert url("counter_dial", customer.pk) not in client.get(url("counter_home")).content.decode()
    client.post(url("counter_dial", customer.pk))
    assert Call.objects.count() == 1


def test_my_promises_and_what_is_asked_of_my_counter_stand_beside(client, ada, customer, counter, store_a):
    client.force_login(ada)
    due = timezone.localdate() + timedelta(days=2)
    client.post(url("counter_promise", customer.pk), {"what": "留一件 M 码", "due_on": due.isoformat()})
    promise = Promise.objects.get()
    agent = make_user("agent", [store_a])
    step = make_step(make_case(store_a, agent, counter=counter, owner=agent), agent, counter=counter)
    page = client.get(url("counter_home")).content.decode()
    assert "留一件 M 码" in page
    assert url("step_detail", step.pk) in page
    assert client.post(url("counter_keep", promise.pk), {"next": "https://evil.example/counter/"}).url == url(
        "counter_home"
    )
    promise.refresh_from_db()
    assert promise.state == "kept"


def test_the_search_finds_my_customers_and_nobody_elses(client, ada, customer, store_a):
    stranger = make_member(name="王陌生", store=store_a)
    Member.objects.filter(pk=customer.pk).update(name="周若兰")
    client.force_login(ada)
    number = customer.phones.get().e164[3:]
    assert client.get(url("counter_search"), {"q": number}).url == url("counter_member", customer.pk)
    page = client.get(url("counter_search"), {"q": stranger.phones.get().e164[3:]})
    assert page.status_code == 200
    assert "王陌生" not in page.content.decode()
    for text in ("", "%", "'", "\x00", "x" * 500):
        assert client.get(url("counter_search"), {"q": text}).status_code in (200, 302)


def test_home_and_member_cost_the_same_for_three_and_thirty(client, ada, store_a, counter):
    today = timezone.localdate()

    def add(count):
        for _number in range(count):
            member = customer_of(ada, store_a, counter, next_birthday_on=today + timedelta(days=2))
            sell(store_a, member, line_draft(net="300.00", counter=counter))
            Account.objects.filter(member=member).update(tier_rank=1, tier_until_on=today + timedelta(days=9))
            services.note_wish(member_id=member.pk, counter=counter, what="大衣", actor=ada)
            client.post(url("counter_promise", member.pk), {"what": "回电", "due_on": today.isoformat()})

    client.force_login(ada)
    add(3)
    assert assert_same_queries(lambda: client.get(url("counter_home")), lambda: add(27)) <= 15
    member = Member.objects.first()
    client.get(url("counter_member", member.pk))
    with counted_queries() as queries:
        client.get(url("counter_member", member.pk))
    assert len(queries) <= 15, "\n".join(one["sql"][:150] for one in queries)


def test_the_in_tray_counts_customers_who_are_due(client, ada, customer):
    client.force_login(ada)
    assert url("counter_home") + '">1' not in client.get(reverse("workflow:in_tray")).content.decode()
    Member.objects.filter(pk=customer.pk).update(next_birthday_on=timezone.localdate())
    assert url("counter_home") + '">1' in client.get(reverse("workflow:in_tray")).content.decode()
