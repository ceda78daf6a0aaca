import pytest
from django.urls import reverse

from members.models import Consent, Contact, Member, MemberNote
from members.tests.factories import make_buyer, make_contact, make_group, make_member
from staff.models import AuditEntry
from staff.tests.factories import make_user
from stores.models import Chain
from stores.tests.factories import make_counter


@pytest.fixture
def member(store_a):
    return make_member(store=store_a, phone="+8613812344821", email="z@example.com")


@pytest.fixture
def clerk(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def apart(db):
    """The stores do not share their member base."""
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False})
    Chain.forget()
    yield
    Chain.forget()


def url(name, *args):
    return reverse(f"members:{name}", args=args)


def enrol(client, store, /, **given):
    data = {"phone": "138 1234 4821", "name": "张晓敏", "store": store.pk} | given
    return client.post(url("member_enrol"), data, follow=True)


# Enrolment ----------------------------------------------------------------------------------------


def test_a_clerk_enrols_somebody_and_lands_on_their_page(clerk, store_a):
    page = enrol(clerk, store_a, birth_month="8", birth_day="6", birth_calendar="lunar", consents=["sms"])
    assert page.status_code == 200
    member = Member.objects.get()
    assert page.redirect_chain[-1][0] == url("member_detail", member.pk)
    assert "张晓敏" in page.content.decode()
    assert "八月初六" in page.content.decode()
    assert "13812344821" not in page.content.decode()
    assert member.allows_sms


def test_a_duplicate_is_welcomed_back(clerk, store_a):
    enrol(clerk, store_a)
    page = enrol(clerk, store_a)
    assert Member.objects.count() == 1
    assert "欢迎" in page.content.decode() or "Welcome back" in page.content.decode()


def test_a_shared_number_asks_back_and_the_second_person_is_enrolled(clerk, store_a, member):
    page = enrol(clerk, store_a, name="王建国")
    assert page.status_code == 422
    assert url("member_detail", member.pk) in page.content.decode()
    assert "王建国" in page.content.decode()
    assert Member.objects.count() == 1
    enrol(clerk, store_a, name="王建国", shares_phone="1")
    assert Member.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": "1381234"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"name": ""}, "name"),
        ({"birth_month": "2", "birth_day": "30"}, "birth_day"),
        ({"birth_month": "2"}, "birth_day"),
        ({"birth_day": "2"}, "birth_month"),
        ({"store": "999999"}, "store"),
    ],
)
def test_bad_input_is_said_beside_the_field_and_keeps_what_was_typed(clerk, store_a, given, field):
    page = enrol(clerk, store_a, **given)
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {field}
    if field != "name":
        assert "张晓敏" in page.content.decode()
    assert not Member.objects.exists()


def test_a_clerk_enrols_in_the_own_store_only(clerk, store_b):
    page = enrol(clerk, store_b)
    assert page.status_code == 422
    assert "store" in page.context["form"].errors


# The member's page ---------------------------------------------------------------------------------


def test_the_page_shows_the_member_with_masked_numbers(clerk, member):
    html = clerk.get(url("member_detail", member.pk)).content.decode()
    assert "张晓敏" in html
    assert "138****4821" in html
    assert "13812344821" not in html
    assert member.cards.get().number not in html


def test_a_merged_member_leads_to_the_winner(clerk, member, store_a):
    winner = make_member(store=store_a)
    Member.objects.filter(pk=member.pk).update(merged_into=winner)
    assert clerk.get(url("member_detail", member.pk)).url == url("member_detail", winner.pk)


def test_there_is_no_page_for_nobody(clerk):
    for pk in (999_999, 9_223_372_036_854_775_807, 10**30):
        assert clerk.get(url("member_detail", pk)).status_code == 404


def test_a_member_of_another_store_is_masked_where_the_base_is_not_shared(apart, client, ben, member):
    client.force_login(ben)
    html = client.get(url("member_detail", member.pk)).content.decode()
    assert "张**" in html
    assert "张晓敏" not in html
    assert "z@example.com" not in html
    assert client.get(url("member_edit", member.pk)).status_code == 403
    assert "张晓敏" not in client.get(url("member_search"), {"q": "4821"}, follow=True).content.decode()
    assert "张" not in client.get(url("member_list")).content.decode()


def test_a_shared_base_is_open_to_every_store(client, ben, member):
    client.force_login(ben)
    assert "张晓敏" in client.get(url("member_detail", member.pk)).content.decode()


@pytest.mark.parametrize("group", [False, True])
def test_the_page_takes_few_queries(clerk, store_a, ada, group, django_assert_max_num_queries):
    subject = make_group(store=store_a) if group else make_member(store=store_a)
    if group:
        for name in ("甲", "乙", "丙"):
            make_buyer(subject, name=name)
    for n in range(6):
        MemberNote.objects.create(member=subject, text=f"注 {n}", by=ada)
    clerk.get(url("member_detail", subject.pk))
    with django_assert_max_num_queries(15):
        clerk.get(url("member_detail", subject.pk))


# Changing ------------------------------------------------------------------------------------------


