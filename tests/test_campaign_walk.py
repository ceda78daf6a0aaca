"""From the rule to the result, in real browsers and both languages.

A marketer builds a segment and watches the count, plans a campaign with double points and a budget; the manager and the
CEO approve it; an e-mail goes to the segment but for a holdout, over real SMTP. A member opens the mail, follows its
link, buys at the till, and unsubscribes; the result sheet shows her purchase among the treated. Every page is looked at
by axe-core and kept as a picture, at the desk's and the phone's size.
"""

import re
from datetime import timedelta
from email.message import Message
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign, Segment, Send, SendRecipient, TrackEvent
from campaigns.providers.registry import forget_providers
from campaigns.services.pumping import pump
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.ticking import prepare, tick
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.models import Member
from members.tests.factories import make_member
from sales.models import Receipt
from sales.tests.factories import line_draft
from staff.tests.factories import make_device, make_user
from staff.tests.smtp_sink import Sink, smtp_sink
from stores.tests.factories import make_brand, make_category, make_counter, make_product, make_store
from tests.browser import PHONE, Person
from tests.test_suppliers_walk import Album, desk, follow, language, press
from workflow.services.flows import install_standard_flows

__all__ = ["desk", "language"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REGULARS, OTHERS = 24, 3
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148"


@pytest.fixture
def mall(transactional_db, language):
    """A store with a counter, 24 members who spent enough last month, 3 who did not, and the people of the walk."""
    make_programme()
    make_scheme()
    install_standard_flows()
    store = make_store(name_en="Qingdao")
    counter = make_counter(
        store, code="0312", name="之春", name_en="Zhichun", brand=make_brand(name_en="Zhichun"),
        category=make_category(name_en="Women’s wear"),
    )  # fmt: skip
    product = make_product(name="羊毛双面大衣")
    for number in range(REGULARS + OTHERS):
        member = make_member(
            store=store,
            name=f"会员{number:02}",
            email=f"member{number}@example.org",
            allows_email=True,
            language=language,
        )
        spent = "2000.00" if number < REGULARS else "300.00"
        sell(store, member, line_draft(product, net=spent, counter=counter), days_ago=30)

    def person(role: str, name: str, **fields: object):
        stores = [] if fields.get("all_stores") else [store]
        return make_user(role, stores, username=role, display_name=name, language=language, **fields)

    return SimpleNamespace(
        store=store, counter=counter, product=product, token=make_device(store)[1],
        marketer=person("marketer", "宋市场"), manager=person("manager", "林经理"), ceo=person("ceo", "周总", all_stores=True),
    )  # fmt: skip


@pytest.fixture
def sink(settings):
    """Where the mail of the house goes."""
    with smtp_sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "", False, False
        forget_providers()
        yield sink
        forget_providers()


def go(page: Page, path: str) -> None:
    """By the word in the top bar."""
    page.click(f"header a[href='{path}']")
    page.wait_for_url(f"**{path}")


def build_segment(person: Person, album: Album) -> Segment:
    """The rule is typed; the count follows by itself, before anything is saved."""
    page = person.page
    go(page, "/campaigns/segments/")
    album.look(person, "segments-empty")
    follow(page, "/campaigns/segments/new/")
    number = page.locator(".segment-number")
    value = page.locator("[name='r.0-value']")
    value.fill("1000")
    expect(number).to_have_text(re.compile(rf"^\s*{REGULARS}\s*$"))
    value.fill("100")
    expect(number).to_have_text(re.compile(rf"^\s*{REGULARS + OTHERS}\s*$"))
    value.fill("1000")
    expect(number).to_have_text(re.compile(rf"^\s*{REGULARS}\s*$"))
    # Whom each channel reaches today follows, and stands beside the number.
    expect(page.locator("#count tbody tr").first).to_be_visible()
    expect(page.locator("#count th", has_text=re.compile("今日可达|Today"))).to_have_count(1)
    expect(number).to_have_text(re.compile(rf"^\s*{REGULARS}\s*$"))
    page.fill("[name=name]", "一年消费满千")
    page.fill("[name=name_en]", "Spent a thousand in a year")
    album.look(person, "segment-builder")
    page.press("[name=name_en]", "Enter")
    page.wait_for_url(re.compile(r"/campaigns/segments/\d+/$"))
    segment = Segment.objects.get()
    rebuild_segment(segment_id=segment.pk)
    page.reload()
    expect(page.locator(".figure-value").first).to_have_text(str(REGULARS))
    album.look(person, "segment")
    return segment


def plan_campaign(person: Person, album: Album, mall: SimpleNamespace, segment: Segment) -> Campaign:
    """Double points for a week, 60,000 yuan: so much that the CEO decides too."""
    page, today = person.page, timezone.localdate()
    go(page, "/campaigns/")
    album.look(person, "campaigns-empty")
    follow(page, "/campaigns/new/")
    page.fill("[name=name]", "金秋双倍积分")
    page.fill("[name=name_en]", "Double points in autumn")
    page.select_option("[name=segment]", str(segment.pk))
    page.fill("[name=from_on]", today.isoformat())
    page.fill("[name=until_on]", (today + timedelta(days=6)).isoformat())
    page.fill("[name=target_sales]", "500000")
    page.select_option("[name=stores]", str(mall.store.pk))
    page.select_option("[name=offers-0-kind]", "multiplier")
    page.fill("[name=offers-0-name]", "双倍积分")
    page.fill("[name=offers-0-name_en]", "Double points")
    page.fill("[name=offers-0-times]", "2")
    page.fill("[name=offers-0-expected]", "500000")
    page.select_option("[name=budget-0-kind]", "media")
    page.fill("[name=budget-0-what]", "电梯海报")
    page.fill("[name=budget-0-planned]", "60000")
    album.look(person, "campaign-form")
    page.click("main form.plan-form .actions .btn-primary")
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    campaign = Campaign.objects.get()
    album.look(person, "campaign-plan")
    press(page, "submit")
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    album.look(person, "campaign-waiting")
    return campaign


def approve(desk: SimpleNamespace, album: Album, role: str, campaign: Campaign, **window: object) -> None:
    """From the in-tray, with the effect in view."""
    person = desk.sign_in(role, **window)
    page = person.open("/approvals/")
    page.click(".tray-row")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    expect(page.locator("main")).to_contain_text(campaign.number)
    expect(page.locator("main")).to_contain_text("60,000")
    album.look(person, f"request-{role}")
    page.click(".deed-approve button")
    page.wait_for_url(re.compile(r"/approvals/requests/\d+/$"))
    album.look(person, f"request-{role}-done")


def write_mail(person: Person, album: Album, campaign: Campaign, target: str) -> Send:
    """From the page of the campaign: segment and campaign are chosen already."""
    page = person.page
    page.reload()
    follow(page, "/campaigns/sends/new/")
    expect(page.locator("[name=segment]")).to_have_value(str(campaign.segment_id))
    expect(page.locator("[name=campaign]")).to_have_value(str(campaign.pk))
    page.fill("[name=name]", "双倍积分邮件")
    page.select_option("[name=channel]", "email")
    page.fill("[name=holdout]", "25")
    page.fill("[name=subject]", "{name},本周双倍积分")
    page.fill("[name=subject_en]", "{name}, double points this week")
    page.fill("[name=body]", f"{{name}},您好:\n本周购物双倍积分:{target} 欢迎光临。")
    page.fill("[name=body_en]", f"Dear {{name}},\ndouble points this week: {target} See you soon.")
    album.look(person, "send-form")
    page.press("[name=subject_en]", "Enter")
    page.wait_for_url(re.compile(r"/campaigns/sends/\d+/$"))
    expect(page.locator("main blockquote")).to_have_count(3)
    album.look(person, "send-draft")
    press(page, "start")
    album.look(person, "send-starting")
    return Send.objects.get()


def deliver(send: Send, sink: Sink) -> list[Message]:
    """What workers and the clock do: drawn up, handed over, brought in order. The mail lies in the sink."""
    prepare(send_id=send.pk)
    pump(seconds=20)
    tick()
    states = list(SendRecipient.objects.filter(send_id=send.pk).values_list("state", flat=True))
    held_out = states.count(SendRecipient.State.HOLDOUT)
    assert len(states) == REGULARS
    assert 0 < held_out < REGULARS
    assert states.count(SendRecipient.State.ACCEPTED) == REGULARS - held_out == len(sink.messages)
    return list(sink.messages)


def read_mail(person: Person, album: Album, send: Send, mail: Message, target: str) -> Member:
    """Opened as a mail program does, with its pictures; the link leads to the stored target. Then unsubscribed."""
    member = Member.objects.get(email=mail["To"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    recipient = SendRecipient.objects.filter(send_id=send.pk, member=member)
    # It has lain in the box for a while: what is followed within three seconds counts as a machine's.
    recipient.update(accepted_at=timezone.now() - timedelta(hours=1))
    person.context.set_extra_http_headers({"User-Agent": BROWSER})
    page = person.page
    html = (
        next(part for part in mail.walk() if part.get_content_type() == "text/html").get_payload(decode=True).decode()
    )
    assert member.name in html
    with page.expect_response(re.compile(r"/o/")) as picture:
        page.set_content(html)
    assert picture.value.headers["content-type"] == "image/gif"
    stop = mail["List-Unsubscribe"].strip("<>")
    page.click("a[href*='/c/'] >> nth=0")
    page.wait_for_url(target)
    kinds = TrackEvent.objects.filter(send_id=send.pk, member=member).values_list("kind", "suspicion")
    assert {kind for kind, suspicion in kinds if suspicion < 50} == {TrackEvent.Kind.OPEN, TrackEvent.Kind.CLICK}
    page.goto(stop)
    album.look(person, "unsubscribe")
    member.refresh_from_db()
    assert member.allows_email, "opening the page changes nothing"
    page.click("main form .btn-primary")
    page.wait_for_load_state()
    album.look(person, "unsubscribed")
    member.refresh_from_db()
    assert not member.allows_email
    return member


def buy(page: Page, url: str, mall: SimpleNamespace, member: Member) -> Receipt:
    """At the till, over its API: the campaign doubles the points."""
    body = {
        "document": "S20260001",
        "sold_at": timezone.now().isoformat(),
        "member": {"card": member.cards.get().number},
        "lines": [{"product": mall.product.code, "counter": mall.counter.code, "quantity": 1, "unit_price": "880.00"}],
    }
    headers = {"Authorization": f"Bearer {mall.token}", "Idempotency-Key": "till-1-20260001"}
    answer = page.context.request.post(f"{url}/api/v1/receipts", data=body, headers=headers)
    assert answer.status == 201, answer.text()
    assert answer.json()["points_earned"] == 1760
    return Receipt.objects.get(document="S20260001")


def test_from_the_rule_to_the_result(desk, mall, sink, live_server, language):
    album, target = Album(f"campaign-{language}"), f"{live_server.url}/login/?from=mail"
    marketer = desk.sign_in("marketer")
    page = marketer.page
    segment = build_segment(marketer, album)
    campaign = plan_campaign(marketer, album, mall, segment)
    approve(desk, album, "manager", campaign)
    approve(desk, album, "ceo", campaign, size=PHONE)
    campaign.refresh_from_db()
    assert campaign.state == "running"
    send = write_mail(marketer, album, campaign, target)
    mails = deliver(send, sink)

    reader = desk.visitor(size=PHONE)
    member = read_mail(reader, album, send, mails[0], target)
    receipt = buy(reader.page, live_server.url, mall, member)

    page.reload()
    expect(page.get_by_role("progressbar").first).to_have_attribute("aria-valuenow", "100")
    link = page.locator("tbody tr", has_text=target)
    expect(link.locator("td.num").first).to_have_text("1")
    album.look(marketer, "send-done")
    follow(page, f"/campaigns/results/sends/{send.pk}/")
    album.look(marketer, "result-not-yet")
    press(page, "measure")
    expect(page.locator("#effects-title")).to_be_visible()
    album.look(marketer, "result")
    page.click("main a[href*='/members/?arm=2'] >> nth=0")
    page.wait_for_url(re.compile(r"/members/\?arm=2"))
    mine = page.locator("tbody tr", has_text=member.name)
    expect(mine).to_contain_text(f"{receipt.net_amount:,.2f}")
    album.look(marketer, "result-members")
    assert [person.complaints for person in (marketer, reader)] == [[], []]
