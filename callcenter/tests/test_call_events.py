"""Events become calls: in any order, twice, late, hostile."""

import json
import threading
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.models import Call, CallEvent
from callcenter.services import calls as service
from callcenter.services.call_matching import choose_member
from callcenter.services.call_settling import mark_settled, settle_all_missed
from callcenter.services.call_sweeping import clear_old_events, end_forgotten_calls
from callcenter.services.calls import take_event, take_events
from callcenter.services.phone_events import hide_numbers, masked_payload
from callcenter.tests.call_factories import event, make_agent, make_system, ring, say
from kit.errors import Conflict
from members.tests.factories import make_contact, make_member

NUMBER = "+8613812344821"
KEPT = [
    "direction", "number", "queue", "extension", "agent_id", "member_id", "contact_id", "found", "state", "rang_at",
    "answered_at", "ended_at", "cause", "ring_seconds", "talk_seconds", "recording_url",
]  # fmt: skip


def at(seconds: int) -> str:
    return (timezone.now().replace(microsecond=0) - timedelta(seconds=50 - seconds)).isoformat()


def state_of(call_id: str) -> dict[str, object]:
    return Call.objects.filter(external_id=call_id).values(*KEPT).get()


@pytest.fixture
def system(db):
    return make_system()


@pytest.fixture
def agent(system, store_a):
    return make_agent(system, "801", [store_a])


def test_a_call_from_ringing_to_its_end(system, agent):
    member = make_member(phone=NUMBER)
    call = ring(system, "801", "138 1234 4821")
    assert (call.state, call.agent, call.member, call.found) == ("ringing", agent, member, 1)
    assert CallEvent.objects.get().outcome == "popped"
    assert say(call, "answer").state == "answered"
    assert say(call, "hangup", cause="normalClearing").state == "ended"
    assert call.cause == "normalClearing"


def test_a_hang_up_before_anything_else_is_a_missed_call_without_a_card(system, agent):
    begun = at(0)
    take_events(system=system, body=event("hangup", "c", at=at(20), extension="801"))
    assert state_of("c")["state"] == "missed"
    late = take_events(system=system, body=event("ringing", "c", at=begun, extension="801", **{"from": NUMBER}))
    assert [one.outcome for one in late] == ["late"]
    assert state_of("c")["state"] == "missed"
    assert state_of("c")["ring_seconds"] == 20


STORY = [
    ("ringing", 0, {"direction": "in", "from": NUMBER, "extension": "801", "queue": "gold"}),
    ("ringing", 2, {"direction": "in", "from": NUMBER, "extension": "801"}),
    ("answer", 9, {"extension": "802"}),
    ("hangup", 30, {"cause": "normalClearing", "recording": "https://pbx.example/r/1"}),
    ("hangup", 31, {"cause": "cancel"}),
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_order_with_any_doubles_ends_as_in_order(data, db_with_lines):
    system = db_with_lines
    moments = {kind + str(second): at(second) for kind, second, _more in STORY}
    story = [
        event(kind, "c", at=moments[kind + str(second)], **more)
        for kind, second, more in data.draw(st.lists(st.sampled_from(STORY), min_size=1, max_size=5, unique_by=str))
    ]
    shuffled = data.draw(st.permutations(story + data.draw(st.lists(st.sampled_from(story), max_size=4))))
    ends = []
    for order in (sorted(story, key=lambda one: one["at"]), shuffled):
        with transaction.atomic():
            for raw in order:
                take_event(system=system, raw=raw)
            ends.append(state_of("c"))
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


@pytest.fixture
def db_with_lines(system, agent, store_a):
    make_agent(system, "802", [store_a])
    make_member(phone=NUMBER)
    return system


def test_every_order_of_a_call_within_the_house_is_within_the_house(system, agent):
    story = [
        event("ringing", "c", at=at(0), **{"from": "805", "to": "801", "extension": "801"}),
        event("answer", "c", at=at(3)),
        event("hangup", "c", at=at(9), **{"from": NUMBER}),
    ]
    for order in permutations(story):
        with transaction.atomic():
            take_events(system=system, body=list(order))
            assert state_of("c")["direction"] == "own"
            assert state_of("c")["number"] == ""
            transaction.set_rollback(True)


def test_the_same_event_is_taken_once(system, agent):
    raw = event("ringing", "c", at=at(0), extension="801", **{"from": NUMBER})
    outcomes = [one.outcome for one in take_events(system=system, body=[raw, raw, raw])]
    assert outcomes == ["popped", "duplicate", "duplicate"]
    assert Call.objects.count() == 1


def test_an_event_without_an_id_is_known_by_its_content(system, agent):
    raw = {"event": "ringing", "call_id": "c", "extension": "801", "from": NUMBER, "at": at(0)}
    assert [one.outcome for one in take_events(system=system, body=[raw, raw])] == ["popped", "duplicate"]


def test_an_extension_where_nobody_sits_is_noted_and_not_lost(system):
    take_events(system=system, body=event("ringing", "c", at=at(40), extension="899", **{"from": NUMBER}))
    entry = CallEvent.objects.get()
    assert entry.outcome == "no_line"
    assert "899" in entry.detail
    assert Call.objects.get().agent is None


def test_an_old_ring_is_noted_but_interrupts_nobody(system, agent):
    old = (timezone.now() - timedelta(minutes=9)).isoformat()
    assert take_events(system=system, body=event("ringing", "c", at=old, extension="801"))[0].outcome == "late"


@pytest.mark.parametrize("withheld", ["", "anonymous", "Unknown", "not a number"])
def test_a_withheld_number_rings_without_a_match(system, agent, withheld):
    call = ring(system, "801", withheld)
    assert (call.number, call.found, call.member, call.agent) == ("", 0, None, agent)
    assert CallEvent.objects.get().outcome == "popped"


def test_numbers_of_the_house_show_no_card(system, agent):
    system.own_numbers = ["+8653285861234"]
    system.save()
    assert (
        take_events(system=system, body=event("ringing", "c", at=at(40), extension="801", **{"from": "0532-85861234"}))[
            0
        ].outcome
        == "internal"
    )


def test_a_shared_number_is_nobodys_until_somebody_chooses(system, agent):
    one, other = make_member(phone=NUMBER), make_member(phone=NUMBER, name="王伟")
    call = ring(system, "801", NUMBER)
    assert (call.found, call.member) == (2, None)
    choose_member(call_id=call.pk, member_id=other.pk, actor=agent)
    call = say(call, "answer")
    assert call.member == other
    assert ring(system, "801", NUMBER).member is None  # remembered for that call only
    with pytest.raises(Conflict):
        choose_member(call_id=call.pk, member_id=make_member().pk, actor=agent)
    assert one.pk != other.pk


def test_a_contact_without_a_card_is_named(system, agent, store_a):
    contact = make_contact(store_a, phone=NUMBER)
    assert ring(system, "801", NUMBER).contact == contact


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["event", "call_id", "leg", "id", "at", "direction", "from", "to", "extension", "queue", "cause", "recording"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=HOSTILE
    | st.dictionaries(st.sampled_from(FIELDS), HOSTILE | st.sampled_from(["ringing", "\0", "\ud800", "1e400"]))
)
def test_hostile_bodies_are_logged_and_nothing_breaks(system, body):
    with transaction.atomic():
        for one in take_events(system=system, body=body):
            one.refresh_from_db()
            assert one.outcome
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None)
@given(
    prefix=st.sampled_from(["", "call-", "tel:", "a", "x_"]),
    number=st.sampled_from(["13812344821", "+8613812344821", "138 1234 4821", "053285861234", "138-1234-4821"]),
    suffix=st.sampled_from(["", "-1", ".5", "@pbx"]),
)
def test_no_payload_keeps_a_number(prefix, number, suffix):
    for raw in ({"call_id": prefix + number + suffix}, {"deep": [{"x": number}]}, {"n": 13812344821}, [number]):
        digits = "".join(character for character in json.dumps(masked_payload(raw)) if character.isdigit())
        assert "12344821" not in digits
        assert "85861234" not in digits
    assert "****" in hide_numbers(prefix + number + suffix)


