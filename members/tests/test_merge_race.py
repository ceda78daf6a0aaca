"""Two colleagues merge the same pair in opposite directions at the same moment."""

import threading

import pytest
from django.db import DatabaseError, connection

from members.exceptions import CannotMerge
from members.models import Member
from members.services import merging
from members.services.merging import merge_members
from members.tests.factories import make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("merges_alone")]


def merge_both_ways_at_once(first, second, actor, monkeypatch, *, patience):
    """Both have read the pair before either writes, as far as the locks let them: whoever came so far waits for the
    other one as many seconds as `patience`."""
    barrier = threading.Barrier(2, timeout=patience)
    apply = merging._apply_policies

    def apply_together(log):
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            pass
        return apply(log)

    monkeypatch.setattr(merging, "_apply_policies", apply_together)
    refused: list[int] = []
    broken: list[int] = []

    def merge(winner, loser):
        try:
            merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=actor)
        except CannotMerge:
            refused.append(winner.pk)
        except DatabaseError:
            broken.append(winner.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=merge, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused, broken


def test_one_direction_wins_and_the_other_is_refused(store_a, ada, monkeypatch):
    pair = make_member(store=store_a), make_member(store=store_a, card=False, phone=None)
    refused, broken = merge_both_ways_at_once(*pair, ada, monkeypatch, patience=1)
    assert (len(refused), broken) == (1, [])
    assert Member.objects.filter(merged_into__isnull=False).count() == 1


def test_control_without_the_lock_both_are_lost_or_the_database_gives_up(store_a, ada, monkeypatch):
    pair = make_member(store=store_a, card=False, phone=None), make_member(store=store_a, card=False, phone=None)
    monkeypatch.setattr(merging, "lock_members_for_merge", lambda ids: list(Member.objects.filter(pk__in=ids)))
    refused, broken = merge_both_ways_at_once(*pair, ada, monkeypatch, patience=30)
    assert refused == []
    assert broken or Member.objects.filter(merged_into__isnull=False).count() == 2
