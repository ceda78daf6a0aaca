import json
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from zipfile import ZipFile

import pytest
from django.db import connection
from django.utils import timezone

from kit.errors import Conflict
from members.models import ErasureRequest, Member
from members.services.erasure import carry_erasure_out, erase_due, refuse_erasure
from members.tests.factories import make_member
from members.tests.self_walk import signed_in
from staff.models import AuditEntry
from staff.tests.factories import make_user
from stores.models import Chain
from stores.tests.factories import make_store


@pytest.fixture
def role():
    return "manager"


@pytest.fixture
def member(store_a):
    return make_member(store=store_a, email="zxm@example.com")


def due(days=0):
    ErasureRequest.objects.update(due_on=timezone.localdate() - timedelta(days=days))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_member_takes_everything_along(member, settings, language):
    client = signed_in(member)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.post("/me/privacy/take/")
    archive = ZipFile(BytesIO(answer.content))
    told = json.loads(archive.read("data.json"))
    assert told["details"][0]["email"] == "zxm@example.com"
    assert told["phones"][0]["e164"] == member.phones.get().e164
    assert {"cards", "consents", "receipts", "points", "coupons", "cases"} <= told.keys()
    assert "zxm@example.com" in archive.read("data.html").decode()
    entry = AuditEntry.objects.get(action="members.self_exported")
    assert "zxm" not in str(entry.data)
    assert client.get("/me/privacy/take/").status_code == 405


def test_an_export_is_text_not_markup(store_a):
    client = signed_in(make_member(store=store_a, name="<script>x</script>"))
    page = ZipFile(BytesIO(client.post("/me/privacy/take/").content)).read("data.html").decode()
    assert "<script" not in page


def test_a_wish_waits_and_can_be_taken_back(member):
    client = signed_in(member)
    for _n in range(2):
        assert client.post("/me/privacy/erase/").url == "/me/privacy/"
    wish = ErasureRequest.objects.get()
    assert wish.due_on == timezone.localdate() + timedelta(days=7)
    assert erase_due() == 0
    client.post("/me/privacy/stay/")
    due()
    assert erase_due() == 0
    assert not Member.objects.get().is_erased


def test_the_chain_says_how_long_it_waits(member):
    Chain.objects.update_or_create(pk=1, defaults={"settings": {"erasure_wait_days": 30}})
    Chain.forget()
    signed_in(member).post("/me/privacy/erase/")
    assert ErasureRequest.objects.get().due_on == timezone.localdate() + timedelta(days=30)


def test_on_its_day_the_member_is_erased_and_the_session_ends(member):
    client = signed_in(member)
    client.post("/me/privacy/erase/")
    due()
    assert (erase_due(), erase_due()) == (1, 0)
    assert Member.objects.get().is_erased
    assert client.get("/me/").url == "/me/enter/"
    assert ErasureRequest.objects.get().state == "done"


def test_a_manager_refuses_with_a_reason_the_member_reads(client, ada, member):
    phone = signed_in(member)
    phone.post("/me/privacy/erase/")
    wish = ErasureRequest.objects.get()
    client.force_login(ada)
    assert member.name in client.get("/members/erasures/").content.decode()
    assert client.post(f"/members/erasures/{wish.pk}/refuse/", {"reason": ""}).status_code == 422
    assert client.post(f"/members/erasures/{wish.pk}/refuse/", {"reason": "投诉未结"}).status_code == 302
    assert "投诉未结" in phone.get("/me/privacy/").content.decode()
    due()
    assert erase_due() == 0
    with pytest.raises(Conflict):
        carry_erasure_out(request_id=wish.pk, actor=ada)


def test_a_manager_erases_before_the_day(client, ada, member):
    signed_in(member).post("/me/privacy/erase/")
    wish = ErasureRequest.objects.get()
    client.force_login(ada)
    page = client.get(f"/members/erasures/{wish.pk}/erase/")
    assert page.status_code == 200
    assert not Member.objects.get().is_erased
    assert client.post(f"/members/erasures/{wish.pk}/erase/", {"sure": ""}).status_code == 422
    assert client.post(f"/members/erasures/{wish.pk}/erase/", {"sure": "on"}).url == "/members/erasures/"
    assert Member.objects.get().is_erased


def test_other_stores_and_other_roles_are_refused(client, ben, store_a, member):
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False})
    Chain.forget()
    signed_in(member).post("/me/privacy/erase/")
    wish = ErasureRequest.objects.get()
    client.force_login(ben)
    assert client.get(f"/members/erasures/{wish.pk}/erase/").status_code == 404
    client.force_login(make_user("clerk", [store_a]))
    assert client.get("/members/erasures/").status_code == 403
    assert client.post(f"/members/erasures/{wish.pk}/erase/", {"sure": "on"}).status_code == 403
    assert not Member.objects.get().is_erased


@pytest.mark.django_db(transaction=True)
def test_refusing_and_erasing_at_once_does_one_of_the_two():
    store = make_store()
    member, manager = make_member(store=store), make_user("manager", [store])
    wish = ErasureRequest.objects.create(member=member, due_on=timezone.localdate())
    barrier, said = Barrier(2), []

    def run(deed):
        try:
            barrier.wait()
            deed()
            said.append("done")
        except Conflict:
            said.append("refused")
        finally:
            connection.close()

    threads = [
        Thread(target=run, args=[lambda: refuse_erasure(request_id=wish.pk, reason="no", actor=manager)]),
        Thread(target=run, args=[lambda: carry_erasure_out(request_id=wish.pk, actor=manager)]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["done", "refused"]
    wish.refresh_from_db()
    assert (wish.state == "done") == Member.objects.get(pk=member.pk).is_erased
