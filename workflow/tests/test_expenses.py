"""Claims from the draft to the payment; budgets that are never exceeded; fixed fees that appear once."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kit.errors import Conflict, DomainError, PermissionRefused
from kit.testing import assert_same_queries
from staff.models import Notice
from staff.tests.factories import make_user
from stores.tests.factories import make_department, make_store
from workflow.exceptions import ClaimClosed, NoBudget, NotApproved, OverBudget
from workflow.models import Budget, ExpenseClaim, Paper
from workflow.services import budgets, expenses, receivables, terms
from workflow.services.decisions import approve, reject
from workflow.services.requests import ask_revocation, last_request_of, withdraw
from workflow.tests.factories import approve_node, make_flow, task
from workflow.tests.factories_office import MONTH, draft, make_expense_category, make_money, make_term

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(store_a):
    """A department with 1,000.00 for cleaning in November 2026, a claimant, an approver, somebody who pays."""
    department, category = make_department(store_a), make_expense_category()
    approver = make_user("manager", [store_a], username="approver")
    make_flow(approve_node("n1", approver), subject_type="workflow.claim")
    return {
        "store": store_a,
        "department": department,
        "category": category,
        "budget": make_money(department, category, "1000.00"),
        "clerk": make_user("clerk", [store_a], username="claimant"),
        "approver": approver,
        "finance": make_user("finance", [store_a], username="payer"),
    }


def claim_of(house, *amounts):
    return draft(house["clerk"], house["store"], *amounts, department=house["department"], category=house["category"])


def submitted(house, *amounts):
    claim = claim_of(house, *amounts)
    return claim, expenses.submit_claim(claim_id=claim.pk, actor=house["clerk"])


def money(house):
    house["budget"].refresh_from_db()
    return house["budget"].reserved, house["budget"].consumed


def test_a_claim_is_reserved_approved_paid_through_its_pages(client, house):
    client.force_login(house["clerk"])
    data = {
        "department": house["department"].pk, "purpose": "清洗幕墙", "counterparty": "净洁", "month": "2026-11",
        "lines-TOTAL_FORMS": "5", "lines-INITIAL_FORMS": "0",
        "lines-0-category": house["category"].pk, "lines-0-spent_on": "2026-11-20", "lines-0-description": "东墙",
        "lines-0-amount": "300.00",
        "lines-2-category": house["category"].pk, "lines-2-spent_on": "2026-11-21", "lines-2-description": "西墙",
        "lines-2-amount": "200.50",
    }  # fmt: skip
    answer = client.post(reverse("workflow:claim_new"), data)
    claim = ExpenseClaim.objects.get()
    assert answer.url == reverse("workflow:claim_detail", args=[claim.pk])
    assert (claim.total, claim.store, claim.lines.count()) == (Decimal("500.50"), house["store"], 2)
    scan = SimpleUploadedFile("发票.pdf", b"%PDF-1.7 x")
    client.post(reverse("workflow:claim_attach", args=[claim.pk]), {"files": [scan]})
    client.post(reverse("workflow:claim_submit", args=[claim.pk]))
    assert money(house) == (Decimal("500.50"), 0)
    paper = Paper.objects.get()
    served = client.get(reverse("workflow:paper_file", args=[paper.pk]))
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Type"] == "application/pdf"
    assert served.content == b"%PDF-1.7 x"

    client.force_login(house["approver"])
    assert "清洗幕墙" in client.get(reverse("workflow:in_tray")).content.decode()
    approve(task_id=task(last_request_of(claim), house["approver"]).pk, actor=house["approver"])

    client.force_login(house["finance"])
    assert claim.number in client.get(reverse("workflow:in_tray")).content.decode(), "what is to be paid waits there"
    client.post(reverse("workflow:claim_pay", args=[claim.pk]), {"reference": "ICBC-1"})
    claim.refresh_from_db()
    assert (claim.status, claim.payment_reference, claim.paid_by) == ("paid", "ICBC-1", house["finance"])
    assert money(house) == (0, Decimal("500.50"))
    workbook = client.get(reverse("workflow:claim_list") + "?export=xlsx")
    assert workbook.status_code == 200


def test_a_form_with_a_mistake_keeps_what_was_typed(client, house):
    client.force_login(house["clerk"])
    data = {
        "department": house["department"].pk, "purpose": "清洗幕墙", "counterparty": "净洁", "month": "2026-11",
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-category": house["category"].pk,
        "lines-0-spent_on": "2026-11-20", "lines-0-description": "东墙", "lines-0-amount": "-3",
    }  # fmt: skip
    answer = client.post(reverse("workflow:claim_new"), data)
    assert answer.status_code == 422
    assert "清洗幕墙" in answer.content.decode()
    assert not ExpenseClaim.objects.exists()
    empty = client.post(reverse("workflow:claim_new"), {**data, "lines-TOTAL_FORMS": "0"})
    assert empty.status_code == 422
    assert client.post(reverse("workflow:claim_new"), {"lines-TOTAL_FORMS": "x"}).status_code == 422


def test_what_exceeds_the_budget_is_refused_and_nobody_is_asked(house):
    submitted(house, "600.00")
    claim = claim_of(house, "250.00", "150.01")
    with pytest.raises(OverBudget, match=r"400\.00"):
        expenses.submit_claim(claim_id=claim.pk, actor=house["clerk"])
    claim.refresh_from_db()
    assert claim.status == "draft"
    assert last_request_of(claim) is None
    assert money(house) == (Decimal("600.00"), 0)


def test_without_a_budget_nothing_is_claimed(house):
    claim = draft(house["clerk"], house["store"], department=house["department"])
    with pytest.raises(NoBudget):
        expenses.submit_claim(claim_id=claim.pk, actor=house["clerk"])


def test_a_rejection_and_a_withdrawal_give_the_reservation_back(house):
    claim, request = submitted(house, "700.00")
    reject(task_id=task(request, house["approver"]).pk, actor=house["approver"], comment="太贵")
    claim.refresh_from_db()
    assert (claim.status, money(house)) == ("rejected", (0, 0))
    expenses.submit_claim(claim_id=claim.pk, actor=house["clerk"])
    assert money(house) == (Decimal("700.00"), 0)
    withdraw(request_id=last_request_of(claim).pk, actor=house["clerk"])
    claim.refresh_from_db()
    assert (claim.status, money(house)) == ("draft", (0, 0))


def test_nothing_is_paid_that_is_not_approved(house):
    claim, request = submitted(house, "100.00")
    with pytest.raises(NotApproved):
        expenses.pay_claim(claim_id=claim.pk, reference="1", actor=house["finance"])
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpenseClaim.objects.filter(pk=claim.pk).update(status="paid")
    approve(task_id=task(request, house["approver"]).pk, actor=house["approver"])
    claim.lines.update(amount=Decimal("900.00"))
    with pytest.raises(NotApproved):
        expenses.pay_claim(claim_id=claim.pk, reference="1", actor=house["finance"])
    claim.lines.update(amount=Decimal("100.00"))
    expenses.pay_claim(claim_id=claim.pk, reference="1", actor=house["finance"])
    with pytest.raises(ClaimClosed):
        expenses.pay_claim(claim_id=claim.pk, reference="1", actor=house["finance"])
    assert money(house) == (0, Decimal("100.00"))


def test_an_approved_claim_can_be_revoked_until_it_is_paid(house):
    claim, request = submitted(house, "100.00")
    approve(task_id=task(request, house["approver"]).pk, actor=house["approver"])
    revocation = ask_revocation(request_id=request.pk, actor=house["clerk"], comment="重复")
    approve(task_id=task(revocation, house["approver"]).pk, actor=house["approver"])
    claim.refresh_from_db()
    assert (claim.status, money(house)) == ("draft", (0, 0))


def test_nobody_pays_the_own_claim(house):
    make_money(house["department"], make_expense_category(), "10.00")
    claim = draft(
        house["finance"], house["store"], "100.00", department=house["department"], category=house["category"]
    )
    request = expenses.submit_claim(claim_id=claim.pk, actor=house["finance"])
    approve(task_id=task(request, house["approver"]).pk, actor=house["approver"])
    with pytest.raises(PermissionRefused):
        expenses.pay_claim(claim_id=claim.pk, reference="1", actor=house["finance"])


def test_who_sees_a_claim(client, house):
    claim = claim_of(house, "100.00")
    elsewhere = make_user("finance", [make_store(name="台东店")])
    url = reverse("workflow:claim_detail", args=[claim.pk])
    seen = {}
    for person in (house["clerk"], house["finance"], make_user("clerk", [house["store"]]), elsewhere):
        client.force_login(person)
        seen[person.username] = client.get(url).status_code
    assert list(seen.values()) == [200, 200, 404, 404]
    client.force_login(make_user("clerk", [house["store"]]))
    assert client.post(reverse("workflow:claim_pay", args=[claim.pk]), {"reference": "1"}).status_code == 403
    assert client.post(reverse("workflow:claim_void", args=[claim.pk])).status_code == 404


def test_a_budget_is_not_cut_below_what_is_used(house):
    submitted(house, "600.00")
    with pytest.raises(Conflict, match=r"600\.00"):
        budgets.set_budget(
            department=house["department"], category=house["category"], month=date(2026, 11, 9),
            amount=Decimal("599.99"), actor=house["finance"],
        )  # fmt: skip
    budgets.set_budget(
        department=house["department"], category=house["category"], month=date(2026, 11, 9), amount=Decimal("600"),
        actor=house["finance"],
    )  # fmt: skip
    assert Budget.objects.get().left == 0


def test_the_list_asks_the_same_for_many_claims(client, house):
    client.force_login(house["finance"])
    claim_of(house, "1.00")
    url = reverse("workflow:claim_list")
    assert_same_queries(lambda: client.get(url), lambda: [claim_of(house, "1.00") for _ in range(27)])


# Two claims for the last of a budget ---------------------------------------------------------------


def _race(house, claims, deed):
    """Submit claims at once, each on a connection of its own; how many went through."""
    gate, won = threading.Barrier(len(claims)), []

    def run(claim):
        try:
            gate.wait(10)
            deed(claim)
            won.append(claim.pk)
        except DomainError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return len(won)


@pytest.mark.django_db(transaction=True)
def test_two_claims_for_the_last_of_a_budget_one_wins(house):
    claims = [claim_of(house, "800.00") for _ in range(4)]
    won = _race(house, claims, lambda claim: expenses.submit_claim(claim_id=claim.pk, actor=house["clerk"]))
    assert won == 1
    assert money(house) == (Decimal("800.00"), 0)
    assert budgets.budget_differences() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_budget_would_lie(house):
    """The control: read, check and write without the lock, and two claims both find room."""
    meet = threading.Barrier(2)

    def careless(_claim):
        with transaction.atomic():
            budget = Budget.objects.get(pk=house["budget"].pk)
            assert budget.left >= Decimal("800.00")
            meet.wait(10)
            budget.reserved += Decimal("800.00")
            budget.save(update_fields=["reserved"])

    assert _race(house, [claim_of(house, "800.00") for _ in range(2)], careless) == 2
    assert money(house) == (Decimal("800.00"), 0), "1,600.00 were promised, the budget remembers half"


class BudgetsKeepStep(TestCase):
    """Whatever happens to claims, in whatever order: reserved and consumed are the sums of the claims, and no budget
    is exceeded."""

    def setUp(self):
        store = make_store()
        self.store, self.department, self.category = store, make_department(store), make_expense_category()
        self.approver = make_user("manager", [store])
        make_flow(approve_node("n1", self.approver), subject_type="workflow.claim")
        make_money(self.department, self.category, "1000.00")
        self.clerk, self.finance = make_user("clerk", [store]), make_user("finance", [store])

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["new", "submit", "approve", "reject", "withdraw", "pay", "void", "revoke"]),
                st.integers(0, 5),
                st.decimals("0.01", "700", places=2),
            ),
            max_size=25,
        )
    )
    def test_random_deeds(self, deeds):
        claims = []
        for verb, which, amount in deeds:
            if verb == "new" or not claims:
                claims.append(
                    draft(self.clerk, self.store, str(amount), department=self.department, category=self.category)
                )
                continue
            claim = claims[which % len(claims)]
            try:
                with transaction.atomic():
                    self._do(verb, claim)
            except DomainError:
                pass
            assert budgets.budget_differences() == []
        budget = Budget.objects.get()
        assert budget.left >= 0

    def _do(self, verb, claim):
        request = last_request_of(claim)
        waiting = request and request.tasks.filter(status="open").first()
        match verb:
            case "submit":
                expenses.submit_claim(claim_id=claim.pk, actor=self.clerk)
            case "approve" if waiting:
                approve(task_id=waiting.pk, actor=self.approver)
            case "reject" if waiting:
                reject(task_id=waiting.pk, actor=self.approver, comment="否")
            case "withdraw" if request:
                withdraw(request_id=request.pk, actor=self.clerk)
            case "pay":
                expenses.pay_claim(claim_id=claim.pk, reference="1", actor=self.finance)
            case "void":
                expenses.void_claim(claim_id=claim.pk, actor=self.clerk)
            case "revoke" if request:
                revocation = ask_revocation(request_id=request.pk, actor=self.clerk, comment="重复")
                approve(task_id=task(revocation, self.approver).pk, actor=self.approver)


# Fixed fees ----------------------------------------------------------------------------------------


def test_a_months_last_day_stays_the_last_day(house):
    term = make_term(house["department"], owner=house["finance"], starts_on=date(2026, 1, 31))
    days = list(terms.period_starts(term, date(2026, 5, 1)))
    assert days == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_claims_appear_once_catch_up_and_stop(house):
    """A skipped day, a run twice, a run after weeks, an end: the failures of systems that schedule by a date field."""
    term = make_term(
        house["department"], owner=house["finance"], starts_on=date(2026, 11, 2), cadence="weekly",
        ends_on=date(2026, 11, 24),
    )  # fmt: skip
    assert terms.raise_due_claims(today=date(2026, 11, 1)) == 0
    assert terms.raise_due_claims(today=date(2026, 11, 2)) == 1
    assert terms.raise_due_claims(today=date(2026, 11, 2)) == 0
    assert terms.raise_due_claims(today=date(2026, 12, 31)) == 3
    assert terms.raise_due_claims(today=date(2027, 1, 31)) == 0
    starts = list(ExpenseClaim.objects.filter(term=term).order_by("pk").values_list("period_start", flat=True))
    assert starts == [date(2026, 11, 2) + timedelta(days=7 * n) for n in range(4)]
    assert Notice.objects.filter(user=house["finance"]).count() == 2
    claim = ExpenseClaim.objects.filter(term=term).earliest("pk")
    assert (claim.due_on, claim.total, claim.month) == (date(2026, 11, 16), Decimal("500.00"), MONTH)


def test_the_database_keeps_a_period_from_doubling(house):
    term = make_term(house["department"], owner=house["finance"])
    terms.raise_due_claims(today=date(2026, 1, 31))
    claim = ExpenseClaim.objects.get(term=term)
    claim.pk, claim.number = None, "FY-x"
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.save()


def test_what_is_due_is_said_once(house):
    make_term(house["department"], owner=house["finance"])
    terms.raise_due_claims(today=date(2026, 1, 31))
    assert terms.remind_due(today=date(2026, 2, 10)) == 0
    assert terms.remind_due(today=date(2026, 2, 11)) == 1
    assert terms.remind_due(today=date(2026, 2, 20)) == 0


# What suppliers owe --------------------------------------------------------------------------------


def test_a_source_raises_its_claim_once(house):
    fee = receivables.Receivable(
        "suppliers.feecharge:1", house["store"].pk, "之春服饰", "管理费 2026-11", Decimal("2000.00"), MONTH
    )
    assert receivables.raise_receivables([fee]) == 1
    assert receivables.raise_receivables([fee]) == 0
    assert receivables.mark_deducted([fee.source_key], reference="JS-1") == 1
    assert receivables.mark_deducted([fee.source_key], reference="JS-2") == 0
    claim = ExpenseClaim.objects.get()
    assert (claim.direction, claim.status, claim.payment_reference) == ("receivable", "deducted", "JS-1")
    with pytest.raises(NotApproved):
        expenses.pay_claim(claim_id=claim.pk, reference="1", actor=house["finance"])
