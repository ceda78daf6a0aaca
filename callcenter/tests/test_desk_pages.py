"""The desk through the browser: who may, who may not, what is typed wrongly, and the same queries for many rows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from callcenter.models import Article, Case, CaseEntry, CaseStep, HandOver, Promise, Visit
from callcenter.selectors.service import service_facts
from callcenter.services import knowledge, promises, solving, steps
from callcenter.services.links import link_of
from callcenter.tests.factories import make_case, make_category, make_reason, make_step, make_visit
from kit.testing import assert_same_queries, counted_queries
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.models import Outbox
from staff.tests.factories import make_user
from stores.models import Chain
from stores.tests.factories import make_brand, make_counter, make_department

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "agent"


@pytest.fixture
def outsider_role():
    return "marketer"


@pytest.fixture
def counter(store_a):
    return make_counter(store_a, brand=make_brand())


@pytest.fixture
def member(store_a):
    make_programme()
    make_scheme()
    return make_member(store=store_a)


@pytest.fixture
def case(store_a, ada, member, counter):
    return make_case(store_a, ada, member=member, counter=counter, owner=ada)


@pytest.fixture
def associate(store_a, counter):
    return make_user("associate", [store_a], counters=[counter])


def url(name, *args):
    return reverse(f"callcenter:{name}", args=args)


PAGES = ["case_detail", "case_edit", "case_assign", "case_message", "case_ask", "case_wait", "case_solve",
         "case_confirm", "case_reopen", "case_compensate", "case_promise", "case_articles"]  # fmt: skip
DEEDS = ["case_take", "case_note", "case_said", "case_resume", "case_close"]


@pytest.mark.parametrize("name", PAGES)
def test_ada_gets_in_ben_does_not_find_it_cho_is_refused(client, ada, ben, cho, case, name):
    for user, status in ((ada, 200), (ben, 404), (cho, 403)):
        client.force_login(user)
        assert client.get(url(name, case.pk)).status_code == status, user


@pytest.mark.parametrize("name", DEEDS)
def test_deeds_are_posted_by_those_who_may(client, ada, ben, cho, case, name):
    client.force_login(ada)
    assert client.get(url(name, case.pk)).status_code == 405
    for user, status in ((ada, 302), (ben, 404), (cho, 403)):
        client.force_login(user)
        assert client.post(url(name, case.pk), {"text": "好"}).status_code == status, user


def test_a_complaint_about_a_line_is_opened_on_one_screen(client, ada, member, counter, store_a, associate):
    receipt = sell(store_a, member, line_draft(counter=counter)).receipt
    line = f"{timezone.localdate(receipt.sold_at):%Y-%m-%d}:{receipt.id}:1"
    visit = make_visit(store_a, ada, member=member)
    client.force_login(ada)
    address = url("case_new") + f"?member={member.pk}&visit={visit.pk}&line={line}"
    assert f'value="{line}" selected' in client.get(address).content.decode()
    typed = {
        "kind": "complaint", "channel": "desk", "title": "袖口脱线", "description": "穿了两次", "priority": "",
        "category": "", "line": line, "store": store_a.pk, "counter": "", "tags": "大衣 脱线", "question": "能换吗?",
        "is_mine": "on",
    }  # fmt: skip
    assert client.post(address, typed).status_code == 302
    client.post(address, typed)
    case = Case.objects.get()
    assert (case.member, case.counter, case.owner, case.tags) == (member, counter, ada, ["大衣", "脱线"])
    assert case.visits.get() == visit
    assert CaseStep.objects.get().counter == counter
    page = client.get(url("case_detail", case.pk)).content.decode()
    assert "能换吗?" in page
    assert "羊毛双面大衣" in page


def test_what_is_typed_wrongly_stays_and_says_why(client, ada, store_a):
    client.force_login(ada)
    typed = {"kind": "complaint", "channel": "phone", "title": "", "description": "说了很多", "store": store_a.pk,
             "caller_phone": "12", "question": "?"}  # fmt: skip
    response = client.post(url("case_new"), typed)
    assert response.status_code == 422
    assert {"title", "caller_phone", "counter"} <= set(response.context["form"].errors)
    assert "说了很多" in response.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "asked", ["member=x", "line=1:2:3", "line=2026-01-01:99999999999999999999:1", "call=9", "visit=zz", "kind=war"]
)
def test_an_address_that_names_nothing_opens_the_empty_screen(client, ada, asked):
    client.force_login(ada)
    assert client.get(f"{url('case_new')}?{asked}").status_code == 200


def test_a_case_goes_its_whole_way_by_its_buttons(client, ada, case, member):
    client.force_login(ada)
    assert client.post(url("case_wait", case.pk), {"waits_for": "member", "why": "照片"}).status_code == 302
    assert client.post(url("case_resume", case.pk)).status_code == 302
    assert client.post(url("case_compensate", case.pk), {"points": 100, "reason": "等候"}).status_code == 302
    assert client.post(url("case_solve", case.pk), {"solution": "已换货"}).status_code == 302
    assert client.post(url("case_close", case.pk), follow=True).content.decode().count("尚未认可") == 1
    assert client.post(url("case_confirm", case.pk), {"how": "电话"}).status_code == 302
    assert client.post(url("case_close", case.pk)).status_code == 302
    assert client.post(url("case_reopen", case.pk), {"reason": "又坏了"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.reopened_count) == ("open", 1)


def test_a_note_with_a_file_is_kept_and_served_to_those_who_may(client, settings, tmp_path, ada, ben, associate, case):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(ada)
    picture = SimpleUploadedFile("破损.png", b"\x89PNG\r\n\x1a\n123")
    assert client.post(url("case_note", case.pk), {"text": "", "file": picture}).status_code == 302
    entry = CaseEntry.objects.exclude(file="").get()
    assert client.get(url("entry_file", entry.pk))["Content-Type"] == "image/png"
    for user in (ben, associate):
        client.force_login(user)
        assert client.get(url("entry_file", entry.pk)).status_code == 404
    client.force_login(ada)
    script = SimpleUploadedFile("x.html", b"<script>")
    client.post(url("case_note", case.pk), {"text": "", "file": script})
    assert CaseEntry.objects.exclude(file="").count() == 1


def test_the_counter_sees_its_question_and_nothing_else_of_the_case(client, ada, associate, case, counter, store_a):
    client.force_login(ada)
    client.post(url("case_note", case.pk), {"text": "机密备注"})
    step = make_step(case, ada, counter=counter)
    other = make_step(case, ada, counter=make_counter(store_a))
    client.force_login(associate)
    assert step.question in client.get(url("case_list")).content.decode()
    assert client.get(url("case_detail", case.pk)).url == url("step_detail", step.pk)
    page = client.get(url("step_detail", step.pk)).content.decode()
    assert "机密备注" not in page
    assert case.title in page
    assert case.member.display_name not in page, "not this counter's customer"
    assert client.get(url("step_detail", other.pk)).status_code == 404
    assert client.post(url("step_detail", step.pk), {"answer": ""}).status_code == 422
    assert client.post(url("step_accept", step.pk)).status_code == 302
    assert client.post(url("step_detail", step.pk), {"answer": "可以换"}).status_code == 302
    assert client.post(url("case_note", case.pk), {"text": "x"}).status_code == 403
    step.refresh_from_db()
    assert (step.state, step.answered_by) == ("answered", associate)


def test_a_head_of_department_declines_and_an_agent_takes_back(client, ada, case, store_a):
    department = make_department(store_a)
    buyer = make_user("buyer", [store_a], department=department)
    first = make_step(case, ada, department=department)
    second = steps.ask_step(case_id=case.pk, question="另外?", hours=Decimal(2), department=department, actor=ada)
    client.force_login(buyer)
    assert client.post(url("step_decline", first.pk), {"reason": "属于物业"}).status_code == 302
    client.force_login(ada)
    assert client.post(url("step_withdraw", second.pk)).status_code == 302
    assert set(CaseStep.objects.values_list("state", flat=True)) == {"declined", "withdrawn"}


def test_a_text_is_written_from_a_template_in_the_members_language(client, ada, case, member):
    from callcenter.models import AnswerTemplate

    member.language = "en"
    member.save(update_fields=["language"])
    template = AnswerTemplate.objects.create(
        name="已受理", body="{member}您好", body_en="Dear {member}, {case} at {counter}"
    )
    client.force_login(ada)
    page = client.get(url("case_message", case.pk), {"template": template.pk}).content.decode()
    assert f"Dear {member.display_name}, {case.number} at {case.counter.name}" in page
    assert "139****" in page
    assert client.post(url("case_message", case.pk), {"text": "Done"}).status_code == 302
    assert Outbox.objects.get().recheck == "callcenter.service_message"


def test_promises_are_kept_and_broken(client, ada, ben, case):
    client.force_login(ada)
    due = timezone.localtime() + timedelta(days=1)
    typed = {"what": "回电", "due_at": f"{due:%Y-%m-%dT%H:%M}", "owner": ada.pk}
    assert client.post(url("case_promise", case.pk), typed).status_code == 302
    assert client.post(url("case_promise", case.pk), {**typed, "due_at": "2020-01-01T10:00"}).status_code == 422
    promise = Promise.objects.get()
    assert "回电" in client.get(reverse("workflow:calendar")).content.decode()
    client.force_login(ben)
    assert client.post(url("promise_keep", promise.pk)).status_code == 404
    client.force_login(ada)
    assert client.post(url("promise_break", promise.pk), {"reason": "打不通"}).status_code == 302
    assert Promise.objects.get().state == "broken"


def test_visits_are_registered_with_one_key_called_and_left(client, ada, ben, store_a, member):
    reason = make_reason("gift", name="礼品", key="5")
    client.force_login(ada)
    for _press in range(2):
        assert (
            client.post(url("visit_register", member.pk), {"reason": reason.pk, "store": store_a.pk}).status_code == 302
        )
    visit = Visit.objects.get()
    assert member.display_name in client.get(url("visit_list")).content.decode()
    client.force_login(ben)
    assert client.post(url("visit_serve", visit.pk)).status_code == 404
    assert member.display_name not in client.get(url("visit_list")).content.decode()
    client.force_login(ada)
    client.post(url("visit_serve", visit.pk))
    client.force_login(make_user("clerk", [store_a]))
    assert "已有人接待" in client.post(url("visit_serve", visit.pk), follow=True).content.decode()
    client.post(url("visit_leave", visit.pk))
    assert Visit.objects.get().state == "left"
    unknown = {"reason": reason.pk, "store": store_a.pk}
    assert client.post(url("visit_new"), unknown).status_code == 422
    assert client.post(url("visit_new"), {**unknown, "visitor_name": "李女士"}).status_code == 302


def test_articles_are_written_found_used_and_judged(client, ada, case):
    client.force_login(ada)
    typed = {"title": "大衣起球", "body": "专柜免费去球", "title_en": "Pilling", "body_en": "Free at the counter"}
    client.post(url("article_new"), typed)
    article = Article.objects.get()
    assert "大衣起球" not in client.get(url("case_articles", case.pk), {"text": "起球"}).content.decode()
    client.post(url("article_publish", article.pk))
    for words in ("起球", "去球", "pill", "大衣 免费"):
        assert "大衣起球" in client.get(url("case_articles", case.pk), {"text": words}).content.decode(), words
    assert "大衣起球" not in client.get(url("case_articles", case.pk), {"text": "球起"}).content.decode()
    client.post(url("case_article_use", case.pk, article.pk))
    client.post(url("case_article_use", case.pk, article.pk))
    client.post(url("article_helped", article.pk))
    client.post(url("article_failed", article.pk))
    client.post(url("article_edit", article.pk), {**typed, "body": "新的做法"})
    article.refresh_from_db()
    assert (article.version, article.helpful, article.unhelpful, article.uses.count()) == (2, 0, 1, 1)
    client.force_login(make_user("clerk", [case.store]))
    assert client.get(url("article_edit", article.pk)).status_code == 403
    knowledge.retire_article(article_id=article.pk, actor=ada)
    assert client.get(url("article_detail", article.pk)).status_code == 404


def test_a_shift_is_handed_over_to_somebody_else(client, ada, store_a, case):
    client.force_login(ada)
    typed = {"store": store_a.pk, "shift": "early", "note": "记得回电", "cases": [case.pk]}
    assert client.post(url("handover_new"), typed).status_code == 302
    row = HandOver.objects.get()
    assert "别的同事" in client.post(url("handover_take", row.pk), follow=True).content.decode()
    colleague = make_user("clerk", [store_a])
    client.force_login(colleague)
    client.post(url("handover_take", row.pk))
    case.refresh_from_db()
    assert case.owner == colleague
    assert "记得回电" in client.get(url("handover_list")).content.decode()


def test_the_list_filters_exports_and_asks_the_same_for_many_rows(client, ada, store_a, member, case):
    client.force_login(ada)
    solving.solve_case(case_id=make_case(store_a, ada, kind="suggestion").pk, solution="好", actor=ada)
    for which, count in (
        ("mine", 1),
        ("overdue", 0),
        ("solved", 1),
        ("first", 1),
        ("breached", 0),
        ("nobody", 0),
        ("rated", 0),
    ):
        assert client.get(url("case_list"), {"which": which}).context["page"].count == count, which
    assert client.get(url("case_list"), {"text": case.number}).context["page"].count == 1
    assert client.get(url("case_list"), {"export": "xlsx"})["Content-Type"].startswith("application/vnd.openxml")

    def more():
        for _number in range(25):
            make_case(store_a, ada, member=make_member(store=store_a), category=make_category(), owner=ada)

    assert assert_same_queries(lambda: client.get(url("case_list")), more) <= 15


def test_the_page_of_a_case_stays_within_its_budget(client, ada, case, counter):
    client.force_login(ada)
    for number in range(3):
        steps.ask_step(case_id=case.pk, question=f"问 {number}", hours=Decimal(2), counter=counter, actor=ada)
    client.get(url("case_detail", case.pk))
    with counted_queries() as queries:
        assert client.get(url("case_detail", case.pk)).status_code == 200
    assert len(queries) <= 15, "\n".join(q["sql"] for q in queries)


def test_the_in_tray_shows_what_waits_and_the_search_finds_a_number(client, ada, associate, case, counter):
    make_step(case, ada, counter=counter)
    client.force_login(associate)
    assert "请问为什么拒绝退换?" in client.get(reverse("workflow:in_tray")).content.decode()
    client.force_login(ada)
    assert case.title in client.get("/search/", {"q": case.number.lower()}, follow=True).content.decode()


def test_what_the_member_page_is_told_comes_in_one_statement(ada, ben, store_a, member, case):
    due = timezone.now() + timedelta(days=1)
    promises.make_promise(case_id=case.pk, what="回电", due_at=due, owner=ada, actor=ada)
    make_visit(store_a, ada, member=member)
    Chain.get()
    with counted_queries() as queries:
        facts = service_facts(member, ada)
    assert len(queries) == 1
    assert [one.number for one in facts.open_cases] == [case.number]
    assert facts.promises[0].due_at == due
    assert facts.in_the_house.reason == "退货"
    assert service_facts(member, ben).open_cases == ()
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False, "name": "x"})
    Chain.forget()
    assert service_facts(member, ben).visits == ()


def test_the_members_link_is_forged_expired_and_replayed_in_vain(client, ada, case):
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    case.refresh_from_db()
    link = link_of(case)
    page = client.get(link)
    assert "已换货" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert client.get(link.replace(token, token[:-2] + "xx")).status_code == 404
    assert client.get(link + "rate/").status_code == 405
    assert client.post(link + "rate/", {"stars": "9"}).status_code == 422
    assert client.post(link + "rate/", {"stars": "4", "words": "好"}).status_code == 302
    assert client.post(link + "rate/", {"stars": "1"}).status_code == 422
    assert client.post(link + "unsettled/", {"reason": ""}).status_code == 422
    case.rating.refresh_from_db()
    assert case.rating.stars == 4
    Case.objects.update(link_sent_at=timezone.now() - timedelta(days=15))
    assert client.get(link).status_code == 404
    assert client.post(link + "unsettled/", {"reason": "坏了"}).status_code == 404


def test_the_link_opens_the_case_again(client, ada, case):
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    case.refresh_from_db()
    link = link_of(case)
    assert "重新处理" in client.post(link + "unsettled/", {"reason": "还是坏的"}).content.decode()
    assert client.get(link).status_code == 404
    case.refresh_from_db()
    assert case.state == "open"
