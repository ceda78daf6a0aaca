"""What happens to a case: opened once, taken by one, waiting without losing time, solved, rated, opened again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from callcenter.exceptions import CompensationRefused, NotYetFinished, WrongState
from callcenter.models import Case, CaseCounter, CaseEntry, CaseRating, Compensation, Kind
from callcenter.services import cases, compensation, promises, solving, steps
from callcenter.services.links import link_of
from callcenter.services.messages import text_member
from callcenter.tests.factories import make_case, make_category, make_step
from kit.errors import DomainError
from loyalty.models import Account, CouponKind, Reward
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.services.consent import record_consent
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.models import AuditEntry, Notice, Outbox
from staff.services.outbox import send_due
from staff.tests.factories import make_user
from stores.tests.factories import make_counter, make_department
from workflow.services.decisions import approve, reject
from workflow.services.requests import open_request_of
from workflow.tests.factories import task

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "agent"


@pytest.fixture
def member(store_a):
    make_programme()
    make_scheme()
    return make_member(store=store_a)


@pytest.fixture
def case(store_a, ada, member):
    return make_case(store_a, ada, member=member, owner=ada)


def token_of(case):
    return link_of(Case.objects.get(pk=case.pk)).rstrip("/").rsplit("/", 1)[-1]


def test_numbers_count_up_by_the_day_and_begin_with_it(store_a, ada):
    first, second = make_case(store_a, ada), make_case(store_a, ada)
    day = f"{timezone.localdate():%Y%m%d}"
    assert [first.number, second.number] == [f"C{day}-0001", f"C{day}-0002"]
    assert CaseCounter.objects.get().last == 2


def test_a_double_click_opens_one_case(store_a, ada, member):
    facts = {"title": "扣子掉了", "member": member}
    assert make_case(store_a, ada, **facts) == make_case(store_a, ada, **facts)
    assert Case.objects.count() == 1
    assert CaseEntry.objects.count() == 1


def test_whoever_stands_before_us_has_been_answered(store_a, ada):
    assert make_case(store_a, ada, channel="phone").responded_at is not None
    mail = make_case(store_a, None, channel="email")
    assert mail.responded_at is None
    assert mail.state == "new"
    cases.say_in_case(case_id=mail.pk, text="已电话联系", actor=ada)
    mail.refresh_from_db()
    assert mail.responded_at is not None


def test_a_category_gives_its_priority(store_a, ada):
    assert make_case(store_a, ada, category=make_category(priority="urgent")).priority == "urgent"


def test_a_line_names_counter_and_store_and_must_be_the_members(store_a, store_b, ada, member):
    counter = make_counter(store_a)
    receipt = sell(store_a, member, line_draft(counter=counter)).receipt
    line = (timezone.localdate(receipt.sold_at), receipt.id, 1)
    case = make_case(store_b, ada, member=member, line=line)
    assert (case.store, case.counter, case.receipt_id) == (store_a, counter, receipt.id)
    with pytest.raises(DomainError):
        make_case(store_a, ada, member=make_member(store=store_a), line=line)


def test_a_case_is_taken_by_one(store_a, ada):
    case, other = make_case(store_a, None, channel="web"), make_user("agent", [store_a])
    cases.take_case(case_id=case.pk, actor=ada)
    cases.take_case(case_id=case.pk, actor=ada)
    with pytest.raises(WrongState):
        cases.take_case(case_id=case.pk, actor=other)
    cases.assign_case(case_id=case.pk, owner=other, actor=ada)
    assert Notice.objects.filter(user=other).count() == 1
    case.refresh_from_db()
    assert (case.owner, case.state) == (other, "open")


def test_waiting_stops_the_clock_and_another_priority_sets_it_anew(case, ada):
    due = case.solution_due_at
    cases.let_wait(case_id=case.pk, waits_for="member", why="等小票照片", actor=ada)
    with pytest.raises(WrongState):
        cases.let_wait(case_id=case.pk, waits_for="member", why="", actor=ada)
    cases.resume_case(case_id=case.pk, actor=ada)
    with pytest.raises(WrongState):
        cases.resume_case(case_id=case.pk, actor=ada)
    case.refresh_from_db()
    assert case.state == "open"
    assert timedelta(0) <= case.solution_due_at - due < timedelta(minutes=1)
    cases.edit_case(
        case_id=case.pk, kind=case.kind, category_id=None, priority="urgent", title="急", tags=["羊毛", "羊毛", ""],
        actor=ada,
    )  # fmt: skip
    case.refresh_from_db()
    assert case.solution_due_at < due
    assert case.tags == ["羊毛"]


def test_a_step_is_asked_answered_once_and_holds_the_solution(case, ada, store_a):
    counter = make_counter(store_a)
    associate = make_user("associate", [store_a], counters=[counter])
    step = make_step(case, ada, counter=counter)
    assert make_step(case, ada, counter=counter) == step
    assert Notice.objects.filter(user=associate).count() == 1
    with pytest.raises(NotYetFinished):
        solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    steps.accept_step(step_id=step.pk, actor=associate)
    steps.answer_step(step_id=step.pk, answer="今天给换新", actor=associate)
    with pytest.raises(WrongState):
        steps.decline_step(step_id=step.pk, reason="不是我们的", actor=associate)
    assert Notice.objects.filter(user=ada).count() == 1
    with pytest.raises(DomainError):
        steps.ask_step(case_id=case.pk, question="?", hours=Decimal(1), actor=ada)


def test_a_complaint_waits_for_the_members_word(case, ada):
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    assert Outbox.objects.get().purpose == "service"
    with pytest.raises(NotYetFinished):
        solving.close_case(case_id=case.pk, actor=ada)
    with pytest.raises(DomainError):
        solving.confirm_solution(case_id=case.pk, how=" ", actor=ada)
    solving.confirm_solution(case_id=case.pk, how="电话确认", actor=ada)
    assert solving.close_case(case_id=case.pk, actor=ada).state == "closed"
    assert solving.close_case(case_id=case.pk, actor=ada).state == "closed"


def test_silence_closes_after_a_week_unless_a_promise_is_open(case, ada):
    due = timezone.now() + timedelta(days=30)
    promise = promises.make_promise(case_id=case.pk, what="回电", due_at=due, owner=ada, actor=ada)
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    Case.objects.update(solved_at=timezone.now() - timedelta(days=8))
    assert solving.close_silent_cases() == 0
    promises.keep_promise(promise_id=promise.pk, actor=ada)
    with pytest.raises(WrongState):
        promises.break_promise(promise_id=promise.pk, note="忘了", actor=ada)
    assert solving.close_silent_cases() == 1
    assert solving.close_silent_cases() == 0


def test_a_member_rates_by_the_link_once(case, ada):
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    token = token_of(case)
    solving.rate_by_link(token=token, who="x", stars=5, words="很快")
    case.refresh_from_db()
    assert (case.state, case.rating.stars) == ("closed", 5)
    with pytest.raises(WrongState):
        solving.rate_by_link(token=token, who="x", stars=1, words="")
    assert CaseRating.objects.get().stars == 5


def test_a_member_opens_the_case_again_by_the_link_once(case, ada):
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    token = token_of(case)
    solving.reopen_by_link(token=token, who="x", reason="还是脱线")
    case.refresh_from_db()
    assert (case.state, case.reopened_count) == ("open", 1)
    with pytest.raises(DomainError):
        solving.reopen_by_link(token=token, who="x", reason="又来")
    solving.solve_case(case_id=case.pk, solution="已退货", actor=ada)
    assert CaseRating.objects.count() == 1


def test_a_member_is_asked_for_a_rating_once_a_month(store_a, ada, member):
    for kind in (Kind.CONSULTATION, Kind.CONSULTATION, Kind.COMPLAINT):
        one = make_case(store_a, ada, member=member, kind=kind)
        solving.solve_case(case_id=one.pk, solution="好", actor=ada)
    assert CaseRating.objects.count() == 1
    # The complaint's member is asked whether it is settled all the same.
    assert Outbox.objects.count() == 2


def test_it_is_too_late_after_a_fortnight(case, ada):
    solving.solve_case(case_id=case.pk, solution="已换货", actor=ada)
    Case.objects.update(solved_at=timezone.now() - timedelta(days=15))
    with pytest.raises(WrongState):
        solving.reopen_case(case_id=case.pk, reason="又坏了", actor=ada)


def test_who_refused_service_texts_gets_none(case, ada, member):
    text_member(case_id=case.pk, text="已安排", actor=ada)
    text_member(case_id=case.pk, text="已安排", actor=ada)
    assert Outbox.objects.count() == 1
    record_consent(member_id=member.pk, channel="sms", purpose="service", granted=False, actor=None)
    send_due()
    assert Outbox.objects.get().state == "dropped"


def test_points_for_the_trouble_go_through_the_ledger_once(case, ada, member):
    one = compensation.compensate(case_id=case.pk, points=500, reason="等候", actor=ada)
    assert compensation.compensate(case_id=case.pk, points=500, reason="等候", actor=ada) == one
    assert one.state == "granted"
    assert Account.objects.get(member=member).available == 500
    assert one.txn.source == "case"
    assert list(find_breaches()) == []


def test_a_gift_leaves_the_shelf_and_the_points_as_they_were(case, ada, member, store_a):
    reward = Reward.objects.create(
        code="U", name="雨伞", points=300, stock=2, cost=Decimal(20), valid_from="2020-01-01"
    )
    one = compensation.compensate(case_id=case.pk, reward=reward, reason="道歉", actor=ada)
    reward.refresh_from_db()
    assert (one.worth, reward.stock, one.redemption.points) == (Decimal(20), 1, 300)
    assert Account.objects.get(member=member).available == 0
    assert list(find_breaches()) == []


def test_above_the_limit_it_is_approved_and_splitting_does_not_help(case, ada, member, store_a):
    manager = make_user("manager", [store_a])
    kind = CouponKind.objects.create(code="C80", name="80元券", amount=Decimal(80))
    compensation.compensate(case_id=case.pk, coupon_kind=kind, reason="道歉", actor=ada)
    second = compensation.compensate(case_id=case.pk, points=3000, reason="道歉", actor=ada)
    assert second.state == "waiting"
    assert Account.objects.get(member=member).available == 0
    solving.solve_case(case_id=case.pk, solution="好", actor=ada)
    solving.confirm_solution(case_id=case.pk, how="电话", actor=ada)
    with pytest.raises(NotYetFinished):
        solving.close_case(case_id=case.pk, actor=ada)
    approve(task_id=task(open_request_of(second), manager).pk, actor=manager)
    second.refresh_from_db()
    assert (second.state, second.decided_by) == ("granted", manager)
    assert Account.objects.get(member=member).available == 3000


def test_what_is_rejected_is_not_given(case, ada, member, store_a):
    manager = make_user("manager", [store_a])
    one = compensation.compensate(case_id=case.pk, points=90000, reason="道歉", actor=ada)
    reject(task_id=task(open_request_of(one), manager).pk, actor=manager, comment="太多")
    one.refresh_from_db()
    assert one.state == "refused"
    assert Account.objects.get(member=member).available == 0


def test_nobody_unknown_is_given_anything(store_a, ada):
    case = make_case(store_a, ada, caller_name="路人")
    with pytest.raises(CompensationRefused):
        compensation.compensate(case_id=case.pk, points=10, reason="x", actor=ada)
    assert not Compensation.objects.exists()


@pytest.mark.parametrize(
    "statement", ["UPDATE callcenter_caseentry SET text = 'x'", "DELETE FROM callcenter_caseentry"]
)
def test_the_timeline_is_append_only(case, statement):
    from django.db import connection

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_deed_leaves_a_line_in_the_audit_trail(case, ada):
    cases.note_in_case(case_id=case.pk, text="内部", actor=ada)
    make_step(case, ada, department=make_department(case.store))
    assert set(AuditEntry.objects.filter(action__startswith="callcenter.").values_list("action", flat=True)) >= {
        "callcenter.case_opened", "callcenter.step_asked",
    }  # fmt: skip
