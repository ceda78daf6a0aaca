from datetime import date

import pytest
from django.db import transaction

from members.birthdays import Birthday
from members.exceptions import CannotMerge, MemberMerged
from members.models import Consent, Member, MemberCare, MemberPhone, MergeOperation
from members.services.cards import issue_card
from members.services.care import assign_care
from members.services.consent import record_consent
from members.services.merging import merge_members
from members.services.notes import add_note
from members.signals import member_merged
from members.tests.factories import make_buyer, make_contact, make_group, make_member
from staff.models import AuditEntry

pytestmark = pytest.mark.usefixtures("merges_alone")


@pytest.fixture
def pair(store_a):
    winner = make_member(name="张晓敏", phone="+8613812344821", store=store_a, enrolled_on=date(2020, 1, 1))
    loser = make_member(
        name="张小敏", phone="+8613900004821", store=store_a, enrolled_on=date(2018, 6, 1), email="z@example.com",
        **Birthday(2, 29).columns(date(2026, 1, 1)),
    )  # fmt: skip
    return winner, loser


def test_cards_phones_notes_and_care_move_and_the_loser_points_at_the_winner(pair, ada):
    winner, loser = pair
    add_note(member_id=loser.pk, text="喜欢米色", actor=ada)
    assign_care(member_id=loser.pk, associate=ada, actor=ada)
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada, reason="同一人")

    winner.refresh_from_db()
    loser.refresh_from_db()
    assert loser.merged_into == winner
    assert loser.status == Member.Status.CLOSED
    assert winner.cards.count() == 2
    assert winner.phones.count() == 2
    assert winner.phones.get(is_primary=True).e164 == "+8613812344821"
    assert winner.notes.get().text == "喜欢米色"
    assert winner.care.count() == 1
    assert (winner.email, winner.birth_day, winner.enrolled_on) == ("z@example.com", 29, date(2018, 6, 1))
    assert winner.name == "张晓敏"
    assert operation.moved["members.MemberCard.member"] == 1
    assert AuditEntry.objects.filter(action="members.members_merged", subject_id=winner.pk).exists()


def test_a_second_call_changes_nothing(pair, ada):
    winner, loser = pair
    first = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    assert merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada) == first
    assert MergeOperation.objects.count() == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        (True, False, False),
        (False, True, False),
        (True, True, True),
        (None, True, True),
        (None, False, False),
        (True, None, True),
    ],
)
def test_the_stricter_consent_wins_and_both_histories_stay(pair, ada, ours, theirs, outcome):
    winner, loser = pair
    for member, answer in ((winner, ours), (loser, theirs)):
        if answer is not None:
            record_consent(member_id=member.pk, channel="sms", granted=answer, actor=ada)
    before = Consent.objects.filter(member=loser).count()
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    winner.refresh_from_db()
    assert winner.allows_sms is outcome
    assert Consent.objects.filter(member=loser).count() == before


def test_a_number_both_have_becomes_one_with_every_refusal(store_a, ada):
    winner = make_member(phone="+8613812344821", store=store_a)
    loser = make_member(phone="+8613812344821", store=store_a)
    loser.phones.update(opt_out_call=True)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    phone = MemberPhone.objects.get()
    assert phone.member == winner
    assert phone.opt_out_call
    assert phone.is_primary


def test_care_both_have_is_not_doubled(pair, ada):
    winner, loser = pair
    for member in pair:
        assign_care(member_id=member.pk, associate=ada, actor=ada)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    assert MemberCare.objects.filter(member=winner, until_on__isnull=True).count() == 1


def test_merging_along_a_chain_leads_straight_to_the_last_winner(pair, store_a, ada):
    winner, loser = pair
    last = make_member(name="张晓敏", store=store_a)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    merge_members(winner_id=last.pk, loser_id=winner.pk, actor=ada)
    loser.refresh_from_db()
    assert loser.merged_into == last


def test_what_cannot_be_merged_is_refused_in_words(pair, store_a, ada):
    winner, loser = pair
    third = make_member(store=store_a)
    with pytest.raises(CannotMerge):
        merge_members(winner_id=winner.pk, loser_id=winner.pk, actor=ada)
    with pytest.raises(CannotMerge):
        merge_members(winner_id=winner.pk, loser_id=make_group(store=store_a).pk, actor=ada)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    with pytest.raises(CannotMerge):
        merge_members(winner_id=third.pk, loser_id=loser.pk, actor=ada)
    with pytest.raises(MemberMerged) as caught:
        issue_card(member_id=loser.pk, actor=ada)
    assert caught.value.winner_id == winner.pk


def test_two_companies_with_the_same_buyer_keep_one_with_both_cards(store_a, ada):
    winner, loser = make_group(store=store_a), make_group(store=store_a)
    for group in (winner, loser):
        buyer = make_buyer(group)
        issue_card(member_id=group.pk, actor=ada, holder_id=buyer.pk)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    assert winner.buyers.filter(is_active=True).get().cards.count() == 2


def test_contacts_follow(pair, store_a, ada):
    winner, loser = pair
    contact = make_contact(store_a, came_with=loser)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    contact.refresh_from_db()
    assert contact.came_with == winner


def test_receivers_run_inside_the_transaction_and_undo_it_when_they_fail(pair, ada):
    winner, loser = pair

    def fail(sender, winner_id, loser_id, **_):
        raise RuntimeError("points could not follow")

    member_merged.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    finally:
        member_merged.disconnect(fail)
    loser.refresh_from_db()
    assert loser.merged_into is None
    assert winner.cards.count() == 1