def details(member, **given):
    return {
        "name": member.name,
        "language": "zh-hans",
        "home_store": member.home_store_id or "",
        "birth_calendar": "solar",
        **given,
    }


def test_details_are_edited(clerk, member):
    page = clerk.post(
        url("member_edit", member.pk),
        details(member, name="张小满", city="青岛", birth_month="5", birth_day="2"),
        follow=True,
    )
    member.refresh_from_db()
    assert (member.name, member.city, member.birth_day) == ("张小满", "青岛", 2)
    assert "张小满" in page.content.decode()


def test_a_note_is_added_and_escaped(clerk, member):
    html = clerk.post(url("note_add", member.pk), {"text": "<script>alert(1)</script>"}, follow=True).content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;" in html


def test_consent_is_recorded_with_history(clerk, member):
    for answer in ("yes", "no"):
        clerk.post(
            url("consent_change", member.pk),
            {"channel": "sms", "purpose": "marketing", "granted": answer, "source": "desk"},
        )
    assert list(Consent.objects.order_by("pk").values_list("granted", flat=True)) == [True, False]
    assert clerk.get(url("consent_change", member.pk)).content.decode().count("<tr>") >= 12


def test_cards_are_blocked_unblocked_lost_replaced_and_closed(clerk, member):
    card = member.cards.get()
    clerk.post(url("card_block", card.pk), {"reason": "争议"})
    card.refresh_from_db()
    assert card.status == "blocked"
    clerk.post(url("card_unblock", card.pk))
    clerk.post(url("card_lose", card.pk))
    card.refresh_from_db()
    assert card.status == "lost"
    clerk.post(url("card_replace", card.pk), {"number": ""})
    assert member.cards.count() == 2
    page = clerk.post(url("card_lose", card.pk), follow=True)
    assert page.status_code == 200
    clerk.post(url("card_issue", member.pk), {"number": "6688 0001"})
    assert member.cards.filter(number="66880001").exists()


def test_phones_are_added_corrected_made_main_and_removed(clerk, member):
    clerk.post(url("phone_add", member.pk), {"phone": "139 0000 1111"})
    phone = member.phones.get(e164="+8613900001111")
    clerk.post(url("phone_make_primary", phone.pk))
    clerk.post(url("phone_change", phone.pk), {"phone": "13900002222"})
    phone.refresh_from_db()
    assert (phone.e164, phone.is_primary) == ("+8613900002222", True)
    clerk.post(url("phone_mark_invalid", phone.pk))
    clerk.post(url("phone_remove", phone.pk))
    assert member.phones.get().is_primary
    assert clerk.post(url("phone_add", member.pk), {"phone": "12"}).status_code == 422


def test_a_number_is_shown_in_full_only_by_post_and_with_a_trace(clerk, member):
    phone = member.phones.get()
    assert "13812344821" not in clerk.get(url("phone_reveal", phone.pk)).content.decode()
    page = clerk.post(url("phone_reveal", phone.pk), {"reason": "callback"})
    assert "13812344821" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(action="members.phone_revealed").count() == 1


def test_transitions_are_post_only(clerk, member):
    card, phone = member.cards.get(), member.phones.get()
    for name, pk in (
        ("card_unblock", card.pk),
        ("card_lose", card.pk),
        ("phone_remove", phone.pk),
        ("phone_make_primary", phone.pk),
    ):
        assert clerk.get(url(name, pk)).status_code == 405


# Companies, care, contacts, merging -----------------------------------------------------------------


def test_a_company_gets_contacts_buyers_cards_and_a_discount(clerk, store_a):
    page = clerk.post(
        url("group_enrol"), {"name": "海天商贸", "phone": "0532-85861234", "store": store_a.pk}, follow=True
    )
    group = Member.objects.get(kind="group")
    assert "海天商贸" in page.content.decode()
    clerk.post(url("group_contact_add", group.pk), {"name": "王经理", "phone": "13800000001"})
    clerk.post(url("buyer_add", group.pk), {"name": "李采购"})
    buyer = group.buyers.get()
    clerk.post(url("buyer_card_issue", group.pk, buyer.pk), {"number": ""})
    clerk.post(url("discount_agree", group.pk), {"discount": "0.85"})
    html = clerk.get(url("member_detail", group.pk)).content.decode()
    assert "李采购" in html
    assert "王经理" in html
    assert "13800000001" not in html
    assert buyer.cards.count() == 2
    clerk.post(url("buyer_retire", buyer.pk))
    clerk.post(url("group_contact_retire", group.contacts.get().pk))
    group.refresh_from_db()
    assert str(group.agreed_discount) == "0.8500"
    assert not group.buyers.filter(is_active=True).exists()


