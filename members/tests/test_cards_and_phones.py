import pytest

from kit.errors import Conflict, DomainError
from kit.phones import InvalidPhone
from members.exceptions import CardNotChangeable
from members.models import MemberCard, MemberPhone
from members.services import cards, phones
from members.services.numbering import card_number, luhn_is_right
from members.tests.factories import make_member
from staff.models import AuditEntry


@pytest.fixture
def member(store_a):
    return make_member(store=store_a, phone="+8613812344821")


@pytest.fixture
def card(member):
    return member.cards.get()


def test_card_numbers_have_a_check_digit_that_sees_typing_errors():
    number = card_number(12345)
    assert luhn_is_right(number)
    assert not luhn_is_right(number[:-2] + number[-1] + number[-2] if number[-1] != number[-2] else number[:-1] + "x")
    assert not luhn_is_right("٣٤")
    assert len({card_number(n) for n in range(500)}) == 500


def test_a_card_is_blocked_and_unblocked(card, ada):
    cards.block_card(card_id=card.pk, reason="争议", actor=ada)
    again = cards.block_card(card_id=card.pk, reason="别的", actor=ada)
    assert (again.status, again.blocked_reason) == ("blocked", "争议")
    assert cards.unblock_card(card_id=card.pk, actor=ada).is_usable
    assert AuditEntry.objects.filter(action="members.card_status_changed").count() == 2


def test_a_lost_card_is_replaced_once(card, ada):
    cards.lose_card(card_id=card.pk, actor=ada)
    successor = cards.replace_card(card_id=card.pk, actor=ada)
    assert cards.replace_card(card_id=card.pk, actor=ada) == successor
    card.refresh_from_db()
    assert (card.status, card.replaced_by) == ("replaced", successor)
    assert MemberCard.objects.count() == 2


def test_a_closed_card_stays_closed(card, ada):
    cards.close_card(card_id=card.pk, reason="退卡", actor=ada)
    for deed in (
        lambda: cards.unblock_card(card_id=card.pk, actor=ada),
        lambda: cards.replace_card(card_id=card.pk, actor=ada),
        lambda: cards.lose_card(card_id=card.pk, actor=ada),
    ):
        with pytest.raises(CardNotChangeable):
            deed()


def test_a_preprinted_number_is_used_once(member, store_a, ada):
    first = cards.issue_card(member_id=member.pk, number="6688 0001", actor=ada)
    assert cards.issue_card(member_id=member.pk, number="66880001", actor=ada) == first
    other = make_member(store=store_a)
    with pytest.raises(CardNotChangeable):
        cards.issue_card(member_id=other.pk, number="66880001", actor=ada)
    with pytest.raises(DomainError):
        cards.issue_card(member_id=other.pk, number="6;6", actor=ada)


def test_a_further_number_is_added_once_and_made_the_main_one(member, ada):
    phone = phones.add_phone(member_id=member.pk, phone="0532-85861234", actor=ada)
    assert phones.add_phone(member_id=member.pk, phone="053285861234", actor=ada) == phone
    assert not phone.is_primary
    phones.make_phone_primary(phone_id=phone.pk, actor=ada)
    phones.make_phone_primary(phone_id=phone.pk, actor=ada)
    assert list(member.phones.filter(is_primary=True)) == [phone]


def test_removing_the_main_number_makes_the_next_one_the_main(member, ada):
    main = member.phones.get()
    other = phones.add_phone(member_id=member.pk, phone="13900001111", actor=ada)
    phones.remove_phone(phone_id=main.pk, actor=ada)
    phones.remove_phone(phone_id=main.pk, actor=ada)
    other.refresh_from_db()
    assert other.is_primary
    assert MemberPhone.objects.count() == 1


def test_a_corrected_number_has_to_be_verified_anew(member, ada):
    phone = member.phones.get()
    phones.verify_phone(phone_id=phone.pk, actor=ada)
    changed = phones.change_phone(phone_id=phone.pk, phone="13800000000", actor=ada)
    assert (changed.e164, changed.tail, changed.verified_at) == ("+8613800000000", "0000", None)
    other = phones.add_phone(member_id=member.pk, phone="13900001111", actor=ada)
    with pytest.raises(Conflict):
        phones.change_phone(phone_id=other.pk, phone="13800000000", actor=ada)
    with pytest.raises(InvalidPhone):
        phones.change_phone(phone_id=other.pk, phone="12", actor=ada)


def test_showing_a_number_in_full_is_written_down(member, ada):
    phone = member.phones.get()
    assert phones.reveal_phone(phone_id=phone.pk, reason="回拨", actor=ada) == "13812344821"
    entry = AuditEntry.objects.get(action="members.phone_revealed")
    assert entry.actor == ada
    assert "13812344821" not in str(entry.data)
