"""Bulletins, tasks, documents, circulations, the calendar, and what of them waits."""

import threading
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from kit.errors import Conflict, DomainError, PermissionRefused
from kit.uploads import MOST_BYTES, FileRefused
from staff.models import Notice
from staff.tests.factories import make_user
from stores.tests.factories import make_store
from workflow.models import Bulletin, Circulation, OfficialDocument
from workflow.services import bulletins, circulations, documents, office_tasks
from workflow.services.decisions import reject
from workflow.tests.factories import approve_node, ask, make_flow, task

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(store_a):
    people = {name: make_user("clerk", [store_a], username=name) for name in ("an", "bo", "cai")}
    return {**people, "boss": make_user("manager", [store_a], username="theboss")}


# Bulletins -----------------------------------------------------------------------------------------


def test_a_bulletin_reaches_its_people_and_knows_who_has_read(client, staff, store_a):
    elsewhere = make_user("clerk", [make_store(name="台东店")])
    client.force_login(staff["boss"])
    data = {"title": "周日盘点", "body": "闭店后集合", "stores": [store_a.pk], "roles": ["clerk"]}
    client.post(reverse("workflow:bulletin_publish"), data)
    bulletin = Bulletin.objects.get()
    assert set(bulletin.readers.values_list("user__username", flat=True)) == {"an", "bo", "cai"}
    assert not Notice.objects.filter(user=elsewhere).exists()
    detail = reverse("workflow:bulletin_detail", args=[bulletin.pk])
    client.force_login(staff["an"])
    assert "周日盘点" in client.get(reverse("workflow:in_tray")).content.decode()
    client.get(detail)
    assert bulletin.readers.filter(read_at=None).count() == 3, "opening a page writes nothing"
    client.post(reverse("workflow:bulletin_read", args=[bulletin.pk]))
    assert bulletin.readers.filter(read_at=None).count() == 2
    assert "周日盘点" not in client.get(reverse("workflow:in_tray")).content.decode()
    assert client.post(reverse("workflow:bulletin_remind", args=[bulletin.pk])).status_code == 403
    client.force_login(elsewhere)
    assert client.get(detail).status_code == 404
    assert bulletins.remind_readers(bulletin_id=bulletin.pk, actor=staff["boss"]) == 2


def test_a_bulletin_for_nobody_is_refused(staff):
    with pytest.raises(DomainError):
        bulletins.publish_bulletin(
            title="x", body="y", stores=[], departments=[0], roles=[], until=None, files=[], actor=staff["boss"]
        )


# Tasks ---------------------------------------------------------------------------------------------


def test_a_task_with_a_checklist_is_followed_to_its_end(client, staff):
    client.force_login(staff["boss"])
    data = {"title": "布置橱窗", "owner": staff["an"].pk, "due_on": "2026-12-01", "points": "清洁\n\n灯光"}
    client.post(reverse("workflow:task_give"), data)
    given = staff["an"].notices.get()
    given_task = office_tasks.OfficeTask.objects.get()
    assert given.url == reverse("workflow:task_detail", args=[given_task.pk])
    with pytest.raises(Conflict):
        office_tasks.finish_task(task_id=given_task.pk, actor=staff["an"])
    client.force_login(staff["an"])
    for item in given_task.items.all():
        client.post(reverse("workflow:task_tick", args=[given_task.pk, item.pk]))
    client.post(reverse("workflow:task_note", args=[given_task.pk]), {"text": "差两盏灯"})
    client.post(reverse("workflow:task_finish", args=[given_task.pk]))
    given_task.refresh_from_db()
    assert given_task.status == "done"
    assert staff["boss"].notices.count() == 2
    with pytest.raises(Conflict):
        office_tasks.finish_task(task_id=given_task.pk, actor=staff["an"])
    client.force_login(staff["bo"])
    assert client.get(reverse("workflow:task_detail", args=[given_task.pk])).status_code == 404


def test_only_the_giver_takes_a_task_back(staff):
    given = office_tasks.give_task(title="x", detail="", owner=staff["an"], due_on=None, points=[], actor=staff["boss"])
    with pytest.raises(PermissionRefused):
        office_tasks.cancel_task(task_id=given.pk, actor=staff["an"])
    office_tasks.hand_task(task_id=given.pk, to=staff["bo"], due_on=None, actor=staff["an"])
    with pytest.raises(PermissionRefused):
        office_tasks.note_task(task_id=given.pk, text="?", actor=staff["an"])


# Documents -----------------------------------------------------------------------------------------


def register(actor, **fields):
    defaults = {
        "kind": OfficialDocument.Kind.INCOMING, "title": "消防检查通知", "correspondent": "消防支队",
        "dated_on": date(2026, 11, 20), "files": [],
    }  # fmt: skip
    return documents.register_document(actor=actor, **(defaults | fields))


def test_numbers_run_per_kind_and_year(staff):
    numbers = [register(staff["boss"]).number for _ in range(2)]
    numbers.append(register(staff["boss"], kind=OfficialDocument.Kind.OUTGOING).number)
    numbers.append(register(staff["boss"], dated_on=date(2027, 1, 2)).number)
    assert numbers == ["收〔2026〕1号", "收〔2026〕2号", "发〔2026〕1号", "收〔2027〕1号"]


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_and_no_double_when_many_register_at_once(staff):
    gate = threading.Barrier(8)

    def run():
        gate.wait(10)
        register(staff["boss"])
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    found = set(OfficialDocument.objects.values_list("number", flat=True))
    assert found == {f"收〔2026〕{n}号" for n in range(1, 9)}


