"""A visitor with a phone becomes a member, in a real browser at 390 px and in both languages.

The code in the store's poster, a number, a code by SMS, a card; the till reads it; points, a consent, a letter to the store.
Every page is looked at by axe-core.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from callcenter.models import Case
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.models import Consent, Member, MemberCard
from sales.tests.factories import line_draft
from staff.services.outbox import send_due
from stores.tests.factories import make_brand, make_counter, make_store
from tests.browser import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh-hans", "en"])
def language(request) -> str:
    return request.param


@pytest.fixture
def visitor(browser: Browser, live_server, language) -> Iterator[Person]:
    person = Person(browser, live_server.url, size=PHONE, language=language)
    yield person
    person.context.close()


def press(page: Page, what: str, address: str) -> None:
    page.click(what)
    page.wait_for_url(re.compile(address))


def code_of_text(outbox: Path) -> str:
    send_due()
    last = json.loads((outbox / "sms.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["to"], last["purpose"]) == ("+8613812344821", "code")
    return re.search(r"\d{6}", last["text"]).group(0)


def test_from_the_poster_to_points_consent_and_a_letter(visitor, settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path
    make_programme()
    make_scheme()
    store = make_store(code="QD01")
    counter = make_counter(store, brand=make_brand())
    page = visitor.open("/me/apply/QD01/")
    assert visitor.faults() == []
    page.fill("[name=phone]", "13812344821")
    press(page, "main form [type=submit]", r"/me/code/$")
    assert visitor.faults() == []
    page.fill("[name=code]", code_of_text(tmp_path))
    press(page, "main form [type=submit]", r"/me/apply/$")
    assert visitor.faults() == []
    assert page.locator("input[type=checkbox]:checked").count() == 0
    page.fill("[name=name]", "张晓敏")
    page.fill("[name=birth_month]", "8")
    page.fill("[name=birth_day]", "15")
    page.check("[name=terms]")
    page.check("[name=consent_sms]")
    press(page, "main form [type=submit]", r"/me/$")
    member = Member.objects.get()
    card = MemberCard.objects.get()
    expect(page.locator(".me-code")).to_contain_text(card.number)
    expect(page.locator(".me-code svg")).to_be_visible()
    assert visitor.faults() == []

    sale = sell(store, member, line_draft(net="5000.00", counter=counter))
    visitor.open("/me/")
    expect(page.locator("main")).to_contain_text("5,000")
    page.click("main details summary:has-text('¥5,000.00')")
    expect(page.locator("main details .line").first).to_be_visible()
    assert sale.receipt.document in page.content()
    assert visitor.faults() == []

    visitor.open("/me/details/")
    assert visitor.faults() == []
    switch = page.locator("button[aria-labelledby=switch-sms]")
    assert switch.get_attribute("aria-checked") == "true"
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert list(Consent.objects.order_by("pk").values_list("channel", "granted")) == [("sms", True), ("sms", False)]
    visitor.open("/me/details/edit/")
    assert visitor.faults() == []
    visitor.open("/me/privacy/")
    assert visitor.faults() == []

    visitor.open("/me/cases/new/")
    assert visitor.faults() == []
    page.fill("[name=title]", "袖口脱线")
    page.select_option("[name=line]", index=1)
    press(page, "main form [type=submit]", r"/me/cases/\d+/$")
    case = Case.objects.get()
    assert (case.member, case.counter) == (member, counter)
    assert visitor.faults() == []
    visitor.open("/me/cases/")
    expect(page.locator("main")).to_contain_text(case.number)
    assert visitor.faults() == []

    visitor.open("/me/details/")
    press(page, "form[action$='/leave/'] button", r"/me/enter/$")
    visitor.open("/me/cases/")
    assert page.url.endswith("/me/enter/")
