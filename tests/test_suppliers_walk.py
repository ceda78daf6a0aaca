"""A supplier from first contact to its first payment, in real browsers and both languages.

The buyer enters a prospect, its papers and a contract; the manager approves at the desk by the link of an urgent text,
the CEO on a phone; once signed it is a supplier by itself. Its month is settled, disputed by the supplier without a
login, adjusted, approved and paid, the fee deducted. Then a clerk's expense claim. Every page is looked at by axe-core
and kept as a picture, at the desk's and the phone's size, under `walk/` in the data folder.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from crm_site.places import data_dir
from sales.tests.factories import make_return
from staff.models import Job
from staff.services.jobs import run_job
from staff.services.outbox import send_due
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_category, make_counter, make_department, make_floor, make_store
from suppliers.models import Contract, FeeType, Party, Settlement
from suppliers.tests.factories_contracts import sell_on
from suppliers.tests.factories_parties import make_type
from tests.browser import DESK, PHONE, Person
from workflow.models import ExpenseClaim
from workflow.tests.factories_office import make_expense_category, make_money

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["zh-hans", "en"]
MANAGER_PHONE, CEO_PHONE, SUPPLIER_PHONE = "+8613800000001", "+8613800000002", "+8613900000003"
SCAN = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

WORDS = {
    "zh-hans": SimpleNamespace(
        gap="缺", supplier="供应商", may_sell="可销售",
        lines=["女装扣点", "销售保底差额", "管理费"], deducted="已扣款", paid="已付款",
    ),
    "en": SimpleNamespace(
        gap="is missing", supplier="Supplier", may_sell="May sell",
        lines=["Commission on", "Shortfall of the sales guarantee", "invoiced"],
        deducted="Deducted", paid="Paid",
    ),
}  # fmt: skip


def last_month() -> tuple[date, date]:
    """The first and the last day of the month before this one."""
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


class Album:
    """Looks at the pages of all people of the walk at both sizes, and keeps the pictures."""

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0
        self.folder: Path = data_dir() / "walk"
        self.folder.mkdir(parents=True, exist_ok=True)

    def look(self, person: Person, what: str) -> None:
        self.count += 1
        own = person.page.viewport_size
        other = PHONE if own and own["width"] == DESK[0] else DESK
        person.page.set_viewport_size({"width": other[0], "height": other[1]})
        self._picture(person, f"{what}-{other[0]}")
        person.page.set_viewport_size(own)
        self._picture(person, f"{what}-{own['width']}")

    def _picture(self, person: Person, what: str) -> None:
        path = self.folder / f"{self.name}-{self.count:02}-{what}.png"
        # From the top: what happens to lie half under the sticky bar is no small target.
        person.page.evaluate("scrollTo(0, 0)")
        person.page.screenshot(path=path, full_page=True)
        assert person.faults() == [], what


@pytest.fixture
def store(transactional_db):
    return make_store()


@pytest.fixture(params=LANGUAGES)
def language(request) -> str:
    return request.param


@pytest.fixture
def house(store, language):
    """A store with a free counter, two mandatory papers, a kind of fee, and the people of both walks."""
    department, category = make_department(store), make_category(name_en="Women’s wear")
    counter = make_counter(
        store, code="0312", name="之春", name_en="Zhichun", floor=make_floor(store, number=3, name_en="Floor 3"),
        brand=make_brand(name_en="Zhichun"), category=category, area_sqm=Decimal("34.5"),
    )  # fmt: skip
    papers = [
        make_type("BL", name="营业执照", name_en="Business licence"),
        make_type("TM", name="商标注册证", name_en="Trade mark certificate"),
    ]
    fee = FeeType.objects.create(code="MG", name="管理费", name_en="Management fee", nature="management")

    def person(role: str, name: str, phone: str = "", **fields: object):
        stores = [] if fields.get("all_stores") else [store]
        return make_user(role, stores, username=role, display_name=name, phone=phone, language=language, **fields)

    spending = make_expense_category("差旅")
    make_money(department, spending, "5000.00", timezone.localdate().replace(day=1))
    return SimpleNamespace(
        store=store, counter=counter, papers=papers, fee=fee, department=department, spending=spending,
        buyer=person("buyer", "陈采"), manager=person("manager", "林经理", MANAGER_PHONE),
        ceo=person("ceo", "周总", CEO_PHONE, all_stores=True), finance=person("finance", "钱会计"),
        clerk=person("clerk", "吴小妹", department=department),
    )  # fmt: skip


@pytest.fixture
def desk(browser: Browser, live_server, settings, language) -> Iterator[SimpleNamespace]:
    """Opens a browser for each person of a walk and closes them all."""
    settings.BASE_URL = live_server.url
    opened: list[Person] = []

    def visitor(size: tuple[int, int] = DESK, language: str = language) -> Person:
        opened.append(Person(browser, live_server.url, size=size, language=language))
        return opened[-1]

    def sign_in(username: str, **fields: object) -> Person:
        person = visitor(**fields)
        person.sign_in(username)
        return person

    yield SimpleNamespace(visitor=visitor, sign_in=sign_in)
    for person in opened:
        person.context.close()


def follow(page: Page, path: str) -> None:
    """Click the link of the page's body that leads to a path, and wait for it."""
    page.click(f"main a[href*='{path}']")
    page.wait_for_url(lambda url: path in url)


