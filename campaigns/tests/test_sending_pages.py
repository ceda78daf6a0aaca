"""What sends rest on, in the browser: providers, wordings, suppressed addresses, the control group, the installation."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from campaigns.models import (
    ControlGroup,
    MessageTemplate,
    ProviderProfile,
    SendingDesk,
    SendRecipient,
    Suppression,
)
from campaigns.selectors.sending_pages import is_drawn
from campaigns.send_exceptions import SendRefused
from campaigns.services.contents import write_content
from campaigns.services.control_groups import begin_control_group, end_control_group
from campaigns.services.opting_out import suppress
from campaigns.services.pumping import pump
from campaigns.services.suppressions import lift_suppression, suppress_by_hand, without_addresses
from campaigns.tests.send_factories import keep_book, make_content, make_people, make_sending, open_always
from kit.testing import assert_same_queries
from staff.models import AuditEntry
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def outsider_role():
    return "agent"


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


@pytest.fixture
def office(db):
    """A manager whose scope is the chain."""
    return make_user("manager", all_stores=True)


@pytest.fixture
def page(client, office):
    client.force_login(office)
    return client


def test_whoever_writes_reads_the_rules_and_administrators_change_them(client, ada, cho, book):
    provider = ProviderProfile.objects.get(channel="sms", is_default=True)
    edit, seen = (reverse(f"campaigns:provider_{one}", args=[provider.pk]) for one in ("edit", "detail"))
    client.force_login(ada)
    shown = client.get(seen)
    assert shown.status_code == 200
    assert not shown.context["can_change"]
    assert client.get(reverse("campaigns:provider_list")).status_code == 200
    assert client.get(edit).status_code == 403
    client.force_login(cho)
    for name in ("provider_list", "wording_list", "suppression_list", "control_group", "installation"):
        assert client.get(reverse(f"campaigns:{name}")).status_code == 403


WORDS = {"name": "生日问候", "channel": "sms", "purpose": "marketing", "in_library": "on", "body": "{name|会员}生日快乐",
         "body_en": "Happy birthday, {name|member}"}  # fmt: skip


def test_a_wording_lives_in_versions_and_starts_a_send(client, ada, book, store_a):
    client.force_login(ada)
    response = client.post(reverse("campaigns:wording_new"), WORDS)
    assert response.status_code == 302, response.content.decode()
    template = MessageTemplate.objects.get(name="生日问候")
    edit = reverse("campaigns:wording_edit", args=[template.pk])
    assert client.post(edit, {"name": "生日", "in_library": "on", "body": "生日快乐"}).status_code == 302
    assert list(template.versions.order_by("number").values_list("body", flat=True)) == [WORDS["body"], "生日快乐"]
    listed = client.get(reverse("campaigns:wording_list"), {"name": "快乐"}).content.decode()
    assert "生日快乐" in listed
    assert client.post(edit, {"name": "x", "body": "{nonsense}"}).status_code == 422
    new = client.get(reverse("campaigns:send_new"), {"wording": template.pk}).context["form"]
    assert (new.initial["body"], new.initial["channel"]) == ("生日快乐", "sms")
    client.post(reverse("campaigns:wording_archive", args=[template.pk]))
    assert client.post(edit, {"name": "生日", "body": "别的"}).status_code == 422
    client.post(reverse("campaigns:wording_restore", args=[template.pk]))
    template.refresh_from_db()
    assert template.state == "active"


def test_the_library_shows_what_was_written_for_one_send_on_request(client, ada, book):
    made = make_content(body="只此一次")
    client.force_login(ada)
    url = reverse("campaigns:wording_list")
    assert "只此一次" not in client.get(url).content.decode()
    assert "只此一次" in client.get(url, {"everything": "on"}).content.decode()
    assert client.get(reverse("campaigns:wording_detail", args=[made.template_id])).status_code == 200


def test_a_wording_of_another_store_is_not_there(client, ada, ben, book, store_b):
    client.force_login(ben)
    client.post(reverse("campaigns:wording_new"), {**WORDS, "store": store_b.pk})
    template = MessageTemplate.objects.get(name="生日问候")
    client.force_login(ada)
    for name in ("wording_detail", "wording_edit"):
        assert client.get(reverse(f"campaigns:{name}", args=[template.pk])).status_code == 404
    chain = make_content()
    assert client.get(reverse("campaigns:wording_edit", args=[chain.template_id])).status_code == 403


def test_service_wordings_are_not_for_everybody(client, ada, office, book):
    client.force_login(ada)
    assert client.post(reverse("campaigns:wording_new"), {**WORDS, "purpose": "service"}).status_code == 422
    client.force_login(office)
    assert client.post(reverse("campaigns:wording_new"), {**WORDS, "purpose": "service"}).status_code == 302


def test_suppressed_by_hand_found_by_its_address_and_lifted_with_a_reason(page, book, store_a):
    (member,) = make_people(1, store_a)
    number = member.phones.get().e164
    new = reverse("campaigns:suppression_new")
    assert page.post(new, {"channel": "sms", "address": "12", "note": "x"}).status_code == 422
    data = {"channel": "sms", "address": number, "note": f"打电话来要求 {number}"}
    assert page.post(new, data).status_code == 302
    assert page.post(new, data).status_code == 302
    row = Suppression.objects.get()
    assert row.reason == "hand"
    assert number not in row.evidence
    send = make_sending([member])
    assert SendRecipient.objects.get(send_id=send.pk).reason == "suppressed"
    url = reverse("campaigns:suppression_list")
    assert len(page.get(url, {"address": number}).context["page"].rows) == 1
    assert len(page.get(url, {"address": "13999999999"}).context["page"].rows) == 0
    lift = reverse("campaigns:suppression_lift", args=[row.pk])
    assert page.post(lift, {"reason": " "}).status_code == 422
    assert page.post(lift, {"reason": "本人书面要求"}).status_code == 302
    assert page.post(lift, {"reason": "again"}).status_code == 404
    again = make_sending([member])
    assert pump(seconds=5) == 1
    assert again.pk
    assert AuditEntry.objects.filter(action="campaigns.suppression_lifted").count() == 1


def test_the_export_holds_no_address(page, book):
    suppress(channel="sms", address="+8613812345678", reason="reply", evidence="R 13812345678 a.b@example.org")
    response = page.get(reverse("campaigns:suppression_list"), {"export": "xlsx"})
    body = b"".join(response.streaming_content) if response.streaming else response.content
    cells = [str(cell) for row in load_workbook(BytesIO(body)).active.iter_rows(values_only=True) for cell in row]
    said = " ".join(cells)
    assert "13812345678" not in said
    assert "example.org" not in said


@pytest.mark.parametrize("text", ["打 138 1234 5678", "+86-138-1234-5678", "me@example.org", "1381234567890123"])
def test_notes_lose_their_addresses(text):
    kept = without_addresses(text)
    assert "1234 5678" not in kept
    assert "1234-5678" not in kept
    assert "example" not in kept
    assert "234567890" not in kept


def test_lifting_is_the_offices(client, ada, book):
    row = suppress_by_hand(channel="email", address="A@Example.org", note="x", actor=ada)
    client.force_login(ada)
    assert client.post(reverse("campaigns:suppression_lift", args=[row.pk]), {"reason": "x"}).status_code == 403
    with pytest.raises(SendRefused):
        lift_suppression(suppression_id=row.pk, reason=" ", actor=ada)


def test_a_control_group_is_drawn_listed_and_ended(page, office, book, store_a):
    people = make_people(40, store_a)
    assert page.get(reverse("campaigns:control_group")).status_code == 200
    assert page.post(reverse("campaigns:control_group_new"), {"percent": "20"}).status_code == 302
    group = ControlGroup.objects.get()
    shown = page.get(reverse("campaigns:control_group")).context
    listed = {row.pk for row in shown["page"].rows}
    assert listed == {one.pk for one in people if is_drawn(group, one.pk)}
    send = make_sending(people)
    left_out = SendRecipient.objects.filter(send_id=send.pk, reason="control").values_list("member_id", flat=True)
    assert set(left_out) == listed, "who the page names is whom sends leave out"
    assert page.post(reverse("campaigns:control_group_end")).status_code == 302
    assert end_control_group(actor=office) is None
    assert not ControlGroup.objects.filter(until_on=None).exists()


def test_a_new_group_ends_the_one_before(office):
    first = begin_control_group(share=500, actor=office)
    ControlGroup.objects.filter(pk=first.pk).update(from_on=timezone.localdate() - timedelta(days=90))
    second = begin_control_group(share=500, actor=office)
    assert begin_control_group(share=500, actor=office) == second
    first.refresh_from_db()
    assert first.until_on == timezone.localdate() - timedelta(days=1)
    assert second.until_on is None
    with pytest.raises(SendRefused):
        begin_control_group(share=2_001, actor=office)


def test_taking_over_needs_a_reason_and_an_administrator(page, client, ada, book):
    page.force_login(make_user("admin"))
    url = reverse("campaigns:installation")
    make_sending(make_people(1))
    pump(seconds=5)
    assert page.get(url).context["sends_here"]
    SendingDesk.objects.update(installation="another:1")
    assert not page.get(url).context["sends_here"]
    assert page.post(url, {"reason": "", "sure": "on"}).status_code == 422
    assert page.post(url, {"reason": "搬家"}).status_code == 422
    assert page.post(url, {"reason": "搬家", "sure": "on"}).status_code == 302
    assert page.get(url).context["sends_here"]
    (entry,) = AuditEntry.objects.filter(action="campaigns.sending_taken_over")
    assert entry.data["reason"] == "搬家"
    client.force_login(ada)
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": "x", "sure": "on"}).status_code == 403


def test_lists_read_a_fixed_number_of_queries(page, book):
    def wordings():
        for number in range(3):
            content = make_content(body=f"文案 {number}")
            MessageTemplate.objects.filter(pk=content.template_id).update(in_library=True)
            write_content(template_id=content.template_id, body="x", actor=None)

    def blocked():
        for _number in range(3):
            suppress(channel="sms", address=f"+8613{Suppression.objects.count():09d}", reason="hand")

    wordings()
    blocked()
    assert assert_same_queries(lambda: page.get(reverse("campaigns:wording_list")), wordings) <= 15
    assert assert_same_queries(lambda: page.get(reverse("campaigns:suppression_list")), blocked) <= 15
    assert assert_same_queries(lambda: page.get(reverse("campaigns:provider_list")), wordings) <= 15
