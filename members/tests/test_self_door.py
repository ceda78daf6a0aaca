import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kit.testing import counted_queries
from members.models import Consent, DuplicatePair, Member, MemberPhone, MemberSession, ProofCode
from members.services.proofs import drop_old_proofs
from members.services.self_sessions import COOKIE
from members.tests.factories import make_member
from members.tests.self_walk import last_code, prove, signed_in, verified
from staff.models import AuditEntry, Outbox
from staff.services.outbox import send_due

NUMBER = "+8613812344821"
FORM = {"name": "张晓敏", "terms": "on", "gender": "female"}


def apply(client, store, **fields):
    return client.post("/me/apply/", {**FORM, "store": store.pk, **fields})


def ago(**span):
    ProofCode.objects.update(asked_at=timezone.now() - timedelta(**span))


def test_a_phone_becomes_a_member_with_a_card_on_the_screen(client, store_a):
    store_a.code = "S01"
    store_a.save()
    assert client.get("/me/").url == "/me/enter/"
    assert client.get("/me/apply/S01/").url == "/me/enter/"
    assert prove(client, NUMBER).url == "/me/apply/"
    page = client.get("/me/apply/")
    assert not re.search(r"type=\"checkbox\"[^>]*checked", page.content.decode())
    assert page.context["form"].initial["store"] == store_a.pk
    answer = apply(
        client, store_a, consent_sms="on", birth_calendar="lunar", birth_month="8", birth_day="15", birth_year="1990"
    )
    assert answer.url == "/me/"
    member = Member.objects.get()
    assert (member.name, member.source, member.home_store, member.birth_calendar) == ("张晓敏", "web", store_a, "lunar")
    assert member.phones.get().verified_at
    home = client.get("/me/")
    assert member.cards.get().number in home.content.decode()
    assert '<svg class="qr"' in home.content.decode()
    consent = Consent.objects.get()
    assert (consent.channel, consent.granted, consent.source) == ("sms", True, "web")
    assert consent.evidence.startswith("2026-11: ")
    assert (member.allows_sms, member.allows_phone) == (True, False)


def test_without_the_privacy_notice_there_is_no_card(client, store_a):
    prove(client, NUMBER)
    answer = client.post("/me/apply/", {"name": "张晓敏", "store": store_a.pk})
    assert answer.status_code == 422
    assert not Member.objects.exists()


def test_somebody_known_signs_in_and_is_not_made_twice(client, store_a):
    member = make_member(store=store_a, phone=NUMBER)
    verified(member)
    assert prove(client, NUMBER).url == "/me/"
    assert client.get("/me/").context["member"] == member
    assert Member.objects.count() == 1


def test_a_number_nobody_proved_joins_the_member_whose_name_fits(client, store_a):
    member = make_member(store=store_a, phone=NUMBER, name="张晓敏")
    assert prove(client, NUMBER).url == "/me/apply/"
    apply(client, store_a, consent_email="on")
    assert Member.objects.get() == member
    assert member.phones.get().verified_at
    assert Consent.objects.get().member == member


def test_another_name_becomes_a_new_member_and_a_pair_to_look_at(client, store_a):
    member = make_member(store=store_a, phone=NUMBER, name="王建国")
    prove(client, NUMBER)
    apply(client, store_a)
    new = Member.objects.exclude(pk=member.pk).get()
    assert not member.phones.get().verified_at
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second, pair.evidence) == (member, new, ["number_proved"])
    from members.services.duplicates import scan_for_duplicates

    assert scan_for_duplicates() == 1


def test_a_family_is_asked_who_it_is_by_masked_names(client, store_a):
    one = make_member(store=store_a, phone=NUMBER, name="张晓敏")
    two = make_member(store=store_a, phone=NUMBER, name="王建国")
    stranger = make_member(store=store_a, name="李四")
    MemberPhone.objects.filter(e164=NUMBER).update(verified_at=timezone.now())
    assert prove(client, NUMBER).url == "/me/choose/"
    page = client.get("/me/choose/").content.decode()
    assert "张**" in page
    assert "张晓敏" not in page
    assert client.post("/me/choose/", {"member": stranger.pk}).url == "/me/enter/"
    assert client.get("/me/").url == "/me/enter/"
    assert client.post("/me/choose/", {"member": two.pk}).url == "/me/"
    assert client.get("/me/").context["member"] == two
    assert one.pk != two.pk


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nobody_learns_whether_a_number_is_a_members(language, settings, store_a):
    make_member(store=store_a, phone=NUMBER)
    seen = []
    for number in (NUMBER, "+8613912344821"):
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        with counted_queries() as queries:
            answer = client.post("/me/enter/", {"phone": number})
        page = client.get("/me/code/").content.decode()
        wrong = client.post("/me/code/", {"code": "000000"} if last_code(number) != "000000" else {"code": "111111"})
        bare = re.sub(r"1\d\d\*{4}\d{4}|csrf.*?>", "", page)
        shape = [re.sub(r"\d+|'[^']*'", "?", query["sql"]) for query in queries]
        told = re.sub(r"1\d\d\*{4}\d{4}|csrf.*?>", "", wrong.content.decode())
        seen.append((answer.status_code, answer.url, bare, wrong.status_code, told, len(shape)))
        assert not any("members_member" in sql.replace("members_memberx", "") for sql in shape)
    assert seen[0] == seen[1]


