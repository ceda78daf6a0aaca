import gzip
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from kit import lists
from members.tests.factories import make_member
from staff.models import AuditEntry, Job
from staff.services.jobs import run_job
from staff.tests.factories import make_user
from workflow.models import ExportRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(store_a):
    return [
        make_member(name="=1+1" if n == 0 else "张晓敏", phone=f"+86138123448{n:02}", store=store_a) for n in range(5)
    ]


def made(client, export) -> bytes:
    response = client.post(reverse("workflow:export_make", args=[export.pk]))
    job = Job.objects.latest("pk")
    assert response.url == reverse("staff:job_detail", args=[job.pk])
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    response = client.post(reverse("workflow:export_fetch", args=[export.pk]))
    return b"".join(response.streaming_content)


@pytest.fixture
def boss(store_a):
    return make_user("manager", [store_a], username="boss")


@pytest.fixture(autouse=True)
def _always_approved(monkeypatch):
    """How approvals go is tested elsewhere."""
    from workflow.services import export_files, exports

    monkeypatch.setattr(export_files, "is_approved", lambda export: True)
    monkeypatch.setattr(exports, "is_approved", lambda export: True)


def asked(person, **fields) -> ExportRequest:
    from django.utils import timezone

    return ExportRequest.objects.create(
        path="/members/", query="", name="members", rows=5, purpose="盘点", asked_by=person,
        approved_at=timezone.now(), **fields,
    )  # fmt: skip


def test_csv_is_masked_marked_harmless_and_fetched_once(client, members, boss):
    client.force_login(boss)
    export = asked(boss, format="csv.gz")
    text = gzip.decompress(made(client, export)).decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 6
    assert export.number in lines[0]
    assert str(boss) in lines[0]
    assert "138****4800" in text
    assert "13812344800" not in text
    assert "'=1+1" in text
    assert f"{export.number}-1-" in lines[1]
    again = client.post(reverse("workflow:export_fetch", args=[export.pk]))
    assert again.status_code == 409
    export.refresh_from_db()
    assert not export.file
    entry = AuditEntry.objects.get(action="workflow.export_made")
    assert (entry.data["rows"], entry.data["path"]) == (5, "/members/")


def test_a_workbook_carries_the_mark_on_every_sheet(client, members, boss, monkeypatch):
    from kit import exports as written

    monkeypatch.setattr(written, "ROWS_A_SHEET", 3)
    client.force_login(boss)
    export = asked(boss, unmasked=True)
    book = load_workbook(io.BytesIO(made(client, export)))
    assert len(book.worksheets) == 2
    for sheet in book.worksheets:
        assert export.number in sheet.oddHeader.center.text
        assert sheet.column_dimensions[sheet.cell(1, sheet.max_column).column_letter].hidden
    values = [cell for row in book.worksheets[1].iter_rows(values_only=True) for cell in row]
    assert "13812344800" in values
    assert "=1+1" in values


def test_numbers_in_full_need_the_permission(client, members, store_a):
    marketer = make_user("marketer", [store_a])
    client.force_login(marketer)
    export = asked(marketer, unmasked=True)
    client.post(reverse("workflow:export_make", args=[export.pk]))
    job = Job.objects.latest("pk")
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    export.refresh_from_db()
    assert not export.file


def test_others_cannot_make_or_fetch_it(client, members, boss, store_a):
    export = asked(boss, format="csv.gz")
    client.force_login(make_user("manager", [store_a]))
    for name in ("export_make", "export_fetch"):
        assert client.post(reverse(f"workflow:{name}", args=[export.pk])).status_code == 404


def test_a_list_too_long_for_the_browser_leads_to_asking(client, members, boss, monkeypatch):
    monkeypatch.setattr(lists, "EXPORT_LIMIT", 3)
    monkeypatch.setattr("workflow.guards.EXPORT_LIMIT", 3)
    client.force_login(boss)
    response = client.get(reverse("members:member_list"), {"export": "xlsx"})
    assert response.status_code == 302
    assert response.url.startswith(reverse("workflow:export_ask"))
    assert "rows=5" in response.url
