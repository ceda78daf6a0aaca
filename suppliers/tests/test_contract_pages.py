"""Contracts and settlements through HTTP: from the form to the payment, and who is refused."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from kit.money import to_fen
from kit.testing import assert_same_queries, counted_queries
from staff.tests.factories import make_user
from stores.tests.factories import make_counter
from suppliers.approvals import ContractSubject
from suppliers.models import Contract, ContractVersion, Dispute, FeeCharge, Settlement
from suppliers.selectors.outlook import burn_down, compared
from suppliers.services.contracts import amend_contract
from suppliers.services.links import link_of
from suppliers.services.settlement import run_month
from suppliers.services.statements import confirm_settlement, send_settlement
from suppliers.settling.spans import add_months
from suppliers.tests.factories_contracts import counter_of, make_contract, make_draft, make_fee_type, sell_on, sign
from suppliers.tests.factories_parties import make_party
from workflow.models import ApprovalTask
from workflow.services.decisions import approve

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "buyer"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture
def finance(store_a):
    return make_user("finance", [store_a], username="fin")


@pytest.fixture
def manager(store_a):
    return make_user("manager", [store_a], username="man")


@pytest.fixture
def ceo(db):
    return make_user("ceo", all_stores=True, username="ceo")


def url(name, *args):
    return reverse(f"suppliers:{name}", args=args)


def empty_rows():
    found = {}
    for part in ("rates", "tiers", "months", "fees"):
        found |= {f"{part}-TOTAL_FORMS": "0", f"{part}-INITIAL_FORMS": "0"}
    return found


def filled(store, counter, party, **more):
    return {
        "party": party.pk, "store": store.pk, "kind": "concession", "notice_months": "2",
        "effective_on": "2026-01-01", "ends_on": "2026-12-31", "counters": [counter.pk], "base_rate": "25",
        "mode": "rate", "rent": "0", "guarantee": "sales", "guaranteed": "100000", "promotion_share": "30",
        "excess": "none", "excess_rate": "0", "horizon": "monthly", "year_month": "1", "partial": "true",
        "vat_rate": "13", "deposit_required": "0", "deposit_refund_months": "2", "exit_months": "2",
        "move_after": "2", "end_after": "3", "note": "", **empty_rows(), **more,
    }  # fmt: skip


def test_a_contract_is_drafted_with_its_rows(client, ada, store_a):
    counter, fee, party = make_counter(store_a), make_fee_type(), make_party(store_a)
    client.force_login(ada)
    assert client.get(url("contract_new")).status_code == 200
    rows = {
        "fees-TOTAL_FORMS": "2", "fees-0-fee_type": fee.pk, "fees-0-amount": "2000", "fees-0-recurrence": "monthly",
        "fees-0-payment": "before", "fees-1-recurrence": "monthly", "fees-1-payment": "before",
        "tiers-TOTAL_FORMS": "1", "tiers-0-lower": "0", "tiers-0-rate": "12.5",
    }  # fmt: skip
    response = client.post(url("contract_new"), filled(store_a, counter, party, **rows))
    contract = Contract.objects.get()
    assert response.url == url("contract_detail", contract.pk)
    version = contract.versions.get()
    assert (version.base_rate, version.promotion_share) == (D("0.25"), D("0.30"))
    assert version.tiers.get().rate == D("0.125")
    assert version.fees.get().amount == D("2000")
    assert client.get(url("version_edit", version.pk)).status_code == 200
    series = version.fees.get().series
    rows |= {"fees-INITIAL_FORMS": "1", "fees-0-series": str(series), "fees-0-amount": "2100"}
    assert client.post(url("version_edit", version.pk), filled(store_a, counter, party, **rows)).status_code == 302
    assert (version.fees.get().amount, version.fees.get().series) == (D("2100"), series)


def test_bad_terms_get_a_sentence_and_keep_what_was_typed(client, ada, store_a):
    counter, party, fee = make_counter(store_a), make_party(store_a), make_fee_type("signing", name="进场费")
    client.force_login(ada)
    banned = {
        "fees-TOTAL_FORMS": "1", "fees-0-fee_type": fee.pk, "fees-0-amount": "1", "fees-0-recurrence": "once",
        "fees-0-payment": "before",
    }  # fmt: skip
    for wrong in (
        {"ends_on": "2025-01-01"}, {"base_rate": "250"}, {"mode": "marginal"}, {"base_rate": "<script>"}, banned,
        {"rates-TOTAL_FORMS": "1", "rates-0-rate": "10", "rates-0-goods": "nope"},
    ):  # fmt: skip
        response = client.post(url("contract_new"), filled(store_a, counter, party, **wrong))
        assert response.status_code == 422
        assert "invalid-feedback" in response.text or "alert" in response.text
        assert "100000" in response.text
    assert not Contract.objects.exists()


def decide(contract_or_settlement, *people):
    for person in people:
        task = ApprovalTask.objects.filter(assignee=person, status="open").latest("pk")
        approve(task_id=task.pk, actor=person)


def test_from_submitted_to_signed(client, ada, manager, ceo, store_a):
    contract = make_draft(store_a, actor=ada)
    version = contract.versions.get()
    client.force_login(ada)
    client.post(url("version_submit", version.pk), {"comment": "", "urgent": ""})
    assert contract.versions.get().status == "submitted"
    assert (
        client.post(url("version_sign", version.pk), {"signed_on": "2026-01-01", "signatory": "李"}).status_code == 422
    )
    decide(contract, manager, ceo)
    assert contract.versions.get().status == "approved"
    client.post(url("version_sign", version.pk), {"signed_on": "2026-01-01", "signatory": "李"})
    contract.refresh_from_db()
    assert (contract.state, contract.versions.get().status) == ("active", "signed")
    assert counter_of(contract) is not None


def test_pages_are_for_the_desk_of_the_store(client, ada, ben, cho, store_a):
    contract = make_contract(store_a)
    names = [("contract_detail", contract.pk), ("version_pdf", contract.versions.get().pk)]
    for person, status in ((ada, 200), (ben, 404), (cho, 403)):
        client.force_login(person)
        for name, pk in names:
            assert client.get(url(name, pk)).status_code == status, (person, name)
    client.force_login(ben)
    assert contract.number not in client.get(url("contract_list")).text


def settled(store, *, net="1000.00"):
    contract = make_contract(store)
    sell_on(counter_of(contract), date(2026, 3, 5), net)
    run_month(month_on=date(2026, 3, 1), actor=None, store_ids=[store.pk])
    return contract.settlements.get()


def test_a_settlement_from_the_run_to_the_payment(client, ada, finance, manager, store_a):
    contract = make_contract(store_a)
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    client.force_login(finance)
    response = client.post(url("settlement_run"), {"month_on": "2026-03-10"})
    assert response.url.startswith("/jobs/")
    from staff.models import Job
    from staff.services.jobs import run_job

    run_job(job_id=Job.objects.get().pk)
    assert Job.objects.get().result == {"calculated": 1, "skipped": 0}
    one = Settlement.objects.get()
    for verb in ("recalculate", "confirm", "send"):
        client.post(url(f"settlement_{verb}", one.pk))
    one.refresh_from_db()
    assert one.state == "sent"
    page = client.get(url("settlement_detail", one.pk))
    assert link_of(one) in page.text
    assert "1,000.00 × 25%" in page.text
    client.logout()
    assert client.get(link_of(one)).status_code == 200
    assert client.get(link_of(one) + "pdf/").content[:5] == b"%PDF-"
    line = one.lines.get()
    assert client.post(link_of(one), {"name": "", f"line_{line.pk}": "少算"}).status_code == 422
    client.post(link_of(one), {"name": "李经理", f"line_{line.pk}": "少算"})
    one.refresh_from_db()
    assert one.state == "disputed"
    client.force_login(finance)
    client.post(url("dispute_answer", Dispute.objects.get().pk), {"answer": "已更正"})
    client.post(url("settlement_adjust", one.pk), {"amount": "10", "reason": "更正"})
    client.post(url("settlement_send", one.pk))
    one.refresh_from_db()
    client.logout()
    client.post(link_of(one), {"name": "李经理"})
    one.refresh_from_db()
    assert (one.state, one.payable) == ("accepted", D("760.00"))
    client.force_login(finance)
    assert client.post(url("settlement_pay", one.pk), {"paid_on": "2026-04-18", "reference": "T1"}).status_code == 422
    client.post(url("settlement_submit", one.pk), {"comment": ""})
    decide(one, manager)
    client.post(url("settlement_pay", one.pk), {"paid_on": "2026-04-18", "reference": "T1"})
    one.refresh_from_db()
    assert (one.state, one.paid_reference) == ("paid", "T1")
    assert client.get(url("settlement_pdf", one.pk)).content[:5] == b"%PDF-"
    assert client.get(url("settlement_xlsx", one.pk)).content[:2] == b"PK"


def test_only_finance_settles_and_pays(client, ada, ben, cho, manager, store_a):
    one = settled(store_a)
    for person, seen in ((ada, 200), (manager, 200), (ben, 404), (cho, 403)):
        client.force_login(person)
        assert client.get(url("settlement_detail", one.pk)).status_code == seen
        for name in ("settlement_confirm", "settlement_recalculate"):
            assert client.post(url(name, one.pk)).status_code == 403
            assert client.get(url(name, one.pk)).status_code in (403, 405)
        assert client.post(url("settlement_pay", one.pk), {}).status_code == 403


def test_a_wrong_link_opens_nothing_and_the_old_one_closes(client, store_a):
    one = settled(store_a)
    confirm_settlement(settlement_id=one.pk, actor=None)
    one = send_settlement(settlement_id=one.pk, actor=None)
    old = link_of(one)
    assert client.get(old).status_code == 200
    one = send_settlement(settlement_id=one.pk, actor=None)
    answers = [client.get(path) for path in (old, "/s/abc/", old[:-3] + "x/", "/s/%00/")]
    assert [answer.status_code for answer in answers[:3]] == [404, 404, 404]
    assert all(one.party.name not in answer.text for answer in answers)
    for _try in range(70):
        last = client.get("/s/abc/")
    assert last.status_code == 503


def test_a_single_fee_counts_when_it_is_approved(client, ada, manager, store_a):
    from django.core.files.uploadedfile import SimpleUploadedFile

    contract, fee = make_contract(store_a), make_fee_type("utilities", name="维修")
    banned = make_fee_type("card_handling", name="刷卡费")
    client.force_login(ada)

    def post(kind):
        return client.post(
            url("charge_propose", contract.pk),
            {
                "fee_type": kind.pk, "amount": "180", "reason": "灯管", "invoiced_on": "2026-03-18",
                "document": SimpleUploadedFile("a.pdf", b"%PDF-1.4"),
            },
        )  # fmt: skip

    assert post(banned).status_code == 422
    post(fee)
    charge = FeeCharge.objects.get()
    assert charge.state == "draft"
    client.post(url("charge_submit", charge.pk))
    decide(charge, manager)
    charge.refresh_from_db()
    assert charge.state == "open"


def test_lists_ask_the_same_for_few_and_many_and_pages_stay_small(client, ada, store_a):
    client.force_login(ada)
    make_contract(store_a)
    one = settled(store_a)
    for name in ("contract_list", "settlement_list", "promotion_list"):
        assert_same_queries(lambda name=name: client.get(url(name)), lambda: make_contract(store_a))
    contract = make_contract(
        store_a,
        guarantee="sales",
        guaranteed=D(1000),
        ends_on=date(2027, 12, 31),
        fees=[{"fee_type": make_fee_type(), "amount": D(1)}],
    )
    amend_contract(contract_id=contract.pk, effective_on=date(2027, 1, 1), actor=ada)
    contract.targets.create(month_on=date(2026, 11, 1), sales=D(1000))
    for name, pk, limit in (("contract_detail", contract.pk, 15), ("settlement_detail", one.pk, 15)):
        client.get(url(name, pk))
        with counted_queries() as queries:
            assert client.get(url(name, pk)).status_code == 200
        assert len(queries) <= limit, len(queries)


def test_amended_renewed_terminated(client, ada, manager, store_a):
    contract = make_contract(store_a)
    client.force_login(ada)
    client.post(url("contract_amend", contract.pk), {"effective_on": "2026-07-01"})
    version = contract.versions.get(number=2)
    assert client.post(url("contract_amend", contract.pk), {"effective_on": "2026-08-01"}).status_code == 422
    sign(contract, 2)
    first = contract.versions.get(number=1)
    assert (first.until_on, version.effective_on) == (date(2026, 6, 30), date(2026, 7, 1))
    client.post(url("contract_renew", contract.pk), {"ends_on": "2027-12-31"})
    sign(contract, 3)
    contract.refresh_from_db()
    assert contract.ends_on == date(2027, 12, 31)
    assert client.post(url("contract_terminate", contract.pk), {}).status_code == 403
    client.force_login(manager)
    client.post(url("contract_terminate", contract.pk), {"last_on": "2026-09-30", "reason": "末位淘汰"})
    contract.refresh_from_db()
    assert (contract.state, contract.last_on) == ("terminated", date(2026, 9, 30))
    assert [row.until_on for row in contract.versions.order_by("number")][1:] == [date(2026, 9, 30), date(2026, 12, 31)]
    assert contract.versions.get(number=3).effective_on > contract.versions.get(number=3).until_on


def test_a_counter_has_one_contract_a_day(client, ada, store_a):
    contract = make_contract(store_a)
    other = make_draft(store_a, counters=[counter_of(contract)], starts_on=date(2026, 6, 1))
    version = other.versions.get()
    ContractVersion.objects.filter(pk=version.pk).update(status="approved")
    client.force_login(ada)
    response = client.post(url("version_sign", version.pk), {"signed_on": "2026-05-01", "signatory": "李"})
    assert response.status_code == 422
    assert contract.number in response.text


def test_the_burn_down_stands_on_the_pages_of_contract_and_counter(client, manager, store_a):
    today = timezone.localdate()
    starts_on = add_months(today.replace(day=1), -4)
    contract = make_contract(
        store_a, guarantee="sales", guaranteed=D(3000), starts_on=starts_on, ends_on=add_months(starts_on, 12)
    )
    sell_on(counter_of(contract), add_months(today.replace(day=1), -1), "5000.00")
    sell_on(counter_of(contract), today.replace(day=1), "1000.00")
    burn = burn_down(contract, contract.versions.get())
    assert (burn.measured, burn.guaranteed, burn.missed, burn.looked_at) == (D("1000.00"), D("3000.00"), 2, 3)
    assert burn.projected == to_fen(D(1000) * burn.days / burn.days_gone)
    assert (burn.may_move, burn.may_end) == (True, False)
    client.force_login(manager)
    for page in (url("contract_detail", contract.pk), reverse("dashboard_counter", args=[counter_of(contract).pk])):
        assert "3,000.00" in client.get(page).text, page


def test_the_approver_sees_last_year_under_old_and_new_terms(store_a, ada):
    today = timezone.localdate()
    month = add_months(today.replace(day=1), -2)
    contract = make_contract(store_a, starts_on=date(2025, 1, 1), ends_on=date(2028, 12, 31))
    sell_on(counter_of(contract), month, "10000.00")
    version = amend_contract(contract_id=contract.pk, effective_on=add_months(today, 2), actor=ada)
    version.base_rate = D("0.30")
    version.save()
    seen = compared(version)
    assert (seen.sales, seen.old, seen.new, seen.difference) == (10000, 2500, 3000, 500)
    with counted_queries() as queries:
        html = ContractSubject().effect(version, ada)
    assert "¥500.00" in html
    assert len(queries) <= 12
