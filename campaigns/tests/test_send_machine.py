"""From drawing up to done: who gets it, who does not and why, and that nobody gets it twice."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import ContactLedger, ControlGroup, Send, SendRecipient, Suppression
from campaigns.providers.protocol import Verdict
from campaigns.send_exceptions import SendRefused, WrongSendState
from campaigns.services import sends
from campaigns.services.addresses import hash_address
from campaigns.services.calling import intend
from campaigns.services.freezing import add_recipients, freeze_send
from campaigns.services.leasing import LEASE, lease_batch
from campaigns.services.pumping import pump, work_lease
from campaigns.services.reconciling import reconcile_send, resolve_unknown
from campaigns.services.rendering import messages_of
from campaigns.services.ticking import tick
from campaigns.tests.send_factories import (
    keep_book,
    make_audience,
    make_content,
    make_people,
    make_sending,
    open_always,
)
from members.models import MemberPhone
from members.tests.factories import make_member
from staff.models import AuditEntry

State = SendRecipient.State
pytestmark = pytest.mark.django_db


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def states(send) -> Counter:
    return Counter(SendRecipient.objects.filter(send_id=send.pk).values_list("state", flat=True))


def reasons(send) -> dict:
    return dict(SendRecipient.objects.filter(send_id=send.pk).exclude(reason="").values_list("member_id", "reason"))


def make_older(send, by: timedelta, **where: object) -> None:
    SendRecipient.objects.filter(send_id=send.pk, **where).update(changed_at=timezone.now() - by)


def test_everybody_gets_it_once_and_it_is_done(book):
    people = make_people(7)
    send = make_sending(people)
    assert pump(seconds=5) == 7
    assert book.times == Counter({one.pk: 1 for one in people})
    reconcile_send(send_id=send.pk)
    send.refresh_from_db()
    assert (send.state, send.accepted_count) == ("done", 7)
    assert send.spent == Decimal("0.0550") * 7
    assert AuditEntry.objects.filter(action="campaigns.send_done", subject_id=send.pk).count() == 1
    assert book.taken[0].text == "【海信广场】周末全场八折，欢迎光临，拒收请回复R"


def test_each_exclusion_has_its_reason(book, store_a):
    fine, shares = make_people(2)
    MemberPhone.objects.filter(member=shares).update(e164=fine.phones.get().e164)
    closed, frozen = make_people(1, status="closed") + make_people(1, status="frozen")
    no_phone = make_member(phone=None, card=False, allows_sms=True)
    bad, keeps_free, blocked, often = make_people(4)
    MemberPhone.objects.filter(member=bad).update(invalid=True)
    MemberPhone.objects.filter(member=keeps_free).update(opt_out_sms=True)
    silent = make_member(card=False)
    Suppression.objects.create(
        channel="sms", address_hash=hash_address("sms", blocked.phones.get().e164), reason="reply"
    )
    ContactLedger.objects.create(member=often, channel="sms", touched_on=timezone.localdate(), times=1)
    everybody = [fine, shares, closed, frozen, no_phone, bad, keeps_free, blocked, often, silent]
    send = make_sending(everybody)
    assert reasons(send) == {
        shares.pk: "same_address", closed.pk: "gone", frozen.pk: "frozen", no_phone.pk: "no_address",
        bad.pk: "bad_address", keeps_free.pk: "opted_out", blocked.pk: "suppressed", often.pk: "cap",
        silent.pk: "no_consent",
    }  # fmt: skip
    assert states(send) == {State.SKIPPED: 9, State.READY: 1}


def test_freezing_again_changes_nothing_and_goes_on_after_a_crash(book, monkeypatch):
    monkeypatch.setattr("campaigns.services.freezing.PIECE", 3)
    people = make_people(8)
    send = sends.make_send(name="x", channel="sms", content=make_content(), segment=make_audience(people), actor=None)
    sends.start_send(send_id=send.pk, actor=None)
    from campaigns.services import freezing

    freezing.make_partition(send.pk)
    assert freezing._freeze_piece(send.pk)
    assert states(send) == {State.READY: 3}
    freeze_send(send_id=send.pk)
    freeze_send(send_id=send.pk)
    assert states(send) == {State.READY: 8}


def test_drawn_up_at_once_or_piece_by_piece_is_the_same(book, monkeypatch):
    from campaigns.services import freezing

    monkeypatch.setattr("campaigns.services.freezing.PIECE", 2)
    people = make_people(6)
    MemberPhone.objects.filter(member__in=people[2:5]).update(e164=people[2].phones.get().e164)
    silent = make_member(card=False)
    at_once = make_sending([*people, silent])
    pieces = sends.make_send(
        name="x", channel="sms", content=at_once.content, segment=at_once.segment, purpose="marketing", actor=None
    )
    sends.start_send(send_id=pieces.pk, actor=None)
    freezing.make_partition(pieces.pk)
    freeze_send(send_id=pieces.pk)
    assert reasons(at_once) == reasons(pieces) == {
        people[3].pk: "same_address", people[4].pk: "same_address", silent.pk: "no_consent",
    }  # fmt: skip
    rules = []
    with connection.cursor() as cursor:
        for one in (at_once, pieces):
            table = f"campaigns_sendrecipient_{one.pk}"
            cursor.execute(
                "SELECT regexp_replace(pg_get_indexdef(indexrelid), '.* USING', '') FROM pg_index"
                " WHERE indrelid = %s::regclass UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype = 'c' ORDER BY 1",
                [table, table],
            )
            rules.append(cursor.fetchall())
    assert rules[0] == rules[1]


def test_holdout_and_arms_are_drawn_and_stay(book):
    people = make_people(60)
    send = make_sending(people, holdout_share=3_000, content_b=make_content(body="第二种说法"))
    arms = Counter(SendRecipient.objects.filter(send_id=send.pk).values_list("arm", flat=True))
    assert set(arms) == {1, 2, 3}
    before = list(SendRecipient.objects.filter(send_id=send.pk).order_by("member_id").values_list("member_id", "arm"))
    pump(seconds=5)
    assert (
        list(SendRecipient.objects.filter(send_id=send.pk).order_by("member_id").values_list("member_id", "arm"))
        == before
    )
    assert states(send) == {State.HOLDOUT: arms[1], State.ACCEPTED: arms[2] + arms[3]}
    by_text = Counter("第二" in one.text for one in book.taken)
    assert by_text == {False: arms[2], True: arms[3]}


def test_the_control_group_gets_no_offers_but_services(book):
    ControlGroup.objects.create(salt=7, share=2_000, from_on=timezone.localdate())
    people = make_people(50)
    offers = make_sending(people)
    assert 0 < list(reasons(offers).values()).count("control") < 30
    assert reasons(make_sending(people, purpose="service")) == {}


def test_a_lease_is_looked_at_again(book):
    leaves, changes, stays = make_people(3)
    send = make_sending([leaves, changes, stays])
    type(leaves).objects.filter(pk=leaves.pk).update(allows_sms=False)
    MemberPhone.objects.filter(member=changes).update(e164="+8613900009999")
    pump(seconds=5)
    assert list(book.times) == [stays.pk]
    assert reasons(send) == {leaves.pk: "no_consent", changes.pk: "moved"}


def test_pause_bites_before_the_next_call(book):
    open_always(batch=2)
    people = make_people(6)
    send = make_sending(people)
    book.before = lambda _messages: sends.pause_send(send_id=send.pk, actor=None) if not book.taken else None
    pump(seconds=5)
    assert len(book.taken) == 2
    assert states(send) == {State.ACCEPTED: 2, State.LEASED: 4}
    make_older(send, LEASE * 2, state=State.LEASED)
    book.before = lambda _messages: None
    sends.resume_send(send_id=send.pk, actor=None)
    reconcile_send(send_id=send.pk)
    pump(seconds=5)
    assert book.times == Counter({one.pk: 1 for one in people})


def test_called_off_means_nobody_else_gets_it(book):
    send = make_sending(make_people(5))
    sends.cancel_send(send_id=send.pk, actor=None)
    sends.cancel_send(send_id=send.pk, actor=None)
    assert pump(seconds=5) == 0
    reconcile_send(send_id=send.pk)
    assert set(reasons(send).values()) == {"called_off"}
    with pytest.raises(WrongSendState):
        sends.start_send(send_id=send.pk, actor=None)


def test_a_dead_worker_leaves_a_lease_that_ends(book):
    people = make_people(3)
    send = make_sending(people)
    lease_batch(send_id=send.pk)
    assert states(send) == {State.LEASED: 3}
    reconcile_send(send_id=send.pk)
    assert states(send) == {State.LEASED: 3}
    make_older(send, LEASE + timedelta(seconds=1))
    reconcile_send(send_id=send.pk)
    assert states(send) == {State.READY: 3}
    assert ContactLedger.objects.filter(times__gt=0).count() == 0
    pump(seconds=5)
    assert len(book.times) == 3


def test_a_worker_that_dies_while_calling_leaves_unknown_ones_that_are_never_sent_again_by_themselves(book):
    open_always(can_be_asked=False)
    send = make_sending(make_people(2))
    lease = lease_batch(send_id=send.pk)
    intend(lease, messages_of(lease))
    make_older(send, timedelta(minutes=5))
    reconcile_send(send_id=send.pk)
    reconcile_send(send_id=send.pk)
    assert states(send) == {State.UNKNOWN: 2}
    assert pump(seconds=1) == 0
    send.refresh_from_db()
    assert send.state == "done"


def test_what_the_provider_never_got_is_sent_once_more(book):
    people = make_people(2)
    send = make_sending(people)
    lease = lease_batch(send_id=send.pk)
    intend(lease, messages_of(lease))
    make_older(send, timedelta(minutes=5))
    book.knows = lambda _question: Verdict.ABSENT
    reconcile_send(send_id=send.pk)
    make_older(send, timedelta(hours=1))
    reconcile_send(send_id=send.pk)
    assert states(send) == {State.READY: 2}
    pump(seconds=5)
    assert book.times == Counter({one.pk: 1 for one in people})


def test_what_the_provider_got_counts_as_sent(book):
    send = make_sending(make_people(2))
    book.says = lambda _message: Verdict.UNKNOWN
    pump(seconds=5)
    assert states(send) == {State.UNKNOWN: 2}
    make_older(send, timedelta(hours=1))
    book.knows = lambda _question: Verdict.DELIVERED
    reconcile_send(send_id=send.pk)
    assert states(send) == {State.DELIVERED: 2}
    assert Send.objects.get(pk=send.pk).state == "done"


def test_a_person_decides_about_the_unknown(book, ada):
    first, second = make_people(2)
    send = make_sending([first, second])
    book.says = lambda _message: Verdict.UNKNOWN
    pump(seconds=5)
    book.says = lambda _message: Verdict.ACCEPTED
    resolve_unknown(send_id=send.pk, member_id=first.pk, was_sent=True, actor=ada)
    resolve_unknown(send_id=send.pk, member_id=second.pk, was_sent=False, actor=ada)
    with pytest.raises(WrongSendState):
        resolve_unknown(send_id=send.pk, member_id=first.pk, was_sent=False, actor=ada)
    pump(seconds=5)
    assert book.times == {first.pk: 1, second.pk: 2}


def test_a_refused_message_gives_back_its_price_and_its_contact(book):
    send = make_sending(make_people(3))
    book.says = lambda _message: Verdict.REFUSED
    pump(seconds=5)
    send.refresh_from_db()
    assert (send.spent, send.failed_count) == (0, 3)
    assert states(send) == {State.FAILED: 3}
    assert list(ContactLedger.objects.values_list("times", flat=True)) == [0, 0, 0]


def test_later_means_later_and_not_for_ever(book):
    send = make_sending(make_people(1))
    book.says = lambda _message: Verdict.LATER
    for _try in range(5):
        assert pump(seconds=2) == 1
        SendRecipient.objects.filter(send_id=send.pk, state=State.READY).update(not_before=None)
    assert states(send) == {State.FAILED: 1}
    assert list(reasons(send).values()) == ["given_up"]


def test_the_budget_is_never_exceeded(book):
    open_always(batch=2)
    send = make_sending(make_people(7), budget=Decimal("0.25"))
    pump(seconds=5)
    send.refresh_from_db()
    assert (send.state, send.held, len(book.taken)) == ("paused", "budget", 4)
    assert send.spent <= send.budget


def test_too_many_failures_stop_it(book):
    open_always(batch=20)
    send = make_sending(make_people(120))
    book.says = lambda one: Verdict.REFUSED if one.member_id % 2 else Verdict.ACCEPTED
    pump(seconds=5)
    send.refresh_from_db()
    assert (send.state, send.held) == ("paused", "failures")
    assert send.failed_count + send.accepted_count == 60


def test_the_first_ones_are_looked_at(book, monkeypatch):
    monkeypatch.setattr("campaigns.services.freezing.LEAST_FOR_CANARY", 10)
    send = make_sending(make_people(40))
    Send.objects.filter(pk=send.pk).update(canary_size=4)
    pump(seconds=5)
    send.refresh_from_db()
    assert (send.state, send.held, len(book.taken)) == ("paused", "canary", 4)
    sends.resume_send(send_id=send.pk, actor=None)
    pump(seconds=5)
    assert len(book.times) == 40


def test_nothing_leaves_outside_the_window(book):
    now = timezone.localtime()
    away = (now + timedelta(hours=2)).time(), (now + timedelta(hours=3)).time()
    send = make_sending(make_people(1))
    if away[0] > away[1]:
        away = (now - timedelta(hours=3)).time(), (now - timedelta(hours=2)).time()
    open_always(window_from=away[0], window_until=away[1])
    assert lease_batch(send_id=send.pk) is None


def test_the_rate_of_the_provider_holds_and_may_change_meanwhile(book):
    profile = open_always(rate=3)
    send = make_sending(make_people(20))
    type(profile).objects.update(tokens=3, tokens_at=timezone.now())
    lease = lease_batch(send_id=send.pk)
    assert 3 <= len(lease.addresses) <= 4
    open_always(rate=1000)
    type(profile).objects.update(tokens=1000, tokens_at=timezone.now())
    assert len(lease_batch(send_id=send.pk).addresses) == 20 - len(lease.addresses)


def test_a_send_takes_its_turn(book, monkeypatch):
    monkeypatch.setattr("campaigns.services.pumping.BATCH", 2)
    first, second = make_sending(make_people(4)), make_sending(make_people(4))
    pump(seconds=5)
    assert [one.send_id for one in book.taken] == [first.pk, first.pk, second.pk, second.pk] * 2


def test_a_due_send_starts_and_a_late_one_asks(book):
    content = make_content()
    due, late = (
        sends.make_send(name=name, channel="sms", content=content, segment=make_audience(make_people(1)), actor=None)
        for name in ("due", "late")
    )
    for one, by in ((due, 1), (late, 300)):
        sends.plan_send(send_id=one.pk, planned_at=timezone.now() + timedelta(hours=1), actor=None)
        Send.objects.filter(pk=one.pk).update(planned_at=timezone.now() - timedelta(minutes=by))
    tick()
    due.refresh_from_db()
    late.refresh_from_db()
    assert (due.state, late.state, late.held) == ("running", "paused", "late")
    sends.resume_send(send_id=late.pk, actor=None)
    tick()
    pump(seconds=5)
    assert len(book.taken) == 2


def test_a_copy_of_the_database_sends_nothing(book, settings, ada):
    make_sending(make_people(2))
    assert pump(seconds=1) == 2
    make_sending(make_people(2))
    settings.INSTALLATION = "a copy"
    assert pump(seconds=1) == 0
    from campaigns.services.installation import take_over_sending

    take_over_sending(actor=ada)
    assert pump(seconds=1) == 2


def test_members_are_added_to_a_running_send_once(book):
    open_send = sends.make_send(
        name="生日关怀", channel="sms", content=make_content(), source_key="journey:1:2", actor=None
    )
    assert sends.make_send(name="again", channel="sms", content=None, source_key="journey:1:2", actor=None) == open_send
    sends.start_send(send_id=open_send.pk, actor=None)
    freeze_send(send_id=open_send.pk)
    first, second = make_people(2)
    assert add_recipients(send_id=open_send.pk, member_ids=[first.pk]) == 1
    assert add_recipients(send_id=open_send.pk, member_ids=[first.pk, second.pk, 10**12]) == 2
    pump(seconds=5)
    assert book.times == {first.pk: 1, second.pk: 1}
    reconcile_send(send_id=open_send.pk)
    assert Send.objects.get(pk=open_send.pk).state == "running"
    sends.close_send(send_id=open_send.pk, actor=None)
    reconcile_send(send_id=open_send.pk)
    assert Send.objects.get(pk=open_send.pk).state == "done"


def test_a_hole_in_the_text_leaves_a_member_out(book):
    named = make_people(1)[0]
    nameless = make_people(1, name="")[0]
    send = make_sending([named, nameless], content=make_content(body="{name}您好"))
    assert reasons(send) == {nameless.pk: "no_value"}
    polite = make_sending([nameless], content=make_content(body="{name|贵宾}您好"), purpose="service")
    pump(seconds=5)
    assert [one.text for one in book.taken if one.send_id == polite.pk] == ["【海信广场】贵宾您好"]


def test_two_sends_of_a_day_do_not_both_slip_under_the_cap(book):
    people = make_people(4)
    make_sending(people)
    second = make_sending(people)
    pump(seconds=5)
    assert len(book.taken) == 4
    assert set(reasons(second).values()) == {"cap"}


def test_the_send_that_waits_for_another_day(book):
    people = make_people(2)
    make_sending(people)
    second = sends.make_send(name="x", channel="sms", content=make_content(), segment=make_audience(people), actor=None)
    Send.objects.filter(pk=second.pk).update(defers_capped=True)
    sends.start_send(send_id=second.pk, actor=None)
    freeze_send(send_id=second.pk)
    pump(seconds=2)
    assert len(book.taken) == 2
    assert set(reasons(second).values()) == {"later"}


def test_a_send_needs_approval_above_the_limit(book):
    segment = make_audience(make_people(1))
    segment.size = 100_000
    segment.save(update_fields=["size"])
    send = sends.make_send(name="x", channel="sms", content=make_content(), segment=segment, actor=None)
    with pytest.raises(SendRefused):
        sends.start_send(send_id=send.pk, actor=None)


def test_a_recipient_row_is_small(book):
    send = make_sending(make_people(300))
    pump(seconds=5)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT avg(pg_column_size(r.*)) FROM campaigns_sendrecipient_{send.pk} r")
        assert cursor.fetchone()[0] <= 150


def test_work_that_was_done_in_a_lease_is_not_done_again(book):
    send = make_sending(make_people(3))
    lease = lease_batch(send_id=send.pk)
    assert work_lease(lease) == 3
    assert work_lease(lease) == 0
    assert max(book.times.values()) == 1