def test_a_second_wish_within_a_minute_sends_nothing_and_tells_nothing(client, db):
    first = client.post("/me/enter/", {"phone": NUMBER})
    again = client.post("/me/enter/", {"phone": NUMBER})
    assert (first.status_code, first.url) == (again.status_code, again.url)
    assert Outbox.objects.count() == 1


def test_five_codes_an_hour_for_a_number(client, db):
    for _n in range(5):
        assert client.post("/me/enter/", {"phone": NUMBER}).status_code == 302
        ago(minutes=2)
    assert client.post("/me/enter/", {"phone": NUMBER}).status_code == 422
    assert client.post("/me/enter/", {"phone": "13912344821"}).status_code == 302
    ago(minutes=61)
    assert client.post("/me/enter/", {"phone": NUMBER}).status_code == 302


@pytest.mark.parametrize("limit", ["codes_per_address", "codes_in_all"])
def test_an_address_and_the_whole_house_have_limits_too(client, db, limit):
    from stores.models import Chain

    Chain.objects.update_or_create(pk=1, defaults={"name": "中庭百货", "settings": {limit: 2}})
    Chain.forget()
    for tail in range(2):
        assert client.post("/me/enter/", {"phone": f"1391234482{tail}"}).status_code == 302
    assert client.post("/me/enter/", {"phone": "13912344829"}).status_code == 422
    elsewhere = Client(REMOTE_ADDR="10.9.9.9").post("/me/enter/", {"phone": "13912344828"}).status_code
    assert elsewhere == (302 if limit == "codes_per_address" else 422)


def test_a_code_is_guessed_five_times_at_most(client, db):
    client.post("/me/enter/", {"phone": NUMBER})
    code = last_code(NUMBER)
    for n in range(5):
        guess = f"{(int(code) + n + 1) % 10**6:06}"
        assert client.post("/me/code/", {"code": guess}).status_code == 422
    assert client.post("/me/code/", {"code": code}).status_code == 422
    assert ProofCode.objects.get().tries == 5


def test_a_code_counts_once_and_ten_minutes(client, db):
    prove(client, NUMBER)
    code = last_code(NUMBER)
    other = Client()
    other.post("/me/enter/", {"phone": NUMBER})
    assert other.post("/me/code/", {"code": code}).status_code == 422
    ago(minutes=2)
    other.post("/me/enter/", {"phone": NUMBER})
    assert other.post("/me/code/", {"code": code}).status_code == 422
    ProofCode.objects.update(expires_at=timezone.now())
    assert other.post("/me/code/", {"code": last_code(NUMBER)}).status_code == 422


def test_the_code_is_nowhere_to_be_read(client, settings, tmp_path, ada, caplog):
    settings.OUTBOX_DIR = tmp_path
    client.post("/me/enter/", {"phone": NUMBER})
    code = last_code(NUMBER)
    assert code not in ProofCode.objects.get().digest
    assert not any(code in str(row.data) for row in AuditEntry.objects.all())
    ada.role = "admin"
    ada.save()
    client.force_login(ada)
    assert code not in client.get("/outbox/").content.decode()
    send_due()
    assert code in (tmp_path / "sms.jsonl").read_text()
    assert Outbox.objects.get().body == ""
    assert code not in caplog.text


def test_a_code_that_lapsed_is_not_sent(client, settings, tmp_path, db):
    settings.OUTBOX_DIR = tmp_path
    client.post("/me/enter/", {"phone": NUMBER})
    Outbox.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    send_due()
    assert Outbox.objects.get().state == "dropped"


def test_landlines_and_nonsense_get_a_sentence(client, db):
    for number in ("0532-88881234", "abc", "1" * 30, "<script>", "１３８"):
        assert client.post("/me/enter/", {"phone": number}).status_code == 422
    assert not Outbox.objects.exists()


# Sessions ---------------------------------------------------------------------------------------------


def test_forged_foreign_and_old_keys_open_nothing(store_a, settings):
    client = signed_in(make_member(store=store_a))
    good = client.cookies[COOKIE].value
    assert client.get("/me/").status_code == 200
    for bad in ("", "x", good[:-1] + ("a" if good[-1] != "a" else "b"), good.replace(":", ";"), "\x00" * 9, "é:é:é"):
        client.cookies[COOKIE] = bad
        assert client.get("/me/").url == "/me/enter/"
    client.cookies[COOKIE] = good
    MemberSession.objects.update(opened_at=timezone.now() - timedelta(days=181))
    assert client.get("/me/").url == "/me/enter/"


