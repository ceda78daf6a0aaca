"""The webhook: signatures, clocks, batches, names in place of numbers."""

import json
import time

import pytest

from callcenter.models import Call, CallEvent, NumberAlias
from callcenter.services.phone_systems import REFUSED_A_MINUTE, rotate_secret, signature
from callcenter.tests.call_factories import make_agent, make_system
from staff.models import AuditEntry

NUMBER = "13812344821"


@pytest.fixture
def system(db):
    return make_system(code="board")


@pytest.fixture
def agent(system, store_a):
    return make_agent(system, "801", [store_a])


def send(client, system, body, *, what="events", skew=0, signed=None, code=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    timestamp = str(int(time.time()) + skew)
    return client.post(
        f"/api/v1/calls/{code or system.code}/{what}",
        raw,
        content_type="application/json",
        headers={
            "X-Atrium-Timestamp": timestamp,
            "X-Atrium-Signature": signature(system, timestamp, raw) if signed is None else signed,
        },
    )


RING = {"event": "newCall", "call_id": "c1", "extension": "801", "from": NUMBER, "to": "4008208820"}


def test_it_works_for_one_event_and_for_a_batch(client, system, agent):
    answer = send(client, system, RING)
    assert answer.status_code == 200
    assert answer.json()["events"] == [{"call_id": "c1", "outcome": "popped", "detail": ""}]
    answer = send(client, system, [RING, {"event": "hangup", "call_id": "c1"}, {"event": "?"}, 7])
    assert [one["outcome"] for one in answer.json()["events"]] == ["duplicate", "applied", "malformed", "malformed"]
    assert Call.objects.get().state == "missed"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"signed": "0" * 64}, "bad_signature"),
        ({"signed": "é"}, "bad_signature"),
        ({"skew": -301}, "stale"),
        ({"skew": 400}, "stale"),
        ({"code": "nobody"}, "unknown_system"),
    ],
)
def test_what_is_not_signed_or_comes_from_another_time_is_refused_and_noted(client, system, agent, changes, outcome):
    assert send(client, system, RING, **changes).status_code == 401
    assert CallEvent.objects.get().outcome == outcome
    assert not Call.objects.exists()


def test_a_replay_after_five_minutes_is_refused(client, system, agent):
    raw, old = json.dumps(RING).encode(), str(int(time.time()) - 600)
    headers = {"X-Atrium-Timestamp": old, "X-Atrium-Signature": signature(system, old, raw)}
    path = f"/api/v1/calls/{system.code}/events"
    assert client.post(path, raw, content_type="application/json", headers=headers).status_code == 401
    fresh = headers | {"X-Atrium-Timestamp": str(int(time.time()))}
    assert client.post(path, raw, content_type="application/json", headers=fresh).status_code == 401


def test_knocking_without_a_key_does_not_fill_the_log(client, system):
    for _attempt in range(REFUSED_A_MINUTE + 5):
        send(client, system, RING, signed="wrong")
    assert CallEvent.objects.count() == REFUSED_A_MINUTE


def test_a_new_secret_ends_the_old_one(client, system, agent):
    timestamp = str(int(time.time()))
    raw = json.dumps(RING).encode()
    old = signature(system, timestamp, raw)
    rotate_secret(system_id=system.pk, actor=agent)
    assert send(client, system, RING, signed=old).status_code == 401
    system.refresh_from_db()
    assert send(client, system, RING).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000])
def test_what_is_not_json_is_refused(client, system, body):
    assert send(client, system, body).status_code == 400


def test_too_much_is_refused(client, system):
    assert send(client, system, b" " * 1_000_001).status_code == 401


def test_numbers_have_names_and_both_ways_are_audited(client, system):
    uid = send(client, system, {"number": "138 1234 4821"}, what="conceal").json()["uid"]
    assert send(client, system, {"number": NUMBER}, what="conceal").json()["uid"] == uid
    assert NUMBER not in uid
    assert send(client, system, {"uid": uid}, what="disclose").json() == {"number": "+8613812344821"}
    assert send(client, system, {"uid": "nobody"}, what="disclose").status_code == 404
    assert send(client, system, {"number": "abc"}, what="conceal").status_code == 409
    assert NumberAlias.objects.count() == 1
    trail = list(AuditEntry.objects.filter(action__startswith="callcenter.number_").values_list("action", "data"))
    assert [action for action, _data in trail].count("callcenter.number_disclosed") == 1
    assert "12344821" not in json.dumps([data for _action, data in trail])


def test_the_secret_of_one_system_does_not_open_another(client, system, agent):
    other = make_system(code="other")
    timestamp = str(int(time.time()))
    raw = json.dumps(RING).encode()
    assert send(client, system, RING, signed=signature(other, timestamp, raw)).status_code == 401
