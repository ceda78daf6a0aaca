"""Suppliers through the browser: who may, who may not, what is typed wrongly, and the same queries for many rows."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from kit.testing import assert_same_queries
from staff.tests.factories import make_user
from stores.tests.factories import make_counter
from suppliers.models import Licence, Party, PartyPerson, SellingOverride
from suppliers.services.leaving import start_leaving
from suppliers.tests.factories_parties import make_licence, make_party, make_person, make_signed, make_type
from workflow.services.decisions import approve
from workflow.services.requests import open_request_of


@pytest.fixture
def role():
    return "buyer"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture
def party(store_a):
    return make_party(store_a, short_name="之春")


def url(name, *args):
    return reverse(f"suppliers:{name}", args=args)


COMPANY = {"name": "烟台海风食品有限公司", "kind": "company", "source": "fair", "taxpayer": "general"}


def test_a_prospect_is_noted_in_the_browser(client, ada, store_a):
    client.force_login(ada)
    response = client.post(url("party_note"), {**COMPANY, "stores": [store_a.pk]}, follow=True)
    assert response.status_code == 200
    party = Party.objects.get()
    assert party.name in response.content.decode()
    assert party.created_by == ada


def test_a_wrong_code_stands_beside_its_field_and_keeps_what_was_typed(client, ada, store_a):
    client.force_login(ada)
    response = client.post(url("party_note"), {**COMPANY, "stores": [store_a.pk], "uscc": "91350100M000100Y44"})
    assert response.status_code == 422
    assert "统一社会信用代码" in response.content.decode()
    assert COMPANY["name"] in response.content.decode()
    assert not Party.objects.exists()


PAGES = ["party_detail", "party_edit", "party_standing", "party_give_up", "bank_edit", "event_log", "contact_add",
         "task_add", "licence_add", "person_add", "override_ask", "leaving_start"]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_ada_gets_in_ben_does_not_find_it_cho_is_refused(client, ada, ben, cho, party, name):
    for user, status in ((ada, 200), (ben, 404), (cho, 403)):
        client.force_login(user)
        assert client.get(url(name, party.pk)).status_code == status, (user, name)


def test_the_board_moves_by_post_only_and_within_the_own_stores(client, ada, ben, party):
    client.force_login(ada)
    assert client.get(url("party_move", party.pk, "talks")).status_code == 405
    response = client.post(url("party_move", party.pk, "talks"), {"from": "board"})
    assert response.url == url("party_board")
    party.refresh_from_db()
    assert party.stage == "talks"
    assert party.label in client.get(url("party_board")).content.decode()
    client.force_login(ben)
    assert client.post(url("party_move", party.pk, "visited")).status_code == 404
    assert client.post(url("party_move", party.pk, "visited")).status_code == 404


def test_editing_keeps_the_stores_beyond_the_own_scope(client, ada, store_a, store_b):
    party = make_party(store_a, store_b)
    client.force_login(ada)
    client.post(url("party_edit", party.pk), {**COMPANY, "stores": [store_a.pk]})
    assert set(party.stores.all()) == {store_a, store_b}


def test_the_bank_account_is_masked_for_those_who_may_not_see_it(client, ada, store_a, party):
    Party.objects.filter(pk=party.pk).update(bank_account="6222021234567890123", bank_name="工行")
    client.force_login(ada)
    assert "6222 0212 3456 7890 123" in client.get(url("party_detail", party.pk)).content.decode()
    client.force_login(make_user("manager", [store_a]))
    page = client.get(url("party_detail", party.pk)).content.decode()
    assert "0123" in page
    assert "6222" not in page


PDF = b"%PDF-1.7\n1 0 obj\n"


def upload(client, party, type, file):
    return client.post(url("licence_add", party.pk), {"type": type.pk, "number": "9137", "scan": file})


def test_a_scan_is_checked_kept_and_served_safely(client, settings, tmp_path, ada, ben, cho, party):
    settings.MEDIA_ROOT = tmp_path
    type = make_type()
    client.force_login(ada)
    assert upload(client, party, type, SimpleUploadedFile("执照.pdf", PDF)).status_code == 302
    licence = Licence.objects.get()
    assert "执照" not in licence.scan.name
    response = client.get(url("licence_scan", licence.pk))
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    for user, status in ((ben, 404), (cho, 403)):
        client.force_login(user)
        assert client.get(url("licence_scan", licence.pk)).status_code == status


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.pdf", b"<script>alert(1)</script>"),
        SimpleUploadedFile("../../a.html", b"<html>"),
        SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * (8 * 1024 * 1024)),
    ],
    ids=["script", "html", "big"],
)
def test_what_is_no_scan_is_refused(client, ada, party, file):
    client.force_login(ada)
    assert upload(client, party, make_type(), file).status_code == 422
    assert not Licence.objects.exists()


def test_a_scan_in_the_data_folder_is_not_reachable_by_its_path(client, ada):
    client.force_login(ada)
    assert client.get("/files/licences/2026/11/a.pdf").status_code == 404


def test_leave_to_sell_is_asked_approved_and_works(client, ada, store_a):
    manager = make_user("manager", [store_a])
    party = make_party(store_a, status="supplier", selling="stopped")
    make_signed(party)
    make_type()
    client.force_login(ada)
    until = timezone.localdate() + timedelta(days=10)
    form = {"until_on": until.isoformat(), "reason": "换证中"}
    assert client.post(url("override_ask", party.pk), form).status_code == 302
    override = SellingOverride.objects.get()
    assert override.state == "draft"
    assert client.post(url("override_ask", party.pk), form).status_code == 422
    request = open_request_of(override)
    task = request.tasks.get(status="open") if hasattr(request, "tasks") else None
    assert task is not None
    assert task.assignee == manager
    approve(task_id=task.pk, actor=manager)
    party.refresh_from_db()
    assert party.selling == "override"
    assert "批准" in client.get(url("party_standing", party.pk)).content.decode()


def test_people_and_licences_are_listed_by_scope(client, ada, ben, store_a):
    party = make_party(store_a)
    person = make_person(party, make_counter(store_a), name="李小红")
    make_licence(party, make_type(), timezone.localdate() - timedelta(days=1))
    make_type("HC", holder="person", name="健康证")
    client.force_login(ada)
    page = client.get(url("person_list")).content.decode()
    assert "李小红" in page
    assert "健康证" in page
    assert party.label in client.get(url("licence_list") + "?state=expired").content.decode()
    client.force_login(ben)
    assert "李小红" not in client.get(url("person_list")).content.decode()
    assert party.label not in client.get(url("licence_list")).content.decode()
    assert client.get(url("person_edit", person.pk)).status_code == 404


@pytest.mark.parametrize("name", ["party_list", "party_board", "licence_list", "person_list", "desk"])
def test_the_same_queries_for_3_rows_and_30(client, ada, store_a, name):
    client.force_login(ada)
    type = make_type()
    make_type("HC", holder="person")

    def add(count):
        for _ in range(count):
            party = make_party(store_a, buyer=ada)
            make_licence(party, type, timezone.localdate())
            make_person(party, make_counter(store_a))

    add(3)
    count = assert_same_queries(lambda: client.get(url(name)), lambda: add(27))
    assert count <= 15


@pytest.mark.parametrize("status", ["prospect", "supplier", "leaving"])
def test_the_record_is_read_in_few_queries(client, ada, store_a, status):
    client.force_login(ada)
    party = make_party(store_a, status="prospect" if status == "prospect" else "supplier")
    make_signed(party)
    type = make_type()
    make_type("HC", holder="person")
    if status == "leaving":
        today = timezone.localdate()
        start_leaving(
            party_id=party.pk, cause="business", reason="", notice_on=today, notice_days=30, leaves_on=today,
            deposit=None, actor=ada,
        )  # fmt: skip

    def add():
        for _ in range(10):
            make_licence(party, type, timezone.localdate())
            make_person(party, make_counter(store_a))

    add()
    assert assert_same_queries(lambda: client.get(url("party_detail", party.pk)), add) <= 15


def test_suppliers_are_found_by_name_pinyin_and_number(client, ada, cho, party):
    client.force_login(ada)
    for text in ("之春", "zhichun", "zc", party.code):
        assert client.get(reverse("search"), {"q": text}).url == url("party_detail", party.pk), text
    client.force_login(cho)
    assert party.label not in client.get(reverse("search"), {"q": party.code}).content.decode()


def test_hostile_filters_do_no_harm(client, ada, party):
    client.force_login(ada)
    for query in ("?text='%3B--", "?store=x", "?page=99999", "?sort=zzz", "?text=%00", "?buyer=999999999999"):
        assert client.get(url("party_list") + query).status_code == 200, query


def test_the_list_is_exported(client, ada, party):
    client.force_login(ada)
    assert client.get(url("party_list") + "?export=xlsx").status_code == 200
    assert client.get(url("licence_list") + "?export=xlsx").status_code == 200
    assert client.get(url("person_list") + "?export=xlsx").status_code == 200
    assert PartyPerson.objects.count() == 0
