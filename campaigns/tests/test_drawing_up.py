"""A send goes to those who belong when it starts, not to those who belonged when somebody last looked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Segment, SegmentVersion, SendRecipient
from campaigns.send_exceptions import SendRefused
from campaigns.services import sends
from campaigns.services.segments import archive_segment
from campaigns.services.ticking import tick
from campaigns.tests.segment_factories import build, leaf
from campaigns.tests.send_factories import keep_book, make_content, make_people, open_always
from members.models import Member

pytestmark = pytest.mark.django_db
WOMEN = leaf("member.gender", "is_one_of", ["female"])


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def begin(segment, **fields):
    send = sends.make_send(
        name="周末", channel="sms", content=make_content(), segment=segment, actor=None, **fields
    )  # fmt: skip
    sends.start_send(send_id=send.pk, actor=None)
    return send


def drawn(send) -> set[int]:
    return set(SendRecipient.objects.filter(send_id=send.pk).values_list("member_id", flat=True))


def test_who_came_and_went_since_is_found_first(book):
    stays, goes = make_people(2, gender="female")
    (comes,) = make_people(1, gender="male")
    segment = build(WOMEN)
    Member.objects.filter(pk=goes.pk).update(gender="male")
    Member.objects.filter(pk=comes.pk).update(gender="female")
    send = begin(segment)
    tick()
    assert drawn(send) == {stays.pk, comes.pk}
    segment.refresh_from_db()
    send.refresh_from_db()
    assert segment.built_at >= send.started_at
    assert send.state == "running"


def test_segments_the_rule_refers_to_are_computed_too(book):
    stays, goes = make_people(2, gender="female")
    below = build(WOMEN, name="女")
    above = build(leaf("segment.member", "is_one_of", [str(below.pk)]), name="之上")
    Member.objects.filter(pk=goes.pk).update(gender="male")
    send = begin(above)
    tick()
    assert drawn(send) == {stays.pk}


def test_the_version_of_the_rule_that_was_used_is_kept(book):
    from campaigns.services.segments import change_segment
    from campaigns.tests.segment_factories import group

    make_people(1, gender="female")
    (man,) = make_people(1, gender="male")
    segment = build(WOMEN)
    send = sends.make_send(name="周末", channel="sms", content=make_content(), segment=segment, actor=None)
    change_segment(segment_id=segment.pk, actor=None, rule=group("all", leaf("member.gender", "is_one_of", ["male"])))
    sends.start_send(send_id=send.pk, actor=None)
    tick()
    send.refresh_from_db()
    assert send.segment_version.number == 2
    assert drawn(send) == {man.pk}


def break_rule(segment) -> None:
    SegmentVersion.objects.filter(pk=segment.current_id).update(
        rule={"version": 1, "op": "all", "rules": [leaf("member.no_such", "is", True)]}
    )


def test_a_segment_that_cannot_be_computed_sends_nothing_and_says_so(book, client, ada):
    make_people(2, gender="female")
    segment = build(WOMEN)
    send = begin(segment)
    break_rule(segment)
    tick()
    send.refresh_from_db()
    segment.refresh_from_db()
    assert (send.state, send.held, drawn(send)) == ("paused", "segment", set())
    assert segment.build_error
    with pytest.raises(SendRefused):
        begin(segment)


def test_mended_it_goes_on(book, ada):
    people = make_people(2, gender="female")
    segment = build(WOMEN)
    good = segment.current.rule
    send = begin(segment)
    break_rule(segment)
    tick()
    SegmentVersion.objects.filter(pk=segment.current_id).update(rule=good)
    sends.resume_send(send_id=send.pk, actor=ada)
    tick()
    assert drawn(send) == {one.pk for one in people}


def test_while_another_computes_it_waits(book):
    people = make_people(2, gender="female")
    segment = build(WOMEN)
    send = begin(segment)
    Segment.objects.filter(pk=segment.pk).update(lease_by="another", lease_until=timezone.now() + timedelta(minutes=1))
    tick()
    send.refresh_from_db()
    assert (send.state, drawn(send)) == ("freezing", set())
    Segment.objects.filter(pk=segment.pk).update(lease_by="", lease_until=None)
    tick()
    assert drawn(send) == {one.pk for one in people}


def test_a_segment_put_away_refuses_before_and_pauses_after(book, ada):
    make_people(1, gender="female")
    segment = build(WOMEN)
    send = begin(segment)
    archive_segment(segment_id=segment.pk, actor=ada)
    tick()
    send.refresh_from_db()
    assert (send.state, send.held) == ("paused", "segment")
    with pytest.raises(SendRefused):
        begin(segment)