def test_confidential_documents_and_their_files(client, staff, store_a):
    scan = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    secret = register(staff["boss"], secrecy=OfficialDocument.Secrecy.CONFIDENTIAL, store=store_a, files=[scan])
    finance = make_user("finance", [store_a])
    paper = reverse("workflow:paper_file", args=[secret.papers.get().pk])
    for person, status in ((staff["boss"], 200), (finance, 404), (make_user("ceo", [], all_stores=True), 200)):
        client.force_login(person)
        assert client.get(reverse("workflow:document_detail", args=[secret.pk])).status_code == status
        answer = client.get(paper)
        assert answer.status_code == status
        assert (answer.content == b"%PDF-1.7") == (status == 200)
    client.force_login(staff["an"])
    assert client.get(paper).status_code == 403


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"MZ\x90"), ("a.pdf", b"<html>"), ("empty.pdf", b""), ("a.pdf", b"%PDF-" + b"x" * MOST_BYTES)],
)
def test_files_of_other_kinds_are_refused_and_nothing_is_kept(staff, name, content):
    with pytest.raises(FileRefused):
        register(staff["boss"], files=[SimpleUploadedFile("ok.pdf", b"%PDF-1"), SimpleUploadedFile(name, content)])
    assert not OfficialDocument.objects.exists()


# Circulations --------------------------------------------------------------------------------------


def pass_round(staff, mode, *names, **fields):
    readers = [staff[name] for name in names]
    return circulations.start_circulation(
        title="制度", note="", mode=mode, readers=readers, files=[], document=None, actor=staff["boss"], **fields
    )


def state(circulation):
    return {one.user.username: one.status for one in circulation.readers.select_related("user")}


def test_in_order_each_reads_after_the_other(client, staff):
    one = pass_round(staff, Circulation.Mode.ORDERED, "an", "bo", "cai")
    assert state(one) == {"an": "reading", "bo": "waiting", "cai": "waiting"}
    client.force_login(staff["bo"])
    assert client.get(reverse("workflow:circulation_detail", args=[one.pk])).status_code == 404
    with pytest.raises(Conflict):
        circulations.mark_circulation_read(circulation_id=one.pk, remark="", user=staff["bo"])
    cai = one.readers.get(user=staff["cai"])
    circulations.move_reader_up(circulation_id=one.pk, reader_id=cai.pk, actor=staff["boss"])
    client.force_login(staff["an"])
    client.post(reverse("workflow:circulation_read", args=[one.pk]), {"remark": "同意"})
    assert state(one) == {"an": "read", "bo": "waiting", "cai": "reading"}
    circulations.skip_reader(circulation_id=one.pk, reader_id=cai.pk, actor=staff["boss"])
    assert state(one)["bo"] == "reading"
    circulations.mark_circulation_read(circulation_id=one.pk, remark="", user=staff["bo"])
    one.refresh_from_db()
    assert one.ended_at is not None
    assert staff["boss"].notices.filter(text__contains="制度").exists()


def test_at_once_everybody_reads_now(staff):
    one = pass_round(staff, Circulation.Mode.AT_ONCE, "an", "bo")
    assert set(state(one).values()) == {"reading"}
    circulations.add_reader(circulation_id=one.pk, reader=staff["cai"], actor=staff["boss"])
    with pytest.raises(Conflict):
        circulations.add_reader(circulation_id=one.pk, reader=staff["cai"], actor=staff["boss"])
    assert state(one)["cai"] == "reading"


def test_a_rejection_does_not_touch_read_marks(staff, people):
    """steedos-platform#6985: a bulk rejection wiped what had been circulated."""
    one = pass_round(staff, Circulation.Mode.AT_ONCE, "an", "bo")
    circulations.mark_circulation_read(circulation_id=one.pk, remark="阅", user=staff["an"])
    make_flow(approve_node("n1", staff["an"]))
    request = ask(people["ina"])
    reject(task_id=task(request, staff["an"]).pk, actor=staff["an"], comment="否")
    assert state(one) == {"an": "read", "bo": "reading"}


def test_a_document_in_circulation_is_not_archived(staff):
    document = register(staff["boss"])
    one = circulations.start_circulation(
        title="x", note="", mode=Circulation.Mode.AT_ONCE, readers=[staff["an"]], files=[], document=document,
        actor=staff["boss"],
    )  # fmt: skip
    with pytest.raises(Conflict):
        documents.archive_document(document_id=document.pk, place="A-1", actor=staff["boss"])
    circulations.mark_circulation_read(circulation_id=one.pk, remark="", user=staff["an"])
    documents.archive_document(document_id=document.pk, place="A-1", actor=staff["boss"])
    with pytest.raises(Conflict):
        documents.archive_document(document_id=document.pk, place="A-2", actor=staff["boss"])


# The calendar --------------------------------------------------------------------------------------


def test_the_calendar_shows_my_days(client, staff):
    today = timezone.localdate()
    office_tasks.give_task(title="布置橱窗", detail="", owner=staff["an"], due_on=today, points=[], actor=staff["boss"])
    client.force_login(staff["an"])
    assert "布置橱窗" in client.get(reverse("workflow:calendar")).content.decode()
    for month in ("2026-02", "1999-13", "x", "9999999-1", "-"):
        assert client.get(reverse("workflow:calendar"), {"month": month}).status_code == 200
    client.force_login(staff["bo"])
    assert "布置橱窗" not in client.get(reverse("workflow:calendar")).content.decode()
