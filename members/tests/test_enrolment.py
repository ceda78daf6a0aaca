import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from kit import phones
from kit.errors import DomainError
from members.birthdays import Birthday
from members.exceptions import PhoneShared
from members.models import Consent, Contact, Member, MemberCard, MemberPhone, MemberSearch
from members.services import enrolment
from members.services.enrolment import enrol_member
from members.services.numbering import luhn_is_right
from members.signals import member_enrolled
from members.tests.factories import make_contact, make_member
from staff.models import AuditEntry


def enrol(actor, store, **given):
    return enrol_member(**{"name": "张晓敏", "phone": "138 1234 4821", "store": store, "actor": actor, **given})


def test_enrolment_makes_a_member_with_number_card_phone_search_row_and_audit(ada, store_a):
    result = enrol(ada, store_a, gender="female", birthday=Birthday(8, 6, lunar=True), consents=["sms", "phone"])

    member = result.member
    assert result.created
    assert member.member_no.startswith("M")
    assert member.home_store == store_a
    assert member.enrolled_by == ada
    assert member.next_birthday_on >= timezone.localdate()
    card = member.cards.get()
    assert card.number.startswith("8800")
    assert luhn_is_right(card.number)
    phone = member.phones.get()
    assert (phone.e164, phone.tail, phone.is_primary) == ("+8613812344821", "4821", True)
    assert MemberSearch.objects.get(member=member).ini == "zxm"
    assert Consent.objects.filter(member=member, granted=True).count() == 2
    member.refresh_from_db()
    assert member.allows_sms
    assert member.allows_phone
    assert not member.allows_email
    entry = AuditEntry.objects.get(action="members.member_enrolled")
    assert entry.subject_id == member.pk
    assert "13812344821" not in str(entry.data)


def test_the_same_phone_and_name_is_welcomed_back_and_writes_nothing(ada, store_a):
    first = enrol(ada, store_a)
    again = enrol(ada, store_a, phone="+86 13812344821", name="张 晓敏")
    assert not again.created
    assert again.member == first.member
    assert Member.objects.count() == 1
    assert AuditEntry.objects.filter(action="members.member_enrolled").count() == 1


def test_a_name_that_sounds_the_same_is_the_same_person(ada, store_a):
    first = enrol(ada, store_a)
    assert enrol(ada, store_a, name="章小敏").member == first.member


def test_another_name_on_the_number_asks_whether_it_is_the_same_person(ada, store_a):
    first = enrol(ada, store_a)
    with pytest.raises(PhoneShared) as caught:
        enrol(ada, store_a, name="王建国")
    assert caught.value.member_ids == [first.member.pk]
    assert "张晓敏" not in str(caught.value)


def test_a_family_shares_a_number_when_the_desk_says_so(ada, store_a):
    enrol(ada, store_a)
    second = enrol(ada, store_a, name="王建国", shares_phone=True)
    assert second.created
    assert MemberPhone.objects.filter(e164="+8613812344821").count() == 2


def test_a_verified_number_of_one_member_is_that_member_under_any_name(ada, store_a):
    first = enrol(ada, store_a, phone_is_verified=True)
    again = enrol(ada, store_a, name="敏敏")
    assert again.member == first.member
    assert not again.created


def test_a_till_may_enrol_by_phone_alone_and_the_member_is_found_again(ada, store_a):
    first = enrol(ada, store_a, name="", source="till")
    assert first.created
    assert enrol(ada, store_a, name="", source="till").member == first.member


def test_the_desk_asks_for_a_name(ada, store_a):
    with pytest.raises(DomainError):
        enrol(ada, store_a, name=" ")


@pytest.mark.parametrize("phone", ["", "10086", "1381234", "abc"])
def test_a_number_nobody_can_be_reached_at_is_refused(ada, store_a, phone):
    with pytest.raises(phones.InvalidPhone):
        enrol(ada, store_a, phone=phone)
    assert not Member.objects.exists()


def test_a_closed_member_does_not_stand_in_the_way(ada, store_a):
    make_member(name="张晓敏", phone="+8613812344821", status=Member.Status.CLOSED)
    assert enrol(ada, store_a).created


def test_an_open_contact_with_the_number_becomes_the_member(ada, store_a):
    contact = make_contact(store_a, phone="+8613812344821")
    other = make_contact(store_a, phone="+8613900000000")
    member = enrol(ada, store_a).member
    contact.refresh_from_db()
    other.refresh_from_db()
    assert contact.converted_to == member
    assert contact.converted_at
    assert other.converted_to is None


def test_apps_above_learn_of_it(ada, store_a):
    heard = []
    listen = lambda sender, member_id, **_: heard.append(member_id)  # noqa: E731
    member_enrolled.connect(listen)
    try:
        member = enrol(ada, store_a).member
        enrol(ada, store_a)
    finally:
        member_enrolled.disconnect(listen)
    assert heard == [member.pk]


def two_clerks_enrol_at_once(actor, store, monkeypatch):
    """Both look for the number before either writes, as far as the lock lets them."""
    barrier = threading.Barrier(2, timeout=1)
    look = enrolment.members_with_phone

    def look_together(e164):
        found = look(e164)
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            pass
        return found

    monkeypatch.setattr(enrolment, "members_with_phone", look_together)
    results, failures = [], []

    def clerk():
        try:
            with transaction.atomic():
                results.append(enrol(actor, store).member.pk)
        except Exception as exc:
            failures.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    return results


@pytest.mark.django_db(transaction=True)
def test_two_clerks_enrolling_one_phone_at_once_make_one_member(ada, store_a, monkeypatch):
    results = two_clerks_enrol_at_once(ada, store_a, monkeypatch)
    assert len(set(results)) == 1
    assert Member.objects.count() == 1
    assert MemberCard.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_same_person_is_enrolled_twice(ada, store_a, monkeypatch):
    monkeypatch.setattr(enrolment, "lock_phone", lambda e164: None)
    two_clerks_enrol_at_once(ada, store_a, monkeypatch)
    assert Member.objects.count() == 2


def test_contacts_are_converted_once(ada, store_a):
    make_contact(store_a, phone="+8613812344821")
    enrol(ada, store_a)
    enrol(ada, store_a)
    assert Contact.objects.filter(converted_to__isnull=False).count() == 1
