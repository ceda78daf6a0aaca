import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kit.testing import assert_same_queries
from members.models import Member, MemberIdentity, MemberImport
from members.tests.factories import make_member
from members.tests.importing import applied, as_csv, checked
from members.tests.test_importing import id_card
from staff.models import ImportProfile, Job
from staff.services.jobs import run_job
from staff.tests.factories import make_user
from stores.models import Chain

pytestmark = pytest.mark.django_db
HEADER = ["编号", "姓名", "性别", "手机", "备用列"]
ROWS = [["A1", "张晓敏", "女", "13812344821", "<b>x</b>"], ["A2", "王建国", "M?", "13912344822", "{{ 7 }}"]]


@pytest.fixture
def role():
    return "manager"


def upload(client, content: bytes, name: str = "会员.csv", **more):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("members:import_start"), {"file": file, **more})


def test_from_upload_to_undo(client, ada):
    client.force_login(ada)
    response = upload(client, as_csv(HEADER, ROWS))
    batch = MemberImport.objects.get()
    mapping = reverse("members:import_mapping", args=[batch.pk])
    assert response.url == mapping
    page = client.get(mapping)
    html = page.content.decode()
    assert "138****21" in html
    assert "13812344821" not in html
    assert "&lt;b&gt;x" in html
    assert "{{ 7 }}" in html
    form = page.context["form"]
    data = {name: form.initial.get(name, form.fields[name].initial) or "" for name in form.fields}
    data |= {"source": "old", "save_as": "old-files", "words": "gender: M? = male"}
    data.pop("blanks_overwrite")
    response = client.post(mapping, data)
    assert response.url == reverse("members:import_detail", args=[batch.pk])
    run_job(job_id=Job.objects.latest("pk").pk)
    batch.refresh_from_db()
    assert batch.counts["new"] == 2, batch.counts
    assert ImportProfile.objects.get().name == "old-files"
    html = client.get(response.url).content.decode()
    assert "张晓敏" in html
    assert "13812344821" not in html
    client.post(reverse("members:import_apply", args=[batch.pk]))
    run_job(job_id=Job.objects.latest("pk").pk)
    batch.refresh_from_db()
    assert batch.state == "applied"
    assert not batch.file
    assert Member.objects.get(external_no="A2").gender == "male"
    again = upload(client, as_csv(HEADER, ROWS))
    assert again.status_code == 422
    assert response.url in again.content.decode()
    client.post(reverse("members:import_undo", args=[batch.pk]))
    run_job(job_id=Job.objects.latest("pk").pk)
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert not Member.objects.exists()
    assert client.get(response.url).status_code == 200


def test_every_verdict_has_its_page(client, ada):
    make_member(name="张晓敏", phone="+8613812344821")
    batch = checked(as_csv(HEADER[:4], [*ROWS[:1], *[r[:4] for r in ROWS], ["A3", "李雷", "", ""]]), actor=ada)
    client.force_login(ada)
    for verdict in ("new", "update", "unchanged", "duplicate", "ambiguous", "error", "nonsense"):
        response = client.get(reverse("members:import_detail", args=[batch.pk]), {"verdict": verdict})
        assert response.status_code == 200


def test_the_error_file_holds_the_rows_and_the_reasons(client, ada):
    client.force_login(ada)
    header = ["姓名", "手机", "身份证号"]
    upload(client, as_csv(header, [["=cmd|x", "12", "370202198508062340"], ["张晓敏", "13812344821", ""]]))
    batch = MemberImport.objects.get()
    from members.services.imports import running

    running.choose_mapping(import_id=batch.pk, spec=batch.spec, actor=ada)
    run_job(job_id=Job.objects.latest("pk").pk)
    response = client.get(reverse("members:import_errors", args=[batch.pk]))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=cmd|x,12,3702****40,2,")
    assert "370202198508062340" not in lines[1]


def test_other_roles_and_other_people_are_refused(client, ada, ben, cho):
    batch = checked(as_csv(HEADER, ROWS), actor=ada)
    for person, status in ((ben, 404), (cho, 403)):
        client.force_login(person)
        for name in ("import_detail", "import_mapping", "import_errors"):
            assert client.get(reverse(f"members:{name}", args=[batch.pk])).status_code == status
        for name in ("import_apply", "import_undo", "import_discard"):
            assert client.post(reverse(f"members:{name}", args=[batch.pk])).status_code == status


def test_members_of_other_stores_are_not_changed(ada, store_b):
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False})
    Chain.forget()
    theirs = make_member(name="张晓敏", phone="+8613812344821", store=store_b)
    batch = applied(
        as_csv(
            ["姓名", "手机", "性别", "门店"],
            [["张晓敏", "13812344821", "女", ""], ["新人", "13812344899", "", store_b.name]],
        ),
        actor=ada,
    )
    theirs.refresh_from_db()
    assert theirs.gender == ""
    assert batch.results["error"] == 2
    assert Member.objects.count() == 1


def test_pages_ask_the_same_queries_for_few_and_many_rows(client, ada):
    members = [make_member(name="张晓敏", phone=f"+86138123448{n:02}") for n in range(30)]
    content = as_csv(
        ["姓名", "手机", "性别"], [["张晓敏", phone.e164[3:], "女"] for m in members for phone in m.phones.all()]
    )
    batch = checked(content, actor=ada)
    client.force_login(ada)
    url = reverse("members:import_detail", args=[batch.pk]) + "?verdict=update"
    from members.models import StagedMember

    StagedMember.objects.filter(batch=batch, row_no__gt=4).update(verdict="")
    assert (
        assert_same_queries(
            lambda: client.get(url),
            lambda: StagedMember.objects.filter(batch=batch).update(verdict="update"),
        )
        <= 20
    )


def test_identity_papers_are_recorded_once_and_never_shown_whole(client, ada):
    member, other = make_member(), make_member()
    client.force_login(ada)
    url = reverse("members:identity_record", args=[member.pk])
    assert client.post(url, {"kind": "id_card", "identity": "370202198508062340"}).status_code == 422
    assert client.post(url, {"kind": "id_card", "identity": id_card()}).status_code == 302
    assert id_card() not in client.get(url).content.decode()
    refused = client.post(
        reverse("members:identity_record", args=[other.pk]), {"kind": "id_card", "identity": id_card()}
    )
    assert refused.status_code == 422
    paper = MemberIdentity.objects.get()
    assert paper.shown == f"3702**********{id_card()[-4:]}"
    assert id_card() not in paper.digest
    client.post(reverse("members:identity_forget", args=[paper.pk]))
    assert not MemberIdentity.objects.exists()
    assert make_user("buyer").has_perm("members.record_identity") is False