def test_an_associate_sees_own_customers_in_clear_and_others_masked(client, store_a, ada, member):
    counter = make_counter(store_a)
    associate = make_user("associate", [store_a], username="dao")
    associate.counters.add(counter)
    other = make_member(name="李明", store=store_a)
    client.force_login(ada)
    client.post(
        url("care_assign", member.pk), {"associate": associate.pk, "counter": counter.pk, "from_on": "2026-01-01"}
    )

    client.force_login(associate)
    mine = client.get(url("care_list")).content.decode()
    assert "张晓敏" in mine
    assert "李明" not in mine
    assert "张晓敏" in client.get(url("member_list")).content.decode()
    assert "李*" in client.get(url("member_detail", other.pk)).content.decode()
    assert client.post(url("note_add", other.pk), {"text": "x"}).status_code == 403
    assert client.post(url("note_add", member.pk), {"text": "x"}).status_code == 302

    client.force_login(ada)
    client.post(url("care_end", member.care.get().pk))
    assert member.care.get().until_on is not None


def test_a_contact_is_noted_listed_and_enrolled(clerk, store_a):
    clerk.post(
        url("contact_new"), {"name": "路人", "phone": "13812344821", "asked_for": "羊绒大衣 M", "store": store_a.pk}
    )
    contact = Contact.objects.get()
    html = clerk.get(url("contact_list")).content.decode()
    assert "羊绒大衣 M" in html
    assert "13812344821" not in html
    page = clerk.post(url("contact_convert", contact.pk), {"name": "李明", "phone": "13812344821"}, follow=True)
    assert "李明" in page.content.decode()
    assert clerk.get(url("contact_convert", contact.pk)).status_code == 302


@pytest.mark.usefixtures("merges_alone")
def test_two_entries_are_found_compared_and_merged(clerk, member, store_a):
    other = make_member(name="张小敏", store=store_a)
    assert url("member_merge", member.pk) in clerk.get(url("member_detail", member.pk)).content.decode()
    assert f"?with={other.pk}" in clerk.get(url("member_merge", member.pk), {"q": "zxm"}).content.decode()
    page = clerk.get(url("member_merge", member.pk), {"with": other.pk}).content.decode()
    assert "张小敏" in page
    clerk.post(url("member_merge", member.pk), {"loser": other.pk, "reason": "同一人"})
    other.refresh_from_db()
    assert other.merged_into == member
    for bad in ("abc", "²", "", str(member.pk), "9" * 40):
        assert clerk.get(url("member_merge", member.pk), {"with": bad}).status_code in (200, 404)


# Lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["member_list", "contact_list", "desk", "care_list"])
def test_lists_take_the_same_queries_for_3_and_30_rows(client, store_a, ada, name, django_assert_max_num_queries):
    client.force_login(ada)

    def fill(number):
        for _ in range(number):
            subject = make_member(store=store_a)
            make_contact(store_a, came_with=subject)
            subject.care.create(associate=ada, member=subject)

    fill(3)
    client.get(url(name))
    with django_assert_max_num_queries(15) as few:
        client.get(url(name))
    fill(27)
    with django_assert_max_num_queries(15) as many:
        client.get(url(name))
    assert len(many) == len(few)


def test_the_list_is_filtered_and_odd_filters_do_no_harm(clerk, member, store_a, store_b):
    make_member(name="李明", store=store_b, category="big_customer")
    html = clerk.get(url("member_list"), {"home_store": store_a.pk}).content.decode()
    assert "张晓敏" in html
    assert "李明" not in html
    assert "张晓敏" not in clerk.get(url("member_list"), {"category": "big_customer"}).content.decode()
    for odd in ({"since": "x"}, {"home_store": "x"}, {"page": "-1"}, {"sort": "drop"}, {"associate": "99999"}):
        assert clerk.get(url("member_list"), odd).status_code == 200


def test_the_export_is_masked_and_only_for_those_who_may(client, clerk, member, store_a):
    assert clerk.get(url("member_list"), {"export": "xlsx"})["Content-Type"].startswith("text/html")
    client.force_login(make_user("manager", [store_a]))
    answer = client.get(url("member_list"), {"export": "xlsx"})
    assert "spreadsheet" in answer["Content-Type"]
    from io import BytesIO

    from openpyxl import load_workbook

    values = [cell for row in load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True) for cell in row]
    assert "138****4821" in values
    assert not any("13812344821" in str(value) for value in values)


def test_one_hit_opens_at_once_and_none_offers_to_enrol(clerk, member):
    assert clerk.get(url("member_search"), {"q": "zxm 4821"}).url == url("member_detail", member.pk)
    assert url("member_enrol") in clerk.get(url("member_search"), {"q": "13999999999"}).content.decode()
    assert clerk.get(url("member_search"), {"q": ""}).status_code == 200
    assert clerk.get(url("member_search"), {"q": "\x00'%_\\"}).status_code == 200


def test_the_search_box_on_every_page_finds_members(clerk, member):
    html = clerk.get(reverse("search"), {"q": "zxm"}, headers={"HX-Request": "true"}).content.decode()
    assert "138****4821" in html
    assert url("member_detail", member.pk) in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_open_in_both_languages(clerk, member, language):
    clerk.cookies["atrium_language"] = language
    for name, args in (("member_list", []), ("member_detail", [member.pk]), ("member_enrol", []), ("desk", [])):
        assert clerk.get(url(name, *args)).status_code == 200
