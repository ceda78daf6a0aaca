"""Members asked again one by one give what computing everything gives, after any history; two who compute at once."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.tests.factories import make_case
from campaigns.models import Segment
from campaigns.services import segment_builds
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.segment_watch import refresh_changed
from campaigns.services.segments import pin_member
from campaigns.tests.segment_factories import build, group, leaf, members_of
from kit.errors import DomainError
from members.models import Member, MergeOperation
from members.services.consent import record_consent
from members.services.editing import close_member, freeze_member, reactivate_member
from members.services.merging import merge_members, unmerge_members
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_return, make_sale

STEPS = st.tuples(
    st.sampled_from(
        ["sale", "return", "consent", "close", "reactivate", "freeze", "merge", "unmerge", "pin", "enrol", "case"]
    ),
    st.integers(0, 5),
    st.integers(0, 5),
    st.booleans(),
)
WATCHED = [
    [leaf("stat.receipts_90", "at_least", "2")],
    [leaf("contact.allows_sms", "is_yes"), group("none", leaf("did.returned", "did", {}))],
    [leaf("did.bought", "did", {"measure": "amount", "number": "250"})],
    [leaf("member.status", "is_one_of", ["active"]), leaf("case.open", "is_none_of", ["complaint"])],
]


def _play(step: tuple, people: list[Member], store, segments: list[Segment]) -> None:
    kind, one, other, flag = step
    first, second = people[one % len(people)].pk, people[other % len(people)].pk
    match kind:
        case "sale":
            member = Member.objects.get(pk=first)
            if not member.is_merged:
                sale = make_sale(store, line_draft(), member=member)
                if flag:
                    make_return(sale)
        case "consent":
            record_consent(member_id=first, channel="sms", granted=flag, actor=None, source="desk")
        case "close":
            close_member(member_id=first, reason="x", actor=None)
        case "reactivate":
            reactivate_member(member_id=first, reason="x", actor=None)
        case "freeze":
            freeze_member(member_id=first, reason="x", actor=None)
        case "merge" if first != second:
            merge_members(winner_id=first, loser_id=second, reason="x", actor=None)
        case "unmerge":
            if merged := MergeOperation.objects.filter(undone_at=None).order_by("-pk").first():
                unmerge_members(operation_id=merged.pk, actor=None)
        case "pin":
            pin_member(
                segment_id=segments[other % 4].pk, member_id=first, pin=1 if flag else -1, reason="x", actor=None
            )
        case "enrol":
            people.append(make_member())
        case "case":
            make_case(store, member=Member.objects.get(pk=first), kind="complaint")


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=st.lists(STEPS, min_size=1, max_size=8))
def test_asking_again_gives_what_computing_everything_gives(store_a, history):
    with transaction.atomic():
        _compare(store_a, history)
        # Each history begins in an empty store.
        transaction.set_rollback(True)


def _compare(store_a, history) -> None:
    people = [make_member(store=store_a) for _ in range(6)]
    segments = [build(*rules) for rules in WATCHED]
    segments.append(
        build(leaf("segment.member", "is_one_of", [str(segments[0].pk)]), leaf("contact.allows_sms", "is_yes"))
    )
    refresh_changed()
    for step in history:
        try:
            _play(step, people, store_a, segments)
        except DomainError:
            continue
        assert refresh_changed().complete
    kept = [members_of(one) for one in segments]
    for one, before in zip(segments, kept, strict=True):
        built = rebuild_segment(segment_id=one.pk)
        assert (built.entered, built.left, members_of(one)) == (0, 0, before)
        assert built.size == len(before)


def _slow_build(segment_id: int, monkeypatch, meanwhile) -> segment_builds.Build:
    """Compute in another thread; after it has looked at the members and before it writes, something happens."""
    looked, go_on, results = threading.Event(), threading.Event(), []
    draw_up = segment_builds.draw_up
    slow = threading.current_thread

    def pausing(members, **words) -> None:
        draw_up(members, **words)
        if slow() is thread:
            looked.set()
            go_on.wait(30)

    def work() -> None:
        try:
            results.append(rebuild_segment(segment_id=segment_id))
        finally:
            connection.close()

    monkeypatch.setattr(segment_builds, "draw_up", pausing)
    thread = threading.Thread(target=work)
    thread.start()
    assert looked.wait(30)
    meanwhile()
    go_on.set()
    thread.join(30)
    return results[0]


def _changed_meanwhile(segment: Segment, member: Member):
    """The lease runs out, the member changes, and another computes the segment."""

    def meanwhile() -> None:
        Segment.objects.filter(pk=segment.pk).update(lease_until=timezone.now())
        Member.objects.filter(pk=member.pk).update(gender="male")
        assert rebuild_segment(segment_id=segment.pk).ran

    return meanwhile


@pytest.mark.django_db(transaction=True)
def test_a_build_whose_lease_was_taken_writes_nothing(monkeypatch):
    member = make_member(gender="female")
    segment = build(leaf("member.gender", "is_one_of", ["female"]))
    late = _slow_build(segment.pk, monkeypatch, _changed_meanwhile(segment, member))
    assert not late.ran
    assert members_of(segment) == set()


@pytest.mark.django_db(transaction=True)
def test_without_the_lease_the_late_build_brings_the_old_back(monkeypatch):
    """The control: if this fails, the test above shows nothing."""
    member = make_member(gender="female")
    segment = build(leaf("member.gender", "is_one_of", ["female"]))
    lock = segment_builds.lock_segment

    def forgetful(segment_id: int) -> Segment:
        locked = lock(segment_id)
        locked.lease_by = tokens[0] if tokens else locked.lease_by
        return locked

    tokens: list[str] = []
    meanwhile = _changed_meanwhile(segment, member)

    def remembering() -> None:
        tokens.append(Segment.objects.values_list("lease_by", flat=True).get(pk=segment.pk))
        held = tokens.pop()
        meanwhile()
        tokens.append(held)

    monkeypatch.setattr(segment_builds, "lock_segment", forgetful)
    _slow_build(segment.pk, monkeypatch, remembering)
    assert members_of(segment) == {member.pk}


@pytest.mark.django_db(transaction=True)
def test_what_a_slow_transaction_writes_below_the_mark_is_found():
    """A number given out before the mark, committed after it."""
    from members.models import Consent

    early, late = make_member(), make_member()
    segment = build(leaf("contact.allows_sms", "is_yes"))
    refresh_changed()
    wrote, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                record_consent(member_id=early.pk, channel="sms", granted=True, actor=None, source="desk")
                wrote.set()
                go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert wrote.wait(30)
    record_consent(member_id=late.pk, channel="sms", granted=True, actor=None, source="desk")
    assert Consent.objects.count() == 1
    refresh_changed()
    assert members_of(segment) == {late.pk}
    go_on.set()
    thread.join(30)
    refresh_changed()
    assert members_of(segment) == {early.pk, late.pk}
