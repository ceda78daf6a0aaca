"""A complaint about a receipt line, from the desk to the member's stars, in real browsers and both languages.

An agent opens the complaint and asks the counter; the associate answers on a phone in two taps; the agent solves it; the
member rates it by the link of the text. Every page is looked at by axe-core.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from callcenter.models import Case, CaseStep
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.services.outbox import send_due
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter, make_store
from tests.browser import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh-hans", "en"])
def language(request) -> str:
    return request.param


@pytest.fixture
def house(transactional_db, language):
    """A store with a counter, a member who bought there, an agent and the counter's associate."""
    make_programme()
    make_scheme()
    store = make_store()
    counter = make_counter(store, name_en="Zhichun 3F-12", brand=make_brand())
    member = make_member(store=store, phone="+8613812344821", language=language)
    receipt = sell(store, member, line_draft(counter=counter)).receipt
    make_user("agent", [store], username="agent", display_name="陈思远", language=language)
    make_user("associate", [store], counters=[counter], username="associate", display_name="刘倩", language=language)
    line = f"{timezone.localdate(receipt.sold_at):%Y-%m-%d}:{receipt.id}:1"
    return SimpleNamespace(member=member, counter=counter, line=line)


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


def send(page: Page, button: str, address: str) -> None:
    page.click(button)
    page.wait_for_url(re.compile(address))


def link_of_text(outbox: Path) -> str:
    """The member's link in the last text that went out."""
    send_due()
    last = json.loads((outbox / "sms.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert last["to"] == "+8613812344821"
    return re.search(r"https?://\S+", last["text"]).group(0)


def test_a_complaint_is_answered_at_the_counter_solved_and_rated(house, visitor, settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path
    agent = visitor()
    page = agent.sign_in("agent")
    agent.open(f"/cases/new/?member={house.member.pk}&line={house.line}")
    page.fill("[name=title]", "袖口脱线")
    page.fill("[name=description]", "穿了两次就脱线,要求更换。")
    page.fill("[name=question]", "可以换新吗?")
    assert agent.faults() == []
    send(page, "main form [type=submit]", r"/cases/\d+/$")
    case = Case.objects.get()
    assert (case.counter, case.receipt_id is not None) == (house.counter, True)
    assert agent.faults() == []

    associate = visitor(size=PHONE)
    counter = associate.sign_in("associate")
    associate.open("/cases/")
    assert associate.faults() == []
    send(counter, "main .tray-row", r"/cases/steps/\d+/$")
    assert associate.faults() == []
    counter.fill("[name=answer]", "可以,请带小票来专柜换新。")
    counter.click("main form [type=submit]")
    expect(counter.locator("main")).to_contain_text("刘倩")
    assert CaseStep.objects.get().state == "answered"
    assert associate.faults() == []

    agent.open(f"/cases/{case.pk}/")
    expect(page.locator("main")).to_contain_text("请带小票来专柜换新")
    send(page, "main a[href$='/solve/']", r"/solve/$")
    page.fill("[name=solution]", "专柜为您换新。")
    send(page, "main form [type=submit]", rf"/cases/{case.pk}/$")
    assert agent.faults() == []

    member = visitor(size=PHONE)
    phone = member.page
    phone.goto(link_of_text(tmp_path))
    expect(phone.locator("main")).to_contain_text("专柜为您换新")
    assert member.faults() == []
    phone.click("label[for=star-5]")
    phone.fill("[name=words]", "很快,谢谢")
    phone.click("main form button.btn-primary")
    expect(phone.locator("main .note")).to_be_visible()
    assert member.faults() == []
    case.refresh_from_db()
    assert (case.state, case.rating.stars) == ("closed", 5)

    agent.open(f"/cases/{case.pk}/")
    expect(page.locator("main")).to_contain_text("很快,谢谢")
    assert agent.faults() == []