def test_thirty_days_without_a_visit_end_a_session(store_a, monkeypatch):
    client = signed_in(make_member(store=store_a))
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 29 * 86400)
    assert client.get("/me/").status_code == 200
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 58 * 86400)
    assert client.get("/me/").status_code == 200
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 89 * 86400)
    assert client.get("/me/").url == "/me/enter/"


def test_leaving_ends_the_key_everywhere(store_a):
    client = signed_in(make_member(store=store_a))
    key = client.cookies[COOKIE].value
    assert client.post("/me/leave/").url == "/me/enter/"
    client.cookies[COOKIE] = key
    assert client.get("/me/").url == "/me/enter/"


def test_the_cookie_is_closed_to_scripts_and_to_the_rest_of_the_house(store_a):
    cookie = signed_in(make_member(store=store_a)).cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/me/")


def test_neither_staff_nor_members_open_the_others_door(client, ada, store_a):
    client.force_login(ada)
    assert client.get("/me/").url == "/me/enter/"
    member = signed_in(make_member(store=store_a))
    assert member.get("/members/").url.startswith("/login/")


def test_changes_need_the_token_of_the_form(store_a):
    member = make_member(store=store_a)
    key = signed_in(member).cookies[COOKIE].value
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[COOKIE] = key
    assert strict.post("/me/consent/", {"channel": "sms", "granted": "yes"}).status_code == 403
    assert strict.post("/me/enter/", {"phone": NUMBER}).status_code == 403


def test_reading_pages_writes_nothing(store_a):
    client = signed_in(make_member(store=store_a))
    for path in ("/me/", "/me/details/", "/me/details/edit/", "/me/enter/"):
        with counted_queries() as queries:
            client.get(path)
        assert [q["sql"] for q in queries if not q["sql"].lstrip().startswith("SELECT")] == []
        assert len(queries) <= 15


def test_a_closed_member_is_out(store_a):
    member = make_member(store=store_a)
    client = signed_in(member)
    Member.objects.update(status="closed")
    assert client.get("/me/").url == "/me/enter/"


def test_old_codes_are_forgotten(client, db):
    prove(client, NUMBER)
    ago(days=3)
    assert (drop_old_proofs(), drop_old_proofs()) == (1, 0)


# What members change ----------------------------------------------------------------------------------


def test_each_switch_is_a_row_of_its_own(store_a):
    member = make_member(store=store_a)
    client = signed_in(member)
    for granted in ("yes", "yes", "no"):
        client.post("/me/consent/", {"channel": "wechat", "granted": granted})
    rows = list(Consent.objects.order_by("pk").values_list("channel", "granted", "source"))
    assert rows == [("wechat", True, "web"), ("wechat", False, "web")]
    assert client.post("/me/consent/", {"channel": "pigeon", "granted": "yes"}).url == "/me/details/"
    assert Consent.objects.count() == 2


def test_do_not_call_me(store_a):
    member = make_member(store=store_a, allows_phone=True)
    client = signed_in(member)
    client.post("/me/calls/stop/")
    member.refresh_from_db()
    assert (member.allows_phone, member.phones.get().opt_out_call) == (False, True)
    client.post("/me/calls/allow/")
    assert not member.phones.get().opt_out_call
    assert not Member.objects.get().allows_phone


def test_details_are_changed_but_neither_name_nor_a_known_birthday(store_a):
    member = make_member(store=store_a, birth_month=5, birth_day=1, gender="female")
    client = signed_in(member)
    form = {"email": "zxm@example.com", "language": "en", "city": "青岛", "street": "<script>alert(1)</script>"}
    extra = {"name": "别人", "birth_month": "6", "birth_day": "2", "gender": "male", "birth_calendar": "solar"}
    assert client.post("/me/details/edit/", form | extra).url == "/me/details/"
    member.refresh_from_db()
    assert (member.email, member.language, member.city, member.name) == ("zxm@example.com", "en", "青岛", "张晓敏")
    assert (member.birth_month, member.gender) == (5, "female")
    assert "<script>alert" not in client.get("/me/details/").content.decode()


def test_a_birthday_is_filled_in_once(store_a):
    member = make_member(store=store_a)
    client = signed_in(member)
    form = {"language": "zh-hans", "birth_calendar": "solar", "birth_month": "6", "birth_day": "2"}
    client.post("/me/details/edit/", form)
    client.post("/me/details/edit/", form | {"birth_month": "7"})
    assert Member.objects.get().birth_month == 6


def test_a_hostile_name_is_only_text(client, store_a):
    prove(client, NUMBER)
    apply(client, store_a, name="<img src=x onerror=alert(1)>")
    assert "<img" not in client.get("/me/").content.decode()
