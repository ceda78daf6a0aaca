"""Segments of who got a send, opened it, followed its links, or was left out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import SegmentMember, SendRecipient
from campaigns.services.pumping import pump
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.segments import make_segment
from campaigns.services.tracking import Visit, note_click, note_open
from campaigns.tests.send_factories import keep_book, make_content, make_people, make_sending, open_always

pytestmark = pytest.mark.django_db


def members_of(field: str, value: list[str], actor) -> set[int]:
    rule = {"op": "all", "rules": [{"field": field, "test": "is_one_of", "value": value}]}
    segment = make_segment(name=f"{field} {value}", rule=rule, actor=actor)
    rebuild_segment(segment_id=segment.pk)
    return set(SegmentMember.objects.filter(segment=segment, is_in=True).values_list("member_id", flat=True))


@pytest.mark.django_db
def test_results_of_sends_make_segments(ada, monkeypatch):
    keep_book(monkeypatch, open_always())
    got, clicks, silent = *make_people(2), make_people(1, allows_email=False)[0]
    send = make_sending([got, clicks, silent], "email", content=make_content("email", "https://example.com/a"))
    pump(seconds=5)
    person = Visit("GET", "Mozilla/5.0 Chrome")
    SendRecipient.objects.filter(send_id=send.pk, state=5).update(accepted_at=timezone.now() - timedelta(hours=1))
    note_open(send_id=send.pk, member_id=got.pk, visit=person)
    note_click(send_id=send.pk, member_id=clicks.pk, number=1, visit=person)
    note_click(send_id=send.pk, member_id=got.pk, number=1, visit=Visit("HEAD", "scanner"))
    which = [str(send.pk)]
    assert members_of("send.received", which, ada) == {got.pk, clicks.pk}
    assert members_of("send.opened", which, ada) == {got.pk}
    assert members_of("send.clicked", which, ada) == {clicks.pk}
    assert members_of("send.left_out", ["no_consent"], ada) == {silent.pk}
