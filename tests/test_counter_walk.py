"""An associate's minute on a phone, and an agent's on a call list, in a real browser and both languages; axe-core looks
at every page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from callcenter.models import AgentLine, CallListEntry, DueAnswer, QuickNote, Wish
from callcenter.services.counter import note_wish
from callcenter.tests.call_factories import make_list, make_system
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.models import FieldDefinition, MemberNote
from members.tests.factories import make_care, make_member
from sales.tests.factories import line_draft
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter, make_store
from tests.browser import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh-hans", "en"])
def language(request) -> str:
    return request.param


@pytest.fixture
def house(transactional_db, language):
    """An associate with a customer whose birthday is near and who waits for a coat; an agent with a call list."""
    make_programme()
    make_scheme()
    FieldDefinition.objects.create(
        key="fit",
        name="版型",
        name_en="Fit",
        kind="choice",
        options=[["slim", "修身", "Slim"], ["wide", "宽松", "Wide"]],
    )
    QuickNote.objects.get_or_create(name="只看新款", defaults={"name_en": "New arrivals only"})
    store = make_store()
    counter = make_counter(store, name_en="Zhichun 3F-12", brand=make_brand())
    birthday = timezone.localdate() + timedelta(days=2)
    member = make_member(store=store, name="周若兰", allows_phone=True, next_birthday_on=birthday)
    sell(store, member, line_draft(counter=counter))
    associate = make_user("associate", [store], counters=[counter], username="associate", language=language)
    make_care(member, associate, counter=counter)
    note_wish(member_id=member.pk, counter=counter, what="驼色大衣", size="M", actor=associate)
    agent = make_user("agent", [store], username="agent", language=language)
    AgentLine.objects.create(system=make_system(), extension="801", user=agent)
    boss = make_user("manager", [store], username="manager", language=language)
    others = [make_member(store=store) for _number in range(2)]
    call_list = make_list(boss, store, others, script="{member}您好", script_en="Hello {member}")
    return SimpleNamespace(member=member, call_list=call_list)


@pytest.fixture
def visitor(browser: Browser, live_server, settings, language) -> Iterator[object]:
    """Opens a browser for each person of the walk and closes them all."""
    settings.BASE_URL = live_server.url
    opened: list[Person] = []

    def visit(**fields: object) -> Person:
        opened.append(Person(browser, live_server.url, language=language, **fields))
        return opened[-1]

    yield visit
    for person in opened:
        person.context.close()


def press(page: Page, button: str, address: str) -> None:
    with page.expect_navigation(url=re.compile(address)):
        page.click(button)


def test_an_associate_sees_who_is_due_and_notes_what_she_learns_in_two_taps(house, visitor):
    associate = visitor(size=PHONE)
    page = associate.sign_in("associate")
    associate.open("/counter/")
    expect(page.locator("#due")).to_contain_text("周若兰")
    assert associate.faults() == []
    press(page, "#wishes button", r"/counter/$")
    assert Wish.objects.get().state == "arrived"
    expect(page.locator(".due-hint")).to_have_count(2)
    press(page, "form[action$='/wish/done/'] button", r"/counter/$")
    assert DueAnswer.objects.get().answer == "done"
    assert Wish.objects.get().state == "told"
    page.click(".due-answers summary")
    assert associate.faults() == []
    press(page, "form[action$='/birthday/later/'] button[value='3']", r"/counter/$")
    expect(page.locator(".due-hint")).to_have_count(0)
    associate.open(f"/counter/members/{house.member.pk}/")
    assert associate.faults() == []
    page.click("#notes summary")
    press(page, "#notes .chip >> nth=0", r"/counter/members/")
    assert MemberNote.objects.count() == 1
    page.click("#facts summary")
    assert associate.faults() == []
    press(page, "#facts .chip[value='slim']", r"/counter/members/")
    house.member.refresh_from_db()
    assert house.member.custom == {"fit": "slim"}
    associate.open(f"/counter/members/{house.member.pk}/wish/")
    assert associate.faults() == []


@pytest.mark.parametrize("size", [PHONE, (1366, 768)])
def test_an_agent_works_a_list_with_the_keyboard(house, visitor, size):
    agent = visitor(size=size)
    page = agent.sign_in("agent")
    agent.open("/calls/lists/")
    assert agent.faults() == []
    press(page, "main table a.btn-primary", r"/one-by-one/$")
    assert agent.faults() == []
    with page.expect_navigation():
        page.keyboard.press("0")
    expect(page.locator(".script")).to_contain_text("张晓敏")
    assert agent.faults() == []
    with page.expect_navigation():
        page.keyboard.press("2")
    assert CallListEntry.objects.get(state="done").last_outcome == "visit"
    assert CallListEntry.objects.filter(state="taken").count() == 1
    agent.open(f"/calls/lists/{house.call_list.pk}/")
    assert agent.faults() == []
