from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kit.errors import DomainError
from members.birthdays import Birthday, NotABirthday, is_today
from members.exceptions import NotAGroup
from members.models import Contact, Member, MemberNote, MemberSearch
from members.services import birthdays, care, contacts, editing, groups, notes
from members.services.editing import Address
from members.tests.factories import make_contact, make_group, make_member
from stores.tests.factories import make_counter


@pytest.fixture
def member(store_a):
    return make_member(store=store_a)


def edit(member, actor, **given):
    return editing.edit_member(
        **{
            "member_id": member.pk, "actor": actor, "name": member.name, "name_en": "", "gender": "", "birthday": None,
            "email": "", "language": "zh-hans", "home_store": member.home_store, "address": Address(), **given,
        }
    )  # fmt: skip


def test_editing_writes_the_changed_fields_and_the_search_row(member, ada):
    edited = edit(member, ada, name="张 小满", birthday=Birthday(8, 6, 1985, lunar=True), address=Address(city="青岛"))
    assert (edited.name, edited.city, edited.birth_calendar) == ("张小满", "青岛", "lunar")
    assert MemberSearch.objects.get(member=member).py == "zhangxiaoman"


def test_the_same_details_again_change_nothing(member, ada):
    before = member.updated_at
    assert edit(member, ada).updated_at == before


def test_a_member_keeps_a_name(member, ada):
    with pytest.raises(DomainError):
        edit(member, ada, name=" ")


@pytest.mark.parametrize(
    "given", [(2, 30), (13, 1), (4, 31), (0, 0), (2, 29, 2025), (1, 1, 1800), (12, 31, None, True)]
)
def test_days_no_calendar_has_are_refused(given):
    with pytest.raises(NotABirthday):
        Birthday(*given)


def test_a_lunar_birthday_is_today_on_its_solar_date(member, ada):
    edit(member, ada, birthday=Birthday(8, 6, lunar=True))
    member.refresh_from_db()
    assert is_today(member, date(2026, 9, 16))
    assert not is_today(member, date(2026, 8, 6))


def test_the_nightly_step_moves_past_birthdays_on(member, ada, store_a):
    today = timezone.localdate()
    Member.objects.filter(pk=member.pk).update(birth_month=3, birth_day=5, next_birthday_on=today - timedelta(days=1))
    lunar = make_member(store=store_a, **Birthday(8, 6, lunar=True).columns(date(2020, 1, 1)))
    assert birthdays.roll_birthdays(today=today) == 2
    assert birthdays.roll_birthdays(today=today) == 0
    member.refresh_from_db()
    lunar.refresh_from_db()
    assert member.next_birthday_on == Birthday(3, 5).next_on(today)
    assert lunar.next_birthday_on >= today


def test_status_and_category_change_once(member, ada):
    for _ in range(2):
        assert editing.freeze_member(member_id=member.pk, reason="核查", actor=ada).status == "frozen"
        assert editing.reactivate_member(member_id=member.pk, reason="", actor=ada).status == "active"
        assert editing.close_member(member_id=member.pk, reason="本人要求", actor=ada).status == "closed"
    assert editing.categorise_member(member_id=member.pk, category="big_customer", actor=ada).category == "big_customer"
    with pytest.raises(DomainError):
        editing.categorise_member(member_id=member.pk, category="group", actor=ada)


def test_a_double_click_writes_one_note(member, ada):
    notes.add_note(member_id=member.pk, text="喜欢米色", actor=ada)
    notes.add_note(member_id=member.pk, text=" 喜欢米色 ", actor=ada)
    assert MemberNote.objects.count() == 1
    with pytest.raises(DomainError):
        notes.add_note(member_id=member.pk, text=" ", actor=ada)


def test_care_is_assigned_once_and_ends_once(member, ada, store_a):
    counter = make_counter(store_a)
    first = care.assign_care(member_id=member.pk, associate=ada, counter=counter, actor=ada)
    assert care.assign_care(member_id=member.pk, associate=ada, counter=counter, actor=ada) == first
    assert care.assign_care(member_id=member.pk, associate=ada, actor=ada) != first
    ended = care.end_care(care_id=first.pk, actor=ada)
    assert care.end_care(care_id=first.pk, actor=ada, until_on=date(2030, 1, 1)).until_on == ended.until_on
    with pytest.raises(DomainError):
        care.assign_care(
            member_id=member.pk, associate=ada, actor=ada, from_on=date(2026, 1, 2), until_on=date(2026, 1, 1)
        )


def test_a_group_has_contacts_buyers_with_cards_and_an_agreed_discount(store_a, ada):
    group = make_group(store=store_a, card=False)
    contact = groups.add_group_contact(group_id=group.pk, name="王经理", phone="13800000001", actor=ada)
    assert groups.add_group_contact(group_id=group.pk, name="王经理", title="采购", actor=ada) == contact
    buyer = groups.add_buyer(group_id=group.pk, name="李采购", actor=ada)
    assert groups.add_buyer(group_id=group.pk, name="李采购", actor=ada) == buyer
    assert buyer.cards.get().is_usable
    groups.agree_discount(group_id=group.pk, discount=Decimal("0.85"), actor=ada)
    group.refresh_from_db()
    assert group.agreed_discount == Decimal("0.85")
    groups.retire_buyer(buyer_id=buyer.pk, actor=ada)
    groups.retire_buyer(buyer_id=buyer.pk, actor=ada)
    assert buyer.cards.get().status == "closed"
    assert groups.retire_group_contact(contact_id=contact.pk, actor=ada).is_active is False
    with pytest.raises(DomainError):
        groups.agree_discount(group_id=group.pk, discount=Decimal("1.2"), actor=ada)


def test_a_person_has_no_buyers(member, ada):
    with pytest.raises(NotAGroup):
        groups.add_buyer(group_id=member.pk, name="李采购", actor=ada)


def test_a_contact_is_noted_once_and_converted_once(store_a, ada, member):
    given = {"store": store_a, "actor": ada, "name": "路人", "phone": "13812344821", "came_with": member}
    contact = contacts.note_contact(**given)
    assert contacts.note_contact(**given) == contact
    first = contacts.convert_contact(contact_id=contact.pk, name="李明", phone="13812344821", store=store_a, actor=ada)
    again = contacts.convert_contact(contact_id=contact.pk, name="李明", phone="13812344821", store=store_a, actor=ada)
    assert first.created
    assert not again.created
    assert again.member == first.member
    assert Contact.objects.get().converted_to == first.member


def test_a_contact_needs_something_to_remember(store_a, store_b, ada):
    with pytest.raises(DomainError):
        contacts.note_contact(store=store_a, actor=ada)
    with pytest.raises(DomainError):
        contacts.note_contact(store=store_a, actor=ada, name="路人", counter=make_counter(store_b))


def test_a_contact_with_another_number_than_noted_becomes_a_member_too(store_a, ada):
    contact = make_contact(store_a, phone="+8613900000001")
    result = contacts.convert_contact(contact_id=contact.pk, name="李明", phone="13900000002", store=store_a, actor=ada)
    contact.refresh_from_db()
    assert contact.converted_to == result.member
