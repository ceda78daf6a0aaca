"""Sends in the browser: written, looked at, approved, started, paused, called off; who got it and who did not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from callcenter.models import CallList
from campaigns.models import Send, SendRecipient
from campaigns.providers.protocol import Verdict
from campaigns.services.pumping import pump
from campaigns.services.reconciling import reconcile_send
from campaigns.services.tallying import tally_send
from campaigns.tests.send_factories import (
    keep_book,
    make_audience,
    make_content,
    make_people,
    make_sending,
    open_always,
)
from kit.testing import assert_same_queries, counted_queries
from stores.models import Chain
from workflow.models import ApprovalRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client


def typed(segment, store, **fields: object) -> dict[str, object]:
    return {
        "name": "国庆大促", "channel": "sms", "segment": segment.pk, "store": store.pk, "holdout": 10,
        "body": "{name|会员}您好，国庆全场八折", "body_en": "Dear {name|member}, 20% off", **fields,
    }  # fmt: skip


def written(page, segment, store, **fields: object) -> Send:
    response = page.post(reverse("campaigns:send_new"), typed(segment, store, **fields))
    assert response.status_code == 302, response.content.decode()[:3000]
    return Send.objects.latest("pk")


def test_written_looked_at_and_started(page, book, store_a, ada):
    people = make_people(3, store_a)
    send = written(page, make_audience(people, store=store_a), store_a, holdout=0)
    text = page.get(reverse("campaigns:send_detail", args=[send.pk])).content.decode()
    assert text.count("国庆全场八折，拒收请回复R") == 3
    page.post(reverse("campaigns:send_start", args=[send.pk]))
    send.refresh_from_db()
    assert (send.state, send.made_by) == ("freezing", ada)
    page.post(reverse("campaigns:send_start", args=[send.pk]))


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(page, book, store_a):
    segment = make_audience(make_people(1), store=store_a)
    response = page.post(reverse("campaigns:send_new"), typed(segment, store_a, body="{nobody} 您好"))
    assert response.status_code == 422
    assert "{nobody} 您好" in response.content.decode()
    assert Send.objects.count() == 0


def test_edited_before_it_starts(page, book, store_a):
    send = written(page, make_audience(make_people(1), store=store_a), store_a)
    url = reverse("campaigns:send_edit", args=[send.pk])
    assert page.get(url).status_code == 200
    page.post(url, typed(send.segment, store_a, body="另一种说法", planned_at=""))
    send.refresh_from_db()
    assert (send.content.number, send.content.body) == (2, "另一种说法")


def test_planned(page, book, store_a):
    later = timezone.localtime() + timedelta(days=1)
    send = written(page, make_audience(make_people(1), store=store_a), store_a, planned_at=f"{later:%Y-%m-%dT%H:%M}")
    page.post(reverse("campaigns:send_plan", args=[send.pk]))
    send.refresh_from_db()
    assert send.state == "scheduled"


def test_above_the_limit_it_is_approved_first(page, book, store_a, django_capture_on_commit_callbacks):
    from staff.tests.factories import make_user
    from workflow.services.decisions import approve

    Chain.objects.update(settings={"quiet_hours": None, "send_free_cost": "0"})
    Chain.forget()
    manager = make_user("manager", [store_a])
    manager.all_stores = True
    manager.save(update_fields=["all_stores"])
    send = written(page, make_audience(make_people(2), store=store_a), store_a)
    page.post(reverse("campaigns:send_start", args=[send.pk]))
    send.refresh_from_db()
    assert send.state == "draft"
    page.post(reverse("campaigns:send_submit", args=[send.pk]))
    send.refresh_from_db()
    assert send.state == "waiting"
    request = ApprovalRequest.objects.get()
    approve(task_id=request.tasks.get(status="open").pk, actor=manager)
    send.refresh_from_db()
    assert send.state == "scheduled"


def test_progress_exclusions_and_reasons_open_to_their_rows(page, book, store_a):
    people = make_people(4, store_a)
    silent = make_people(1, store_a, allows_sms=False)[0]
    send = make_sending([*people, silent], store=store_a)
    pump(seconds=5)
    reconcile_send(send_id=send.pk)
    detail = page.get(reverse("campaigns:send_detail", args=[send.pk])).content.decode()
    assert "?state=0&amp;reason=no_consent" in detail
    rows = page.get(reverse("campaigns:send_recipients", args=[send.pk]), {"state": 0, "reason": "no_consent"})
    assert [row.recipient.member_id for row in rows.context["page"].rows] == [silent.pk]
    why = page.get(reverse("campaigns:send_why", args=[send.pk, silent.pk])).content.decode()
    assert "未授权同意" in why
    assert page.get(reverse("campaigns:send_recipients", args=[send.pk]), {"export": "xlsx"}).status_code == 200
    assert page.get(reverse("campaigns:send_list")).status_code == 200
    assert page.get(reverse("members:member_detail", args=[people[0].pk])).status_code in (200, 403)


def test_what_was_possibly_sent_is_listed_and_decided(page, book, store_a):
    send = make_sending(make_people(2, store_a), store=store_a)
    book.says = lambda _message: Verdict.UNKNOWN
    pump(seconds=5)
    url = reverse("campaigns:send_recipients", args=[send.pk])
    rows = page.get(url, {"state": 8}).context["page"].rows
    assert len(rows) == 2
    first, second = (row.recipient.member_id for row in rows)
    page.post(reverse("campaigns:send_resolve", args=[send.pk, first]), {"was_sent": "yes"})
    page.post(reverse("campaigns:send_resolve", args=[send.pk, second]))
    states = dict(SendRecipient.objects.filter(send_id=send.pk).values_list("member_id", "state"))
    assert (states[first], states[second]) == (5, 2)


def test_pause_go_on_call_off(page, book, store_a):
    send = make_sending(make_people(2, store_a), store=store_a)
    for verb, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled"), ("cancel", "cancelled")):
        page.post(reverse(f"campaigns:send_{verb}", args=[send.pk]))
        send.refresh_from_db()
        assert send.state == state


@pytest.mark.parametrize("name", ["send_detail", "send_edit", "send_recipients"])
def test_others_see_nothing(client, book, store_a, ben, cho, name):
    send = make_sending(make_people(1, store_a), store=store_a)
    url = reverse(f"campaigns:{name}", args=[send.pk])
    client.force_login(ben)
    assert client.get(url).status_code == 404
    assert client.post(reverse("campaigns:send_pause", args=[send.pk])).status_code == 404
    client.force_login(cho)
    assert client.get(url).status_code == 403
    assert client.post(reverse("campaigns:send_cancel", args=[send.pk])).status_code == 403
    send.refresh_from_db()
    assert send.state == "running"


def test_the_same_number_of_queries_for_few_and_many(page, book, store_a):
    send = make_sending(make_people(3, store_a), store=store_a)
    url = reverse("campaigns:send_recipients", args=[send.pk])
    from campaigns.services.freezing import add_recipients

    few = lambda: page.get(url)  # noqa: E731 - said twice below
    assert assert_same_queries(
        few, lambda: add_recipients(send_id=send.pk, member_ids=[one.pk for one in make_people(27, store_a)])
    ) <= 15  # fmt: skip
    tally_send(send.pk)
    page.get(reverse("campaigns:send_detail", args=[send.pk]))
    with counted_queries() as queries:
        page.get(reverse("campaigns:send_detail", args=[send.pk]))
    assert len(queries) <= 15
    add = lambda: [make_sending([], store=store_a) for _n in range(5)]  # noqa: E731
    assert assert_same_queries(lambda: page.get(reverse("campaigns:send_list")), add) <= 15


def test_a_send_by_phone_becomes_a_call_list(book, store_a, monkeypatch, ada):
    from campaigns.providers import registry

    monkeypatch.setattr("campaigns.services.pumping.open_provider", registry.open_provider)
    monkeypatch.setattr("campaigns.services.reconciling.open_provider", registry.open_provider)
    people = make_people(3, store_a)
    send = make_sending(people, "phone", content=make_content("phone", "请问您收到邀请了吗？"))
    Send.objects.filter(pk=send.pk).update(made_by=ada)
    pump(seconds=5)
    made = CallList.objects.get(source_key=f"send:{send.pk}")
    assert made.entries.count() == 3
    reconcile_send(send_id=send.pk)
    send.refresh_from_db()
    assert send.state == "done"


def test_labels_for_letters(page, book, store_a, monkeypatch):
    from campaigns.providers import registry

    monkeypatch.setattr("campaigns.services.pumping.open_provider", registry.open_provider)
    people = make_people(30, store_a, province="山东省", city="青岛市", street="香港中路 1 号")
    for number, one in enumerate(people):
        type(one).objects.filter(pk=one.pk).update(street=f"香港中路 {number} 号")
    send = make_sending(people, "post", content=make_content("post", "见信好"), store=store_a)
    pump(seconds=5)
    response = page.get(reverse("campaigns:send_labels", args=[send.pk]))
    assert b"".join(response.streaming_content).startswith(b"%PDF")
