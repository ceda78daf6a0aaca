"""The pages of segments and packages, by whole requests: who may, who may not, and what happens."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from campaigns.models import PackageUse, Segment, SegmentPin, ServicePackage
from campaigns.rules.document import read_rule
from campaigns.rules.sql import Clock
from campaigns.selectors import segment_counts as counts
from campaigns.services.packages import PackageFacts, make_package
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.segment_sample import draw_sample
from campaigns.services.segments import make_segment
from campaigns.tests.segment_factories import build, group, leaf, members_of
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_sale
from staff.models import AuditEntry, Job
from staff.services.jobs import run_job
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db
WOMEN = leaf("member.gender", "is_one_of", ["female"])


@pytest.fixture
def role() -> str:
    return "marketer"


@pytest.fixture
def outsider_role() -> str:
    return "clerk"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=args)


RULE = {"r-op": "all", "r.0-field": "member.gender", "r.0-test": "is_one_of", "r.0-value": ["female"]}


def test_a_segment_is_written_counted_saved_and_read(ada):
    make_member(gender="female", allows_sms=True)
    make_member(gender="male")
    client = signed_in(ada)
    assert client.get(url("segment_new")).status_code == 200
    counted = client.post(url("segment_count"), RULE)
    assert counted.context["answer"].count.number == 1
    assert counted.context["answer"].is_exact
    saved = client.post(url("segment_new"), {**RULE, "do": "save", "name": "女会员"})
    segment = Segment.objects.get()
    assert saved.url == url("segment_detail", segment.pk)
    assert segment.current.rule["rules"] == [WOMEN]
    rebuild_segment(segment_id=segment.pk)
    assert "女会员" in client.get(url("segment_list")).content.decode()
    assert client.get(url("segment_detail", segment.pk)).status_code == 200
    assert client.get(url("segment_members", segment.pk)).context["page"].count == 1
    assert client.get(url("segment_common", segment.pk)).status_code == 200


def test_the_builder_works_by_its_buttons_alone(ada):
    client = signed_in(ada)
    page = client.post(url("segment_new"), {**RULE, "do": "add:r", "name": "x"})
    assert page.status_code == 200
    assert len(page.context["tree"].root.rules) == 2
    page = client.post(url("segment_new"), {**RULE, "do": "group:r", "name": "x"})
    inner = page.context["tree"].root.rules[1]
    assert (inner.op, len(inner.rules)) == ("any", 1)
    nested = {**RULE, "r.1-op": "any", "r.1.0-field": "contact.allows_sms", "r.1.0-test": "is_yes"}
    page = client.post(url("segment_new"), {**nested, "do": "fold:r.1"})
    folded = page.context["tree"].root.rules[1].folded
    assert "allows_sms" in folded
    page = client.post(url("segment_new"), {**RULE, "r.1-folded": folded, "do": "unfold:r.1"})
    assert page.context["tree"].root.rules[1].rules[0].form is not None
    page = client.post(url("segment_new"), {**nested, "do": "remove:r.0"})
    assert [one.op for one in page.context["tree"].root.rules] == ["any"]
    assert Segment.objects.count() == 0
    fragment = client.post(url("segment_rule"), {**RULE, "do": "add:r"}, headers={"HX-Request": "true"})
    assert fragment.content.count(b"rule-leaf") == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"r-op": "nonsense"},
        {"r-op": "all", "r.0-field": "no.such"},
        {"r-op": "all", "r.0-field": "did.bought", "r.0-test": "did", "r.0-number": "x", "r.0-window": "last_days"},
        {"r-op": "all", "r.0-folded": "{"},
        {"r-op": "all", "r.0-folded": '{"op": "all", "rules": [1, {"op": 3}]}'},
        {"r-op": "all", "r.0-field": "member.birthday", "r.0-test": "between", "r.0-value": "\x00", "r.0-value2": "99"},
        {"do": "unfold:r.0", "r-op": "all", "r.0-folded": '{"op": "all", "rules": [1, {"op": 3}]}'},
        {"do": "unfold:r.0", "r-op": "all", "r.0-folded": '{"op":"any","rules":[' * 200 + "]}" * 200},
        {
            "do": "unfold:r.0",
            "r-op": "all",
            "r.0-folded": '{"op": "all", "rules": [{"field": "did.bought", "test": "did", "value": {"brands": 5, "compare": []}}]}',
        },
        {"do": "remove:r.9.9", "r-op": "all"},
        {"do": "unfold:r.x", "r-op": "any"},
        {"store": "99999999999999999999", "r-op": "all"},
    ],
)
def test_what_makes_no_sense_is_answered_with_a_sentence_and_kept(ada, sent):
    client = signed_in(ada)
    assert client.post(url("segment_new"), {"do": "save", **sent, "name": "x"}).status_code in (200, 302, 422)
    assert client.post(url("segment_count"), sent).status_code == 200
    assert client.post(url("segment_rule"), sent).status_code == 200


def test_a_wrong_question_is_marked_where_it_stands(ada):
    sent = {
        **RULE,
        "r.1-field": "stat.spend_365",
        "r.1-test": "at_least",
        "r.1-value": "much",
        "do": "save",
        "name": "x",
    }
    page = signed_in(ada).post(url("segment_new"), sent)
    assert page.status_code == 422
    first, second = page.context["tree"].root.rules
    assert (first.error, bool(second.error)) == ("", True)


def test_an_edit_is_a_new_version(ada):
    segment = make_segment(name="A", rule=group("all", WOMEN), actor=ada)
    sent = {**RULE, "r.0-value": ["male"], "do": "save", "name": "B", "note": "换"}
    signed_in(ada).post(url("segment_edit", segment.pk), sent)
    segment.refresh_from_db()
    assert (segment.name, segment.current.number, segment.current.note) == ("B", 2, "换")


def test_who_may_see_and_change(ada, ben, cho, store_a):
    ours = make_segment(name="A", rule=group("all"), actor=ada, store=store_a)
    for name in ("segment_detail", "segment_members", "segment_common"):
        assert signed_in(ada).get(url(name, ours.pk)).status_code == 200
        assert signed_in(ben).get(url(name, ours.pk)).status_code == 404
        assert signed_in(cho).get(url(name, ours.pk)).status_code == 403
    assert signed_in(cho).get(url("segment_list")).status_code == 403
    assert signed_in(ben).post(url("segment_archive", ours.pk)).status_code in (302, 404)
    assert Segment.objects.get(pk=ours.pk).state == "active"
    assert signed_in(ada).get(url("segment_sql", ours.pk)).status_code == 403
    admin = make_user("admin", username="root")
    assert b"members_member" in signed_in(admin).get(url("segment_sql", ours.pk)).content
    signed_in(ada).post(url("segment_archive", ours.pk))
    assert Segment.objects.get(pk=ours.pk).state == "archived"
    signed_in(ada).post(url("segment_restore", ours.pk))
    assert Segment.objects.get(pk=ours.pk).state == "active"


def test_pins_by_number_with_a_reason(ada):
    member = make_member(gender="male")
    segment = build(WOMEN)
    client = signed_in(ada)
    page = client.post(url("segment_pin", segment.pk), {"number": "nobody", "pin": "1", "reason": "x"})
    assert page.status_code == 422
    client.post(url("segment_pin", segment.pk), {"number": member.member_no, "pin": "1", "reason": "老客"})
    assert members_of(segment) == {member.pk}
    assert "老客" in client.get(url("segment_detail", segment.pk)).content.decode()
    client.post(url("segment_unpin", segment.pk, member.pk))
    assert not SegmentPin.objects.exists()
    assert members_of(segment) == set()


def test_an_uploaded_list(ada, django_capture_on_commit_callbacks):
    by_no, by_phone = make_member(), make_member(phone="+8613900001111")
    make_member(phone="+8613900002222"), make_member(phone="+8613900002222")
    text = f"号码\n{by_no.member_no}\n139 0000 1111\n13900002222\n=1+1\n\n{by_no.member_no}\n"
    file = SimpleUploadedFile("list.csv", text.encode("gb18030"))
    with django_capture_on_commit_callbacks(execute=False):
        answer = signed_in(ada).post(url("segment_upload"), {"name": "名单", "file": file})
    job = Job.objects.get()
    assert answer.url == reverse("staff:job_detail", args=[job.pk])
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    segment = Segment.objects.get()
    assert members_of(segment) == {by_no.pk, by_phone.pk}
    with job.error_file.open("rb") as file:
        errors = file.read().decode("utf-8-sig").splitlines()
    assert len(errors) == 3
    assert errors[2].split(",")[1] == "'=1+1"
    assert signed_in(ada).get(url("segment_detail", segment.pk)).status_code == 200
    assert signed_in(ada).get(reverse("staff:job_detail", args=[job.pk])).status_code == 200


def test_a_file_that_is_no_list_is_refused(ada):
    for name, content in (("x.xlsx", b"PK\x03\x04rubbish"), ("x.csv", b"\x00\x01\x02"), ("x.csv.gz", b"\x1f\x8bxx")):
        signed_in(ada).post(url("segment_upload"), {"name": "名单", "file": SimpleUploadedFile(name, content)})
        job = Job.objects.latest("pk")
        run_job(job_id=job.pk)
        job.refresh_from_db()
        assert job.state == "failed"
        assert job.message


def test_lists_and_details_do_not_grow_in_queries(ada, django_assert_max_num_queries, store_a):
    client = signed_in(ada)

    def counted(path: str) -> int:
        with django_assert_max_num_queries(15) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    for number in range(3):
        make_member(gender="female", store=store_a)
        make_segment(name=f"A{number}", rule=group("all", WOMEN), actor=ada, store=store_a)
    segment = build(WOMEN, name="B")
    for name, args in (("segment_list", ()), ("segment_members", (segment.pk,)), ("segment_detail", (segment.pk,))):
        client.get(url(name, *args))
    few = [
        counted(url("segment_list")),
        counted(url("segment_members", segment.pk)),
        counted(url("segment_detail", segment.pk)),
    ]
    for number in range(20):
        make_member(gender="female", store=store_a)
        make_segment(name=f"C{number}", rule=group("all", WOMEN), actor=ada, store=store_a)
    rebuild_segment(segment_id=segment.pk)
    many = [
        counted(url("segment_list")),
        counted(url("segment_members", segment.pk)),
        counted(url("segment_detail", segment.pk)),
    ]
    assert many[0] == few[0]
    assert many[1] == few[1]
    assert many[2] <= few[2] + 4


def test_the_member_page_says_in_which_segments_and_why(ada, store_a):
    member = make_member(gender="female", allows_sms=True, store=store_a)
    make_sale(store_a, line_draft(net="600.00"), member=member)
    build(
        WOMEN, leaf("stat.spend_365", "at_least", "500"), group("any", leaf("did.bought", "did", {"number": "5"}), WOMEN),
        group("none", leaf("contact.allows_email", "is_yes")), name="常客",
    )  # fmt: skip
    client = signed_in(ada)
    page = client.get(reverse("members:member_detail", args=[member.pk]))
    assert reverse("panel_detail", args=["member.side", "segments", member.pk]) in page.content.decode()
    panel = client.get(reverse("panel_detail", args=["member.side", "segments", member.pk])).content.decode()
    assert "常客" in panel
    assert "¥600" in panel
    assert panel.count("✓") == 4
    assert panel.count("✗") == 1


def test_a_package_is_offered_used_and_its_cost_kept(ada, ben, cho, store_a):
    member, other = make_member(gender="female", store=store_a), make_member(gender="male", store=store_a)
    women = build(WOMEN)
    client = signed_in(ada)
    sent = {
        "name": "代客泊车",
        "place": "desk",
        "unit_cost": "12.50",
        "per_year": "1",
        "segments": [women.pk],
        "is_active": "on",
    }
    client.post(url("package_new"), sent)
    package = ServicePackage.objects.get()
    assert client.get(url("package_detail", package.pk)).status_code == 200
    clerk = signed_in(cho)
    panel = lambda pk: reverse("panel_detail", args=["member.side", "packages", pk])  # noqa: E731
    page = clerk.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    assert panel(member.pk) in page
    assert "代客泊车" in clerk.get(panel(member.pk)).content.decode()
    assert "代客泊车" not in clerk.get(panel(other.pk)).content.decode()
    use = url("package_use", package.pk, member.pk)
    assert signed_in(ada).post(use, {"key": "k0"}).status_code == 403
    clerk.post(use, {"key": "k1"})
    clerk.post(use, {"key": "k1"})
    clerk.post(use, {"key": "k2"})
    clerk.post(url("package_use", package.pk, other.pk), {"key": "k3"})
    recorded = PackageUse.objects.get()
    assert (recorded.cost, recorded.store_id) == (Decimal("12.50"), store_a.pk)
    assert AuditEntry.objects.filter(action="campaigns.package_used").count() == 1
    client.post(url("package_edit", package.pk), {**sent, "unit_cost": "20.00"})
    recorded.refresh_from_db()
    assert recorded.cost == Decimal("12.50")
    assert "12.50" in client.get(url("package_list")).content.decode()


def test_a_count_asked_for_again_in_english_speaks_english():
    make_member(gender="female")
    rule, clock = read_rule(group("all", WOMEN)), Clock.now()
    chinese = counts.quick_count(rule, clock=clock)
    with translation.override("en"):
        english = counts.quick_count(rule, clock=clock)
    assert [step.words for step in chinese.steps] == ["性别属于女"]
    assert [step.words for step in english.steps] == ["Gender is one of Female"]
    assert [str(one.label) for one in english.reach][1] == "E-mail"


def test_an_estimate_has_an_error_or_is_a_bound(ada, monkeypatch):
    for number in range(40):
        make_member(gender="female" if number % 2 else "male")
    monkeypatch.setattr("campaigns.services.segment_sample.SHARE", 1)
    monkeypatch.setattr(counts, "SMALL_CHAIN", 0)
    monkeypatch.setattr(counts, "FEW_HITS", 10)
    draw_sample()
    counts._sampled.forget()
    answer = counts.quick_count(read_rule(group("all", WOMEN)), clock=Clock.now())
    assert (answer.count.kind, answer.count.number, answer.total) == ("estimate", 20, 40)
    assert answer.count.error > 0
    rare = counts.quick_count(read_rule(group("all", WOMEN, leaf("contact.allows_sms", "is_yes"))), clock=Clock.now())
    assert rare.count.kind == "at_most"
    assert 0 < rare.count.number <= 40
    exact = counts.exact_count(read_rule(group("all", WOMEN)), clock=Clock.now())
    assert exact.count == counts.Count("exact", 20)
    assert [step.removed for step in exact.steps] == [20]


def test_a_package_that_costs_less_than_nothing_is_refused(ada):
    from campaigns.segment_exceptions import SegmentRefused

    with pytest.raises(SegmentRefused):
        make_package(facts=PackageFacts("x", "desk", Decimal("-1")), segments=[], actor=ada)