def test_a_missed_call_is_settled_by_calling_again_or_by_hand(system, agent):
    missed = say(ring(system, "801", NUMBER), "hangup")
    assert missed.settled_at is None
    say(ring(system, "801", NUMBER), "answer")
    missed.refresh_from_db()
    assert missed.settled_why == "called_again"
    other = say(ring(system, "801", "13900001111"), "hangup")
    mark_settled(call_id=other.pk, actor=agent)
    mark_settled(call_id=other.pk, actor=agent)
    other.refresh_from_db()
    assert other.settled_why == "marked"


@pytest.mark.parametrize("order", ["answer first", "hang-up first"])
def test_a_leg_that_a_colleague_answered_is_not_missed(system, agent, store_a, order):
    make_agent(system, "802", [store_a])
    for leg, extension in (("a", "801"), ("b", "802")):
        take_events(system=system, body=event("ringing", "c", at=at(30), leg=leg, extension=extension))
    legs = [("answer", "b"), ("hangup", "a")]
    for kind, leg in legs if order == "answer first" else reversed(legs):
        take_events(system=system, body=event(kind, "c", at=at(40), leg=leg))
    assert Call.objects.get(leg="a").settled_why == "elsewhere"


def test_a_call_whose_hang_up_never_came_ends_and_a_late_one_counts(system, agent):
    call = ring(system, "801", NUMBER)
    Call.objects.update(heard_at=timezone.now() - timedelta(minutes=6))
    assert end_forgotten_calls() == 1
    assert end_forgotten_calls() == 0
    call.refresh_from_db()
    assert (call.state, call.cause) == ("missed", "no_hangup")
    assert say(call, "hangup", cause="cancel").cause == "cancel"
    assert settle_all_missed() == 0


def test_the_log_is_append_only_and_old_lines_go(system, agent):
    ring(system, "801", NUMBER)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        CallEvent.objects.update(outcome="late")
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        CallEvent.objects.all().delete()
    assert clear_old_events() == 0
    old = timezone.now() - timedelta(days=92)
    CallEvent.objects.create(system=system, outcome="malformed", received_at=old)
    assert clear_old_events() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["with the lock", "without it the answer is lost"])
def test_two_events_of_one_call_at_once(locked, monkeypatch, store_a):
    """Both read the events that are there, then both write what they make of them."""
    system = make_system()
    make_agent(system, "801", [store_a])
    take_events(system=system, body=event("ringing", "c", at=at(0), extension="801"))
    gate = threading.Barrier(2, timeout=5)
    if not locked:
        monkeypatch.setattr(
            service, "lock_leg", lambda system_id, external_id, leg: Call.objects.get(external_id=external_id)
        )
        settle = service._take_times
        monkeypatch.setattr(service, "_take_times", lambda *args: (gate.wait(), settle(*args)))

    def send(kind: str, second: int) -> None:
        try:
            take_event(system=system, raw=event(kind, "c", at=at(second), extension="801"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=one) for one in (("answer", 5), ("hangup", 20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = Call.objects.get().state
    assert CallEvent.objects.filter(call__isnull=False).count() == 3
    assert (state == "ended") if locked else (state in ("answered", "missed"))
