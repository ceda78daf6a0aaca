"""From the ring to the stars: a call arrives for one agent while another works; the first opens a complaint about a
receipt line from the member's page, the counter answers, the member rates it. Real web, push and Redis, both languages."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from callcenter.models import Case
from callcenter.services import simulator
from callcenter.tests.call_factories import make_agent
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter, make_product, make_store
from tests.browser import PHONE, Person
from tests.test_phone_walk import NUMBER, SECONDS, at_desk, card, data, house, light, ring, signed_in, system
from tests.test_service_walk import link_of_text, send

__all__ = ["data", "house", "system"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh-hans", "en"])
def language(request) -> str:
    return request.param


@pytest.fixture
def people(transactional_db, system, language):
    """Two agents at their extensions, the counter's associate, and a member who bought a coat there."""
    make_programme()
    make_scheme()
    store = make_store()
    counter = make_counter(store, name_en="Zhichun 3F-12", brand=make_brand())
    member = make_member(store=store, phone=NUMBER, name="周若兰", language=language)
    sell(store, member, line_draft(make_product(name="羊毛双面大衣"), counter=counter))
    return SimpleNamespace(
        member=member,
        associate=make_user("associate", [store], counters=[counter], display_name="刘倩", language=language),
        anna=make_agent(system, "801", [store], username="anna", display_name="陈思远", language=language),
        bert=make_agent(system, "802", [store], username="bert", display_name="王海燕", language=language),
    )


def test_from_the_ring_to_the_stars(browser, house, system, people, settings, tmp_path, language):
    settings.OUTBOX_DIR, settings.BASE_URL = tmp_path / "out", house.url
    anna = at_desk(browser, house, people.anna, language)
    bert = at_desk(browser, house, people.bert, language)
    bert.open("/members/enrol/")
    expect(light(bert.page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    bert.page.fill("[name=name]", "半个名")
    before = bert.page.content()

    call = ring(system, "801")
    expect(card(anna.page, call)).to_contain_text("周若兰", timeout=SECONDS)
    assert bert.page.content() == before
    assert bert.page.input_value("[name=name]") == "半个名"
    simulator.answer(call=call)
    anna.page.keyboard.press("Alt+a")
    anna.page.wait_for_url(f"**/members/{people.member.pk}/", timeout=SECONDS)
    assert anna.faults() == []

    page = anna.page
    page.locator("tr", has_text="羊毛双面大衣").first.locator("details.menu summary").click()
    page.click("a[href*='/cases/new/?line=']")
    page.wait_for_url(re.compile(r"/cases/new/\?line="))
    page.fill("[name=title]", "袖口脱线")
    page.fill("[name=description]", "穿了两次就脱线,要求更换。")
    page.fill("[name=question]", "可以换新吗?")
    assert anna.faults() == []
    send(page, "main form [type=submit]", r"/cases/\d+/$")
    case = Case.objects.get()
    assert (case.member, case.line_no) == (people.member, 1)
    simulator.hang_up(call=call)

    associate = signed_in(browser, house, people.associate, size=PHONE, language=language)
    counter = associate.open("/cases/")
    send(counter, "main .tray-row", r"/cases/steps/\d+/$")
    counter.fill("[name=answer]", "可以,请带小票来专柜换新。")
    counter.click("main form [type=submit]")
    expect(counter.locator("main")).to_contain_text("刘倩")
    assert associate.faults() == []

    anna.open(f"/members/{people.member.pk}/")
    expect(page.locator(".member-urgent")).to_contain_text(case.number)
    anna.open(f"/cases/{case.pk}/")
    send(page, "main a[href$='/solve/']", r"/solve/$")
    page.fill("[name=solution]", "专柜为您换新。")
    send(page, "main form [type=submit]", rf"/cases/{case.pk}/$")

    member = Person(browser, house.url, size=PHONE, language=language)
    member.page.goto(link_of_text(settings.OUTBOX_DIR))
    member.page.click("label[for=star-5]")
    member.page.click("main form button.btn-primary")
    expect(member.page.locator("main .note")).to_be_visible()
    assert member.faults() == []
    case.refresh_from_db()
    assert (case.state, case.rating.stars) == ("closed", 5)
    assert bert.complaints == []
    for person in (anna, bert, associate, member):
        person.context.close()
