"""Deadlines in statutory working time, reminders, what follows, the urgent ladder, workers away for days."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from kit.calendars import add_work_hours
from staff.models import Outbox
from workflow.models import Timer
from workflow.services.decisions import approve
from workflow.services.delegations import delegate_standing
from workflow.services.subjects import register, unregister
from workflow.services.timers import run_timers
from workflow.tests.factories import BudgetSubject, PaperSubject, approve_node, ask, make_flow, task

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-25T10:00", 4, "2026-11-25T14:00"),
        ("2026-11-25T16:00", 4, "2026-11-26T11:00"),
        ("2026-11-25T20:00", 1, "2026-11-26T10:00"),
        ("2026-11-27T17:00", 2, "2026-11-30T10:00"),  # over a weekend
        ("2026-09-30T17:00", 2, "2026-10-08T10:00"),  # over the National Day
        ("2026-02-13T17:00", 2, "2026-02-14T10:00"),  # a Saturday that is worked before the Spring Festival
        ("2026-11-25T09:00", 9, "2026-11-25T18:00"),
    ],
)
def test_working_hours(start, hours, end):
    assert add_work_hours(at(start), hours) == at(end)


def test_reminders_then_the_supervisor(people):
    people["lin"].manager = people["boss"]
    people["lin"].save()
    make_flow(approve_node("n1", people["lin"], due_hours="2", reminders=2, remind_every="1"))
    request = ask(people["ina"])
    for expected in (["remind"], ["remind", "remind"], ["remind", "remind", "escalate"]):
        run_timers(Timer.objects.get(done_at=None).due_at)
        verbs = list(request.actions.exclude(verb="submit").order_by("seq").values_list("verb", flat=True))
        assert verbs == expected
    assert task(request, people["boss"]).status == "open"
    approve(task_id=task(request, people["boss"]).pk, actor=people["boss"])


def test_workers_away_for_three_days_do_everything_due_once(people):
    make_flow(approve_node("n1", people["lin"], people["wu"], due_hours="1", reminders=5, remind_every="1"))
    request = ask(people["ina"])
    later = Timer.objects.latest("due_at").due_at + timedelta(days=3)
    assert run_timers(later) == 2
    assert run_timers(later) == 0
    assert request.actions.filter(verb="remind").count() == 2
    assert people["lin"].notices.count() == 2
    assert Timer.objects.filter(done_at=None, due_at__gt=later).count() == 2


def test_what_moves_money_never_passes_by_itself(people):
    make_flow(approve_node("n1", people["lin"], due_hours="1", reminders=0, on_due="pass"))
    request = ask(people["ina"])
    assert Timer.objects.get().kind == "escalate"
    run_timers(Timer.objects.get().due_at)
    request.refresh_from_db()
    assert request.status == "running"


def test_what_moves_no_money_passes_up_to_the_limit(people):
    unregister(BudgetSubject.key)
    register(PaperSubject)
    node = approve_node("n1", people["lin"], due_hours="1", reminders=0, on_due="pass", auto_limit="1000")
    make_flow(node, subject_type="tests.paper")
    small, big = ask(people["ina"], "900.00"), ask(people["ina"], "1100.00")
    assert sorted(Timer.objects.values_list("kind", flat=True)) == ["escalate", "pass"]
    run_timers(Timer.objects.latest("due_at").due_at)
    for request in (small, big):
        request.refresh_from_db()
    assert (small.status, big.status) == ("approved", "running")


def test_in_an_ordered_step_each_person_has_a_clock(people):
    make_flow(approve_node("n1", people["lin"], people["wu"], mode="ordered", due_hours="2"))
    request = ask(people["ina"])
    assert request.tasks.get(assignee=people["wu"]).due_at is None
    approve(task_id=task(request, people["lin"]).pk, actor=people["lin"])
    assert task(request, people["wu"]).due_at is not None


def test_the_urgent_ladder_reaches_phone_mail_and_deputy_once(client, people):
    delegate_standing(
        from_user=people["lin"], to_user=people["boss"], actor=people["lin"],
        starts_on=at("2026-01-01T00:00").date(), ends_on=at("2030-01-01T00:00").date(), max_amount=1,
    )  # fmt: skip
    people["lin"].phone, people["lin"].email = "+8613900000002", "lin@example.com"
    people["lin"].save()
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"], urgent=True)
    assert sorted(Outbox.objects.values_list("channel", "to")) == [
        ("email", "lin@example.com"), ("sms", "+8613900000002"),
    ]  # fmt: skip
    run_timers(Timer.objects.get(kind="notice").due_at)
    run_timers(Timer.objects.get(kind="notice").due_at)
    assert Outbox.objects.filter(to="boss@example.com").count() == 1
    link = Outbox.objects.get(channel="sms").body.split()[-1]
    path = "/" + link.split("/", 3)[3]
    assert client.get(path).url.startswith("/login/")
    client.force_login(people["wu"])
    assert client.get(path).status_code == 404
    client.force_login(people["lin"])
    assert client.get(path).url == reverse("workflow:request_detail", args=[request.pk])


def test_a_read_urgent_task_bothers_no_deputy(client, people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"], urgent=True)
    client.force_login(people["lin"])
    client.post(reverse("workflow:request_read", args=[request.pk]))
    run_timers(Timer.objects.get(kind="notice").due_at)
    assert not request.copies.exists()
