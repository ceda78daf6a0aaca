"""A member's own cases on the own pages."""

import pytest
from django.utils import timezone

from callcenter.models import Case, CaseEntry
from callcenter.services.cases import let_wait, note_in_case, say_in_case, take_case
from callcenter.services.solving import solve_case
from callcenter.tests.factories import make_case
from kit.testing import assert_same_queries
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from members.tests.self_walk import signed_in
from sales.tests.factories import line_draft
from stores.tests.factories import make_counter

FORM = {"kind": "complaint", "title": "袖口脱线", "description": "穿了两次"}


@pytest.fixture
def role():
    return "agent"


@pytest.fixture
def member(store_a):
    return make_member(store=store_a)


@pytest.fixture
def phone(member):
    return signed_in(member)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_case_is_opened_followed_answered_and_reopened(phone, member, ada, settings, language):
    phone.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = phone.post("/me/cases/new/", FORM)
    case = Case.objects.get()
    assert answer.url == f"/me/cases/{case.pk}/"
    assert (case.member, case.channel, case.store, case.owner) == (member, "web", member.home_store, None)
    take_case(case_id=case.pk, actor=ada)
    say_in_case(case_id=case.pk, text="请带小票来", actor=ada)
    note_in_case(case_id=case.pk, text="内部备注", actor=ada)
    let_wait(case_id=case.pk, waits_for="member", why="等回复", actor=ada)
    page = phone.get(f"/me/cases/{case.pk}/").content.decode()
    assert "请带小票来" in page
    assert "内部备注" not in page
    assert "Ada" not in page
    phone.post(f"/me/cases/{case.pk}/answer/", {"text": "明天来"})
    phone.post(f"/me/cases/{case.pk}/answer/", {"text": "明天来"})
    case.refresh_from_db()
    assert case.state == "open"
    assert CaseEntry.objects.filter(kind="heard").count() == 1
    assert ada.notices.exists()
    solve_case(case_id=case.pk, solution="换新", actor=ada)
    page = phone.get(f"/me/cases/{case.pk}/").content.decode()
    assert "换新" in page
    assert "/m/case/" in page
    phone.post(f"/me/cases/{case.pk}/answer/", {"text": "又脱线了"})
    case.refresh_from_db()
    assert (case.state, case.reopened_count) == ("open", 1)


def test_a_double_click_opens_one_case_and_eleven_are_too_many(phone):
    for _n in range(2):
        phone.post("/me/cases/new/", FORM)
    assert Case.objects.count() == 1
    for n in range(9):
        phone.post("/me/cases/new/", FORM | {"title": f"{n}"})
    assert phone.post("/me/cases/new/", FORM | {"title": "eleventh"}).status_code == 422
    assert Case.objects.count() == 10


def test_only_own_purchases_can_be_named(phone, member, store_a):
    make_programme()
    make_scheme()
    counter = make_counter(store_a)
    own = sell(store_a, member, line_draft(counter=counter)).receipt
    others = [sell(store_a, one, line_draft(counter=counter)).receipt for one in (make_member(store=store_a), None)]
    for receipt in others:
        line = f"{timezone.localdate(receipt.sold_at):%Y-%m-%d}:{receipt.id}:1"
        assert phone.post("/me/cases/new/", FORM | {"line": line}).status_code == 422
    assert (
        phone.post(
            "/me/cases/new/", FORM | {"line": f"{timezone.localdate(own.sold_at):%Y-%m-%d}:{own.id}:1"}
        ).status_code
        == 302
    )
    assert (Case.objects.get().receipt_id, Case.objects.get().counter) == (own.id, counter)


def test_somebody_elses_case_is_not_there(phone, ada, store_a):
    case = make_case(store_a, ada, member=make_member(store=store_a), title="别人的投诉")
    assert "别人的投诉" not in phone.get("/me/cases/").content.decode()
    answer = phone.get(f"/me/cases/{case.pk}/")
    assert answer.status_code == 404
    assert "me-tabs" in answer.content.decode()
    assert phone.post(f"/me/cases/{case.pk}/answer/", {"text": "x"}).status_code == 404
    assert not CaseEntry.objects.filter(kind="heard").exists()


def test_without_the_door_nothing_opens(client, db):
    for path in ("/me/cases/", "/me/cases/new/", "/me/cases/1/"):
        assert client.get(path).url == "/me/enter/"
    assert client.post("/me/cases/1/answer/", {"text": "x"}).url == "/me/enter/"


def test_hostile_words_are_only_words(phone):
    phone.post("/me/cases/new/", FORM | {"title": "<b>x</b>", "description": "<script>alert(1)</script>"})
    page = phone.get(f"/me/cases/{Case.objects.get().pk}/").content.decode()
    assert "<script>alert" not in page
    assert "<b>x" not in page
    assert phone.post("/me/cases/new/", {"kind": "nothing", "title": ""}).status_code == 422


def test_the_list_asks_as_much_for_many_as_for_few(phone, member, ada, store_a):
    make_case(store_a, ada, member=member)
    assert_same_queries(
        lambda: phone.get("/me/cases/"), lambda: [make_case(store_a, ada, member=member) for _n in range(5)]
    )
