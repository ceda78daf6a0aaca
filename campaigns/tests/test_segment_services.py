"""Segments made, changed, computed, pinned; who entered and left; who is asked again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from campaigns.models import Segment, SegmentDay, SegmentMember, SegmentMove
from campaigns.segment_exceptions import SegmentRefused
from campaigns.services.segment_builds import rebuild_all, rebuild_segment, rebuild_stale
from campaigns.services.segment_watch import refresh_changed
from campaigns.services.segments import archive_segment, change_segment, make_segment, pin_member, restore_segment
from campaigns.tests.segment_factories import build, group, leaf, members_of
from members.models import Member
from members.services.consent import record_consent
from members.services.merging import merge_members, unmerge_members
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_sale
from staff.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def role() -> str:
    return "marketer"


WOMEN = leaf("member.gender", "is_one_of", ["female"])


def moves(segment: Segment) -> list[tuple[int, bool]]:
    return list(SegmentMove.objects.filter(segment=segment).order_by("id").values_list("member_id", "entered"))


def test_a_segment_is_made_versioned_and_told(ada):
    segment = build(WOMEN, actor=ada, source_key="pyramid:1:top")
    assert make_segment(name="x", rule=group("all"), actor=ada, source_key="pyramid:1:top") == segment
    change_segment(segment_id=segment.pk, rule=group("all", WOMEN), actor=ada)
    assert segment.versions.count() == 1
    change_segment(segment_id=segment.pk, rule=group("any", WOMEN, leaf("contact.allows_sms", "is_yes")), actor=ada)
    segment.refresh_from_db()
    assert segment.current.number == 2
    assert AuditEntry.objects.filter(action="campaigns.segment_changed", subject_id=segment.pk).count() == 1


def test_who_enters_and_leaves_is_kept():
    one, two = make_member(gender="female"), make_member(gender="female")
    segment = build(WOMEN)
    assert (segment.size, moves(segment)) == (2, [])
    Member.objects.filter(pk=one.pk).update(gender="male")
    three = make_member(gender="female")
    built = rebuild_segment(segment_id=segment.pk)
    assert (built.entered, built.left, built.size) == (1, 1, 2)
    assert set(moves(segment)) == {(one.pk, False), (three.pk, True)}
    again = rebuild_segment(segment_id=segment.pk)
    assert (again.entered, again.left, again.size) == (0, 0, 2)
    assert members_of(segment) == {two.pk, three.pk}
    day = SegmentDay.objects.get(segment=segment)
    assert (day.size, day.entered, day.left) == (2, 1, 1)


def test_moves_are_never_changed():
    make_member(gender="female")
    segment = build(WOMEN)
    make_member(gender="female")
    rebuild_segment(segment_id=segment.pk)
    for statement in ("UPDATE campaigns_segmentmove SET entered = false", "DELETE FROM campaigns_segmentmove"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_pins_win_over_the_rule_and_hold_at_once(ada):
    woman, man = make_member(gender="female"), make_member(gender="male")
    segment = build(WOMEN)
    pin_member(segment_id=segment.pk, member_id=man.pk, pin=1, reason="老板的朋友", actor=ada)
    pin_member(segment_id=segment.pk, member_id=woman.pk, pin=-1, reason="投诉处理中", actor=ada)
    assert members_of(segment) == {man.pk}
    segment.refresh_from_db()
    assert segment.size == 1
    rebuild_segment(segment_id=segment.pk)
    assert members_of(segment) == {man.pk}
    pin_member(segment_id=segment.pk, member_id=woman.pk, pin=0, reason="", actor=ada)
    assert members_of(segment) == {man.pk, woman.pk}
    with pytest.raises(SegmentRefused):
        pin_member(segment_id=segment.pk, member_id=man.pk, pin=1, reason=" ", actor=ada)


def test_pins_follow_a_merge_and_come_back_when_it_is_taken_back(ada):
    winner, loser = make_member(), make_member()
    segment = build(WOMEN)
    pin_member(segment_id=segment.pk, member_id=loser.pk, pin=1, reason="贵宾", actor=ada)
    merged = merge_members(winner_id=winner.pk, loser_id=loser.pk, reason="same", actor=ada)
    rebuild_segment(segment_id=segment.pk)
    assert members_of(segment) == {winner.pk}
    unmerge_members(operation_id=merged.pk, actor=ada)
    rebuild_segment(segment_id=segment.pk)
    assert members_of(segment) == {loser.pk}


def test_a_segment_may_refer_to_others_but_never_in_a_circle(ada):
    make_member(gender="female", allows_sms=True)
    women = build(WOMEN, name="A")
    reachable = build(
        leaf("segment.member", "is_one_of", [str(women.pk)]), leaf("contact.allows_sms", "is_yes"), name="B"
    )
    assert reachable.size == 1
    with pytest.raises(SegmentRefused, match="A"):
        change_segment(
            segment_id=women.pk, rule=group("all", leaf("segment.member", "is_none_of", [str(reachable.pk)])), actor=ada
        )
    with pytest.raises(SegmentRefused, match="B"):
        archive_segment(segment_id=women.pk, actor=ada)
    archive_segment(segment_id=reachable.pk, actor=ada)
    archive_segment(segment_id=women.pk, actor=ada)
    with pytest.raises(SegmentRefused):
        make_segment(name="C", rule=group("all", leaf("segment.member", "is_one_of", [str(women.pk)])), actor=ada)
    restore_segment(segment_id=women.pk, actor=ada)
    assert Segment.objects.get(pk=women.pk).state == "active"


def test_those_referred_to_are_computed_first():
    women = build(WOMEN)
    both = build(leaf("segment.member", "is_one_of", [str(women.pk)]))
    make_member(gender="female")
    rebuild_all()
    assert len(members_of(both)) == 1


def test_a_rule_that_breaks_keeps_the_members_and_says_why():
    make_member(gender="female")
    segment = build(WOMEN)
    segment.current.__class__.objects.filter(pk=segment.current_id).update(
        rule={"op": "all", "rules": [{"field": "gone"}]}
    )
    built = rebuild_segment(segment_id=segment.pk)
    segment.refresh_from_db()
    assert built.error
    assert segment.build_error == built.error
    assert len(members_of(segment)) == 1
    assert segment.lease_by == ""


def test_a_leased_segment_is_left_alone_until_the_lease_ends():
    segment = build(WOMEN)
    Segment.objects.filter(pk=segment.pk).update(lease_by="other", lease_until=timezone.now() + timedelta(minutes=1))
    assert not rebuild_segment(segment_id=segment.pk).ran
    Segment.objects.filter(pk=segment.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert rebuild_segment(segment_id=segment.pk).ran


def test_what_a_lost_nudge_left_is_computed(ada):
    make_member(gender="female")
    segment = make_segment(name="A", rule=group("all", WOMEN), actor=ada)
    assert segment.built_at is None
    rebuild_stale()
    assert len(members_of(segment)) == 1
    assert rebuild_stale() == []


def test_members_something_happened_to_are_asked_again(store_a, ada):
    one, two, three = make_member(), make_member(), make_member()
    buyers = build(leaf("stat.receipts_90", "at_least", "1"), name="buyers")
    texted = build(
        leaf("contact.allows_sms", "is_yes"), leaf("segment.member", "is_one_of", [str(buyers.pk)]), name="t"
    )
    refresh_changed()
    assert refresh_changed().members == 0
    make_sale(store_a, line_draft(), member=one)
    make_sale(store_a, line_draft(), member=two)
    record_consent(member_id=one.pk, channel="sms", granted=True, actor=ada, source="desk")
    done = refresh_changed()
    assert (done.members, done.complete) == (2, True)
    assert members_of(buyers) == {one.pk, two.pk}
    assert members_of(texted) == {one.pk}
    buyers.refresh_from_db()
    assert buyers.size == 2
    assert three.pk not in members_of(buyers)


def test_a_busy_segment_has_its_members_found_again(store_a):
    one = make_member()
    segment = build(leaf("stat.receipts_90", "at_least", "1"))
    refresh_changed()
    make_sale(store_a, line_draft(), member=one)
    Segment.objects.filter(pk=segment.pk).update(lease_by="other", lease_until=timezone.now() + timedelta(minutes=1))
    assert not refresh_changed().complete
    Segment.objects.filter(pk=segment.pk).update(lease_by="", lease_until=None)
    assert refresh_changed().complete
    assert members_of(segment) == {one.pk}


def test_an_erased_member_is_in_no_segment_and_in_no_sample(ada):
    from campaigns.segment_receivers import _out_of_segments
    from campaigns.services.segment_sample import draw_sample
    from members.services.erasing import Gone

    member = make_member(gender="female")
    segment = build(WOMEN)
    draw_sample()
    _out_of_segments(Gone([member.pk], []))
    assert not SegmentMember.objects.filter(segment=segment).exists()