def send(page: Page, to: str) -> None:
    """Press the main button of the form and wait for where it leads."""
    page.click("main form .btn-primary")
    page.wait_for_url(re.compile(to))


def texted_links(outbox: Path) -> dict[str, str]:
    """By phone number: the last link that was sent by text."""
    send_due()
    texts = [json.loads(line) for line in (outbox / "sms.jsonl").read_text().splitlines()]
    return {one["to"]: re.search(r"https?://\S+", one["text"]).group().rstrip("。.") for one in texts}


def enter_prospect(page: Page, person: Person, album: Album, words: SimpleNamespace) -> Party:
    """First contact, who to talk to, a visit, and the papers it must have."""
    person.open("/suppliers/pipeline/")
    album.look(person, "pipeline-empty")
    follow(page, "/suppliers/new/")
    page.fill("[name=name]", "青岛之春服饰有限公司")
    page.fill("[name=short_name]", "之春服饰")
    page.fill("[name=name_en]", "Qingdao Zhichun Clothing")
    album.look(person, "prospect-form")
    send(page, r"/suppliers/\d+/$")
    party = Party.objects.get()
    expect(page.locator("main")).to_contain_text(words.gap)
    album.look(person, "prospect")

    follow(page, f"/suppliers/{party.pk}/contacts/new/")
    page.fill("[name=name]", "王之春")
    page.fill("[name=phone]", SUPPLIER_PHONE)
    page.check("[name=is_primary]")
    album.look(person, "contact-form")
    send(page, rf"/suppliers/{party.pk}/$")

    follow(page, f"/suppliers/{party.pk}/log/")
    page.select_option("[name=kind]", "visit")
    page.fill("[name=summary]", "看了三楼 12 号位,要求 35 平方米")
    album.look(person, "visit-form")
    send(page, rf"/suppliers/{party.pk}/$")
    party.refresh_from_db()
    assert party.stage == "visited"

    for number in range(2):
        follow(page, f"/suppliers/{party.pk}/licences/new/")
        page.select_option("[name=type]", index=number + 1)
        page.fill("[name=number]", f"9137020{number}")
        page.fill("[name=valid_to]", (timezone.localdate() + timedelta(days=400)).isoformat())
        page.set_input_files("[name=scan]", {"name": "营业执照.pdf", "mimeType": "application/pdf", "buffer": SCAN})
        if number == 0:
            album.look(person, "licence-form")
        send(page, rf"/suppliers/{party.pk}/$")
    assert party.licences.exclude(scan="").count() == 2
    expect(page.locator(".tag-warn")).to_have_count(0)
    album.look(person, "prospect-with-papers")
    person.open("/suppliers/pipeline/")
    expect(page.locator("main")).to_contain_text("之春服饰")
    album.look(person, "pipeline")
    return party


