"""One morning at the desk in a real browser, in both languages: find, enrol, sell, explain, redeem, take back.

The figures are read off the pages. Every page is looked at by axe-core and kept as a picture under `walk/` in the data
folder.
"""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm_site.places import data_dir
from loyalty.models import Reward
from loyalty.tests.factories import make_programme, make_scheme
from members.models import Member
from members.tests.factories import make_member
from staff.tests.factories import make_user
from stores.tests.factories import make_counter, make_product, make_store
from tests.browser import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "zh-hans": SimpleNamespace(
        new="王芳 已成为会员", back="欢迎回来", sold="收款完成", why="为什么是这些积分", returned="退货完成", stars="三星"
    ),
    "en": SimpleNamespace(
        new="王芳 is a member now", back="Welcome back!", sold="Sale posted", why="Why these points?",
        returned="Return posted", stars="Three stars",
    ),
}  # fmt: skip


@pytest.fixture
def shop(transactional_db):
    """A store with a coat, a thermos for 500 points, a clerk, and two members whose initials are zxm."""
    make_programme()
    make_scheme()
    store = make_store()
    counter = make_counter(store, code="0312", name="之春", name_en="Zhichun")
    make_product(code="COAT", name="羊毛大衣", list_price=Decimal(600), counter=counter)
    Reward.objects.create(
        code="G1", name="保温杯", name_en="Thermos", points=500, stock=3, valid_from=timezone.localdate()
    )
    wanted = make_member(name="张晓敏", phone="+8613812344821", store=store)
    make_member(name="赵小明", phone="+8613812345555", store=store)
    return SimpleNamespace(store=store, member=wanted, clerk=make_user("clerk", [store], username="clerk"))


class Album:
    """Looks at each page of the walk, and keeps a picture of it."""

    def __init__(self, person: Person, language: str) -> None:
        self.person, self.language, self.count = person, language, 0
        self.folder: Path = data_dir() / "walk"
        self.folder.mkdir(parents=True, exist_ok=True)

    def look(self, name: str) -> None:
        self.count += 1
        self.person.page.screenshot(path=self.folder / f"{self.language}-{self.count:02}-{name}.png", full_page=True)
        assert self.person.faults() == [], name


def figures(page: Page) -> dict[str, str]:
    """The large figures at the head of a page, by position, as numbers without their signs of money."""
    return [text.strip() for text in page.locator(".page-head .figure-value").all_inner_texts()]


def facts(page: Page, place: str) -> list[str]:
    """What stands on the right of a list of facts."""
    return [text.split("\n")[0].strip() for text in page.locator(f"{place} dl.facts dd").all_inner_texts()]


def enrol(page: Page, person: Person) -> None:
    person.open("/members/enrol/")
    page.fill("[name=phone]", "139 0000 7788")
    page.fill("[name=name]", "王芳")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_morning_at_the_desk(browser, live_server, shop, language):
    words = WORDS[language]
    person = Person(browser, live_server.url, language=language)
    album = Album(person, language)
    page = person.sign_in("clerk")
    album.look("home")

    # Found by initials: two of them; with the last four digits one, and Enter opens it.
    page.keyboard.type("zxm")
    page.keyboard.press("Enter")
    page.wait_for_url("**/members/search/?q=zxm")
    expect(page.locator("main")).to_contain_text("张晓敏")
    expect(page.locator("main")).to_contain_text("赵小明")
    album.look("search")
    find = page.locator("#find")
    find.fill("zxm 4821")
    expect(page.locator(".hits a")).to_have_count(1)
    find.press("Enter")
    page.wait_for_url(f"**/members/{shop.member.pk}/")
    expect(page.locator("h1")).to_contain_text("张晓敏")
    album.look("member")

    # Enrolled by phone, name, Enter; the second time the member is recognised.
    enrol(page, person)
    album.look("enrol")
    page.press("[name=name]", "Enter")
    page.wait_for_url(re.compile(r"/members/\d+/$"))
    expect(page.locator("body")).to_contain_text(words.new)
    new = Member.objects.get(name="王芳")
    assert page.url.endswith(f"/members/{new.pk}/")
    album.look("enrolled")
    enrol(page, person)
    page.press("[name=name]", "Enter")
    page.wait_for_url(f"**/members/{new.pk}/")
    expect(page.locator("body")).to_contain_text(words.back)
    assert Member.objects.filter(name="王芳").count() == 1

    # Two coats at 600: 1,200 points.
    page.click(f"a[href='/loyalty/till/?member={new.pk}']")
    page.wait_for_url("**/loyalty/till/?member=*")
    page.fill("[name=lines-0-product]", "COAT")
    page.fill("[name=lines-0-quantity]", "2")
    page.press("[name=lines-0-quantity]", "Enter")
    expect(page.locator("#till-side .till-total")).to_contain_text("¥1,200.00")
    expect(page.locator("#till-side .points-plus")).to_have_text("+1,200")
    expect(page.locator("[name=lines-0-unit_price]")).to_have_value("600.00")
    album.look("till")
    page.click("[data-post]")
    page.wait_for_url("**/loyalty/till/done/*/")
    expect(page.locator("h1")).to_contain_text(words.sold)
    assert figures(page) == ["+1,200", "¥1,200.00"]
    album.look("sold")

    # Why these points: the amount, the rate, the sum.
    sale = page.url
    page.click(f"a:has-text('{words.why}')")
    page.wait_for_url("**/loyalty/receipts/*/")
    assert figures(page) == ["1,200", "+1,200"]
    cells = page.locator("table.list").first.locator("tbody tr").first
    expect(cells).to_contain_text("¥1,200.00 × 1 = 1,200")
    album.look("why")

    # A thermos for 500 of them.
    person.open(f"/loyalty/rewards/?member={new.pk}")
    assert figures(page) == ["1,200"]
    album.look("gifts")
    page.click("a[href*='/redeem/']")
    page.wait_for_url("**/redeem/")
    album.look("redeem")
    page.press("[name=quantity]", "Enter")
    page.wait_for_url(f"**/members/{new.pk}/")
    expect(page.locator("a.figure .figure-value").first).to_have_text("700")
    assert Reward.objects.get().stock == 2
    album.look("redeemed")

    # One coat comes back: worked out first, posted as shown.
    person.open(sale.replace(live_server.url, ""))
    page.click("a[href*='/till/return/']")
    page.wait_for_url("**/loyalty/till/return/*/")
    page.fill("[name=back1]", "1")
    page.press("[name=back1]", "Enter")
    page.wait_for_selector("#effect")
    assert facts(page, "#effect") == ["¥600.00", "600", "100", f"★★★ {words.stars}"]
    expect(page.locator("#effect .till-total")).to_contain_text("¥600.00")
    album.look("preview")
    page.click("#effect .btn-primary")
    page.wait_for_url("**/loyalty/till/done/*/")
    expect(page.locator("h1")).to_contain_text(words.returned)
    assert figures(page) == ["-600", "-¥600.00"]
    album.look("returned")

    # The ledger says the same, the newest first.
    person.open(f"/loyalty/members/{new.pk}/")
    assert figures(page)[0] == "100"
    effects = page.locator("#rows tbody tr td:last-child > span:first-child")
    assert effects.all_inner_texts() == ["-600", "-500", "+1,200"]
    expect(page.locator("body")).to_contain_text(words.stars)
    album.look("account")