def draft_contract(page: Page, person: Person, album: Album, house: SimpleNamespace, party: Party) -> Contract:
    """28 %, a sales guarantee of 60,000 and a monthly fee of 2,000, from last month on; sent off as urgent."""
    first, _last = last_month()
    person.open(f"/suppliers/{party.pk}/")
    follow(page, "/suppliers/contracts/new/")
    expect(page.locator("[name=party]")).to_have_value(str(party.pk))
    page.select_option("[name=store]", str(house.store.pk))
    page.fill("[name=effective_on]", first.isoformat())
    page.fill("[name=ends_on]", (first.replace(year=first.year + 1) - timedelta(days=1)).isoformat())
    page.select_option("[name=counters]", str(house.counter.pk))
    page.fill("[name=base_rate]", "28")
    page.select_option("[name=guarantee]", "sales")
    page.fill("[name=guaranteed]", "60000")
    page.fill("[name=deposit_required]", "10000")
    page.select_option("[name=rates-0-category]", str(house.counter.category_id))
    page.fill("[name=rates-0-rate]", "28")
    page.select_option("[name=fees-0-fee_type]", str(house.fee.pk))
    page.fill("[name=fees-0-amount]", "2000")
    album.look(person, "contract-form")
    send(page, r"/suppliers/contracts/\d+/$")
    contract = Contract.objects.get()
    album.look(person, "contract-draft")
    page.click("main a[href$='/submit/']")
    page.check("[name=urgent]")
    page.fill("[name=comment]", "旺季前开业")
    album.look(person, "contract-submit")
    send(page, rf"/suppliers/contracts/{contract.pk}/$")
    album.look(person, "contract-submitted")
    return contract


def approve_contract(desk: SimpleNamespace, album: Album, outbox: Path, contract: Contract) -> None:
    """The manager by the link of the text at the desk; the CEO from the in-tray of a phone."""
    version = contract.versions.get()
    links = texted_links(outbox)
    assert set(links) == {MANAGER_PHONE}, "the CEO's turn has not come"
    manager = desk.visitor()
    page = manager.page
    page.goto(links[MANAGER_PHONE])
    assert "/login/" in page.url
    page.fill("[name=username]", "manager")
    page.fill("[name=password]", "atrium-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    expect(page.locator("h1")).to_contain_text(contract.number)
    album.look(manager, "request-manager")
    page.fill(".deed-approve [name=comment]", "同意引进")
    page.click(".deed-approve button")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    expect(page.locator("main .log")).to_contain_text("同意引进")
    album.look(manager, "request-manager-done")

    assert CEO_PHONE in texted_links(outbox)
    ceo = desk.sign_in("ceo", size=PHONE)
    page = ceo.open("/approvals/")
    album.look(ceo, "tray-ceo")
    page.click(".tray-row")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    album.look(ceo, "request-ceo")
    page.click(".deed-approve button")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    album.look(ceo, "request-approved")
    version.refresh_from_db()
    assert version.status == "approved"


def sign_contract(page: Page, person: Person, album: Album, contract: Contract, words: SimpleNamespace) -> None:
    """Signed by the buyer; the prospect is a supplier by itself."""
    person.open(f"/suppliers/contracts/{contract.pk}/")
    album.look(person, "contract-approved")
    page.click("main a[href$='/sign/']")
    page.fill("[name=signatory]", "王之春")
    album.look(person, "contract-sign")
    send(page, rf"/suppliers/contracts/{contract.pk}/$")
    album.look(person, "contract-signed")
    follow(page, f"/suppliers/{contract.party_id}/")
    expect(page.locator(".page-head, .member-head").first).to_be_visible()
    party = Party.objects.get()
    assert (party.status, party.selling) == ("supplier", "allowed")
    expect(page.locator("main")).to_contain_text(words.supplier)
    expect(page.locator("main")).to_contain_text(words.may_sell)
    album.look(person, "supplier")
    page.click("details.more summary")
    follow(page, f"/suppliers/{party.pk}/standing/")
    album.look(person, "why-it-may-sell")


def settle_month(person: Person, album: Album, contract: Contract, words: SimpleNamespace) -> Settlement:
    """Calculated by a job, explained line by line, confirmed, opened for the supplier."""
    page = person.open("/suppliers/settlements/")
    album.look(person, "settlements-empty")
    follow(page, "/suppliers/settlements/run/")
    album.look(person, "settlement-run")
    send(page, r"/jobs/\d+/$")
    run_job(job_id=Job.objects.get().pk)
    page.reload()
    album.look(person, "settlement-job")
    follow(page, "/suppliers/settlements/?month=")
    album.look(person, "settlements")
    settlement = Settlement.objects.get()
    follow(page, f"/suppliers/settlements/{settlement.pk}/")
    # 45,000 sold, 60,000 guaranteed: 12,600 + 4,200 of commission and the fee of 2,000.
    assert (settlement.sales, settlement.commission, settlement.fees, settlement.payable) == (
        Decimal(45000), Decimal(16800), Decimal(2000), Decimal(26200),
    )  # fmt: skip
    expect(page.locator(".page-head .figure-value")).to_have_text("¥26,200.00")
    table = page.locator("table.list").first
    for text in (*words.lines, "45,000.00 × 28%", "60,000.00 − 45,000.00", "15,000.00", "-¥4,200.00", "-¥2,000.00"):
        expect(table).to_contain_text(text)
    album.look(person, "settlement-draft")
    press(page, "confirm")
    press(page, "send")
    album.look(person, "settlement-sent")
    return settlement


def press(page: Page, deed: str) -> None:
    """Press the button of one transition, which leads back to the same page."""
    with page.expect_navigation():
        page.click(f"main form[action$='/{deed}/'] button")


def supplier_link(page: Page, outbox: Path) -> str:
    """The link the supplier was sent by text, the same that finance sees on the page."""
    link = texted_links(outbox)[SUPPLIER_PHONE]
    assert link == page.input_value("#link")
    return link


def dispute(desk: SimpleNamespace, album: Album, link: str) -> None:
    """The supplier, without a login and in Chinese, on a phone: one line is wrong."""
    supplier = desk.visitor(size=PHONE, language="zh-hans")
    page = supplier.page
    page.goto(link)
    expect(page.locator("h1")).to_contain_text("结算单")
    expect(page.locator("main")).to_contain_text("销售保底")
    album.look(supplier, "link")
    line = page.locator("tbody tr", has_text="销售保底").last
    line.locator("summary").click()
    line.locator("input").fill("三楼装修停业三天,保底应减")
    page.fill("[name=name]", "王之春")
    album.look(supplier, "link-dispute")
    with page.expect_navigation():
        page.click("main .btn-primary")
    expect(page.locator("main")).to_contain_text("三楼装修停业三天,保底应减")
    album.look(supplier, "link-disputed")


def accept(desk: SimpleNamespace, album: Album, link: str) -> None:
    supplier = desk.visitor(size=PHONE, language="zh-hans")
    page = supplier.page
    page.goto(link)
    expect(page.locator("main")).to_contain_text("26,620.00")
    expect(page.locator("main")).to_contain_text("按停业三天减免")
    album.look(supplier, "link-again")
    page.fill("[name=name]", "王之春")
    with page.expect_navigation():
        page.click("main .btn-primary")
    album.look(supplier, "link-accepted")


def answer_dispute(page: Page, person: Person, album: Album, settlement: Settlement) -> None:
    """Answered, adjusted by a line of its own, sent again."""
    person.open(f"/suppliers/settlements/{settlement.pk}/")
    expect(page.locator("main")).to_contain_text("三楼装修停业三天,保底应减")
    album.look(person, "settlement-disputed")
    page.click("main a[href*='/disputes/']")
    page.fill("[name=answer]", "属实,按停业三天减免")
    album.look(person, "dispute-answer")
    send(page, rf"/settlements/{settlement.pk}/$")
    page.click("main a[href$='/adjust/']")
    page.fill("[name=amount]", "420.00")
    page.fill("[name=reason]", "三楼装修停业三天")
    album.look(person, "settlement-adjust")
    send(page, rf"/settlements/{settlement.pk}/$")
    expect(page.locator(".page-head .figure-value")).to_have_text("¥26,620.00")
    press(page, "send")
    album.look(person, "settlement-sent-again")


def approve_and_pay(desk: SimpleNamespace, finance: Person, album: Album, settlement: Settlement) -> None:
    page = finance.open(f"/suppliers/settlements/{settlement.pk}/")
    album.look(finance, "settlement-accepted")
    page.click("main a[href$='/submit/']")
    send(page, rf"/settlements/{settlement.pk}/$")
    manager = desk.sign_in("manager")
    page = manager.open("/approvals/")
    page.click(".tray-row")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    album.look(manager, "request-settlement")
    page.click(".deed-approve button")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    page = finance.open(f"/suppliers/settlements/{settlement.pk}/")
    page.click("main a[href$='/pay/']")
    page.fill("[name=reference]", "ICBC-20261120-7")
    album.look(finance, "settlement-pay")
    send(page, rf"/settlements/{settlement.pk}/$")
    album.look(finance, "settlement-paid")
    settlement.refresh_from_db()
    assert (settlement.state, settlement.payable) == ("paid", Decimal("26620.00"))


def test_from_first_contact_to_the_first_payment(desk, house, language, settings):
    words, album, outbox = WORDS[language], Album(f"suppliers-{language}"), Path(settings.OUTBOX_DIR)
    (outbox / "sms.jsonl").unlink(missing_ok=True)
    buyer = desk.sign_in("buyer")
    party = enter_prospect(buyer.page, buyer, album, words)
    contract = draft_contract(buyer.page, buyer, album, house, party)
    approve_contract(desk, album, outbox, contract)
    sign_contract(buyer.page, buyer, album, contract, words)

    first, last = last_month()
    sale = sell_on(house.counter, first + timedelta(days=4), "30000.00")
    make_return(sale, net="5000.00", quantity="0.5", at=sale.sold_at)
    sell_on(house.counter, last, "20000.00")
    finance = desk.sign_in("finance")
    settlement = settle_month(finance, album, contract, words)
    dispute(desk, album, supplier_link(finance.page, outbox))
    answer_dispute(finance.page, finance, album, settlement)
    accept(desk, album, supplier_link(finance.page, outbox))
    approve_and_pay(desk, finance, album, settlement)

    # The fee of last month is deducted with it: so says its claim.
    claim = ExpenseClaim.objects.get(source_key__startswith="suppliers.", status="deducted")
    page = finance.open("/approvals/claims/")
    expect(page.locator("tr", has_text=claim.number)).to_contain_text(words.deducted)
    album.look(finance, "claims")
    follow(page, f"/approvals/claims/{claim.pk}/")
    expect(page.locator("main")).to_contain_text(settlement.number)
    album.look(finance, "fee-claim")
    page = buyer.open(f"/suppliers/contracts/{contract.pk}/")
    expect(page.locator("main")).to_contain_text(settlement.number)
    album.look(buyer, "contract-settled")


def test_an_expense_claim_from_the_clerk_to_the_payment(desk, house, language):
    words, album = WORDS[language], Album(f"expense-{language}")
    clerk = desk.sign_in("clerk")
    page = clerk.open("/approvals/claims/")
    album.look(clerk, "claims-empty")
    follow(page, "/approvals/claims/new/")
    page.select_option("[name=department]", str(house.department.pk))
    page.fill("[name=purpose]", "去上海看样的车票")
    page.fill("[name=counterparty]", "吴小妹")
    page.select_option("[name=lines-0-category]", str(house.spending.pk))
    page.fill("[name=lines-0-spent_on]", timezone.localdate().isoformat())
    page.fill("[name=lines-0-description]", "高铁往返")
    page.fill("[name=lines-0-amount]", "1036.00")
    album.look(clerk, "claim-form")
    send(page, r"/claims/\d+/$")
    claim = ExpenseClaim.objects.get()
    page.set_input_files("[name=files]", {"name": "车票.pdf", "mimeType": "application/pdf", "buffer": SCAN})
    with page.expect_navigation():
        page.click("main form[action$='/files/'] button")
    album.look(clerk, "claim")
    press(page, "submit")
    album.look(clerk, "claim-submitted")

    manager = desk.sign_in("manager", size=PHONE)
    page = manager.open("/approvals/")
    album.look(manager, "tray")
    page.click(".tray-row")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    album.look(manager, "request")
    page.click(".deed-approve button")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))

    finance = desk.sign_in("finance")
    page = finance.open("/approvals/")
    expect(page.locator("main")).to_contain_text(claim.number)
    album.look(finance, "tray-finance")
    finance.open(f"/approvals/claims/{claim.pk}/")
    page.click("main a[href$='/pay/']")
    page.fill("[name=reference]", "ICBC-20261125-3")
    album.look(finance, "claim-pay")
    send(page, rf"/claims/{claim.pk}/$")
    expect(page.locator("main")).to_contain_text(words.paid)
    album.look(finance, "claim-paid")
    claim.refresh_from_db()
    assert (claim.status, claim.total) == ("paid", Decimal("1036.00"))
