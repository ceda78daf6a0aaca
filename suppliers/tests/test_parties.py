"""A company's record: noted, moved, given up, its log, contacts, tasks, people, leaving."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.credit_codes import check_digit
from kit.errors import Conflict, DomainError
from staff.models import AuditEntry, Notice
from stores.tests.factories import make_counter
from suppliers.exceptions import PartyExists, WrongCreditCode, WrongState, WrongStatus
from suppliers.models import LeavingStep, PartyContact
from suppliers.selectors.in_force import deposit_of
from suppliers.selectors.pages import samples_here
from suppliers.services.dealings import (
    add_contact,
    add_task,
    edit_contact,
    finish_task,
    log_event,
    retire_contact,
)
from suppliers.services.deposits import enter_deposit, refund_balance
from suppliers.services.leaving import call_off_leaving, finish_step, refund_due, start_leaving
from suppliers.services.parties import (
    CompanyFacts,
    change_bank_account,
    edit_party,
    give_up_prospect,
    move_prospect,
    note_prospect,
)
from suppliers.services.people import edit_person, enter_person, let_person_go
from suppliers.services.standing import review_standing
from suppliers.tests.factories_parties import make_party, make_person, make_signed

CODE = "91370202MA3" + "C7K8Q1"
CODE += check_digit(CODE)


@pytest.fixture
def role():
    return "buyer"


@pytest.fixture
def party(store_a):
    return make_party(store_a)


def test_a_prospect_gets_a_number_its_pinyin_and_a_tidy_credit_code(ada, store_a):
    party = note_prospect(
        facts=CompanyFacts(name="青岛之春服饰有限公司", short_name="之春", uscc=CODE.lower(), stores=(store_a,)),
        actor=ada,
    )
    assert party.code.startswith("S")
    assert party.uscc == CODE
    assert "zhichun" in party.pinyin
    assert list(party.stores.all()) == [store_a]
    assert AuditEntry.objects.get(action="suppliers.prospect_noted").subject_id == party.pk


def test_a_wrong_and_a_known_credit_code_are_refused(ada, party):
    facts = CompanyFacts(name="甲", uscc=CODE)
    first = note_prospect(facts=facts, actor=ada)
    with pytest.raises(PartyExists, match=first.code):
        note_prospect(facts=CompanyFacts(name="乙", uscc=CODE), actor=ada)
    with pytest.raises(WrongCreditCode):
        edit_party(party_id=party.pk, facts=CompanyFacts(name="甲", uscc=CODE[:-1] + "0" + "1"), actor=ada)


def test_moving_along_the_pipeline_is_logged_once(ada, party):
    move_prospect(party_id=party.pk, stage="talks", actor=ada)
    move_prospect(party_id=party.pk, stage="talks", actor=ada)
    entry = party.events.get()
    assert (entry.stage_from, entry.stage_to) == ("lead", "talks")
    with pytest.raises(WrongStatus):
        move_prospect(party_id=party.pk, stage="nonsense", actor=ada)
    give_up_prospect(party_id=party.pk, reason="扣点谈不拢", actor=ada)
    party.refresh_from_db()
    assert party.stage == "given_up"
    assert party.events.first().summary == "扣点谈不拢"
    with pytest.raises(WrongStatus):
        move_prospect(party_id=make_party(status="supplier").pk, stage="talks", actor=ada)


def test_what_happened_moves_a_prospect_on_and_never_back(ada, party):
    today = timezone.localdate()
    log_event(party_id=party.pk, kind="visit", happened_on=today, summary="看了烟台的店", actor=ada)
    party.refresh_from_db()
    assert party.stage == "visited"
    log_event(party_id=party.pk, kind="call", happened_on=today, summary="电话", actor=ada)
    party.refresh_from_db()
    assert party.stage == "visited"
    log_event(party_id=party.pk, kind="quotation", happened_on=today, summary="报价", rate=Decimal("0.25"), actor=ada)
    party.refresh_from_db()
    assert party.stage == "quoted"
    with pytest.raises(DomainError, match="还没有到"):
        log_event(party_id=party.pk, kind="call", happened_on=today + timedelta(days=1), summary="x", actor=ada)


def test_samples_are_counted_until_given_back(ada, party):
    today = timezone.localdate()
    log_event(party_id=party.pk, kind="sample", happened_on=today, summary="春装", pieces=12, actor=ada)
    log_event(party_id=party.pk, kind="sample_back", happened_on=today, summary="退", pieces=5, actor=ada)
    assert samples_here(party) == 7


def contact(party, actor, **fields):
    return add_contact(
        party_id=party.pk,
        actor=actor,
        **{"name": "王经理", "job_title": "", "phone": "", "email": "", "is_primary": False, **fields},
    )


def test_there_is_always_one_main_contact(ada, party):
    first = contact(party, ada, phone="139 0000 0002")
    assert first.is_primary
    assert first.phone == "+8613900000002"
    second = contact(party, ada, name="李总", is_primary=True)
    first.refresh_from_db()
    assert not first.is_primary
    edit_contact(contact_id=first.pk, name="王总", job_title="", phone="", email="", is_primary=True, actor=ada)
    retire_contact(contact_id=first.pk, actor=ada)
    retire_contact(contact_id=first.pk, actor=ada)
    assert PartyContact.objects.get(is_primary=True) == second
    with pytest.raises(DomainError):
        contact(party, ada, phone="12")


def test_a_task_for_somebody_else_is_told_and_done_once(ada, ben, party):
    task = add_task(party_id=party.pk, title="要授权书", due_on=date(2026, 12, 1), owner=ben, actor=ada)
    assert "要授权书" in Notice.objects.get(user=ben).text
    finish_task(task_id=task.pk, actor=ben)
    with pytest.raises(Conflict, match="Ben"):
        finish_task(task_id=task.pk, actor=ada)


def test_the_audit_line_of_a_bank_account_keeps_four_digits(ada, party):
    change_bank_account(
        party_id=party.pk, bank_name="工行", bank_account="6222 0212 3456 7890 123", bank_account_name="甲", actor=ada
    )
    party.refresh_from_db()
    assert party.bank_account == "6222021234567890123"
    entry = AuditEntry.objects.get(action="suppliers.bank_account_changed")
    assert entry.data["after"] == "0123"
    assert "6222" not in str(entry.data)


def test_people_enter_change_counters_and_leave(ada, store_a, party):
    counter = make_counter(store_a)
    person = enter_person(
        party_id=party.pk,
        name="王小梅",
        role="associate",
        phone="",
        counter=None,
        entered_on=date(2026, 1, 5),
        actor=ada,
    )
    edit_person(
        person_id=person.pk, name="王小梅", role="counter_head", phone="13900000003", counter=counter,
        entered_on=date(2026, 1, 5), actor=ada,
    )  # fmt: skip
    with pytest.raises(DomainError):
        let_person_go(person_id=person.pk, left_on=date(2026, 1, 4), actor=ada)
    let_person_go(person_id=person.pk, left_on=date(2026, 6, 30), actor=ada)
    person.refresh_from_db()
    assert (person.counter, person.left_on) == (counter, date(2026, 6, 30))
    with pytest.raises(WrongStatus):
        edit_person(
            person_id=person.pk, name="x", role="associate", phone="", counter=None, entered_on=date(2026, 1, 5),
            actor=ada,
        )  # fmt: skip


@pytest.fixture
def leaving(ada, store_a):
    today = timezone.localdate()
    party = make_party(store_a, status="supplier")
    make_signed(party)
    make_person(party, entered_on=today + timedelta(days=40))
    return start_leaving(
        party_id=party.pk, cause="ours", reason="末位淘汰", notice_on=today, notice_days=30,
        leaves_on=today + timedelta(days=20), deposit=Decimal("25500.00"), actor=ada,
    )  # fmt: skip


def test_leaving_has_its_steps_with_days_and_the_deposit(leaving):
    steps = {step.key: step for step in leaving.steps.all()}
    assert set(steps) == set(LeavingStep.Key.values)
    assert steps["deposit"].due_on == refund_due(leaving.leaves_on)
    assert steps["deposit"].amount == Decimal("25500.00")
    assert leaving.is_early
    assert leaving.party.status == "supplier" or leaving.party.status == "leaving"
    leaving.party.refresh_from_db()
    assert (leaving.party.status, leaving.party.selling) == ("leaving", "allowed")


def test_the_deposit_of_the_reference_is_due_two_months_after_leaving(db):
    # The worked number T12: leaves 2026-06-30, refund on 2026-08-30.
    assert refund_due(date(2026, 6, 30)) == date(2026, 8, 30)
    assert refund_due(date(2026, 12, 31)) == date(2027, 2, 28)


def test_the_right_to_sell_ends_with_the_last_day(leaving):
    assert review_standing(leaving.party_id, on=leaving.leaves_on).selling == "allowed"
    assert review_standing(leaving.party_id, on=leaving.leaves_on + timedelta(days=1)).selling == "stopped"


def test_the_last_step_closes_the_party_and_keeps_its_history(ada, leaving):
    today = timezone.localdate()
    steps = {step.key: step for step in leaving.steps.all()}
    with pytest.raises(Conflict, match="结算"):
        finish_step(step_id=steps["deposit"].pk, done_on=today, note="", actor=ada)
    for key in ("goods_out", "access_closed", "settled"):
        finish_step(step_id=steps[key].pk, done_on=today, note="", actor=ada)
    with pytest.raises(Conflict):
        finish_step(step_id=steps["settled"].pk, done_on=today, note="", actor=ada)
    finish_step(step_id=steps["deposit"].pk, done_on=today, note="转账", actor=ada)
    party = leaving.party
    party.refresh_from_db()
    assert (party.status, party.selling, party.left_on) == ("left", "stopped", leaving.leaves_on)
    assert party.people.filter(left_on=None).count() == 0
    assert list(party.standings.values_list("reason", flat=True)) == ["left", "leaving"]
    assert review_standing(party.pk).status == "left"


def test_giving_the_deposit_back_is_booked_in_the_ledger_once(ada, leaving):
    today = timezone.localdate()
    contract = leaving.party.contracts.get()
    for kind, amount in (("paid", "30000.00"), ("deducted", "4500.00")):
        enter_deposit(
            contract_id=contract.pk, kind=kind, amount=Decimal(amount), happened_on=today, reason="", key=kind, actor=ada
        )  # fmt: skip
    steps = {step.key: step for step in leaving.steps.all()}
    for key in ("goods_out", "access_closed", "settled", "deposit"):
        finish_step(step_id=steps[key].pk, done_on=today, note="", actor=ada)
    with pytest.raises(Conflict):
        finish_step(step_id=steps["deposit"].pk, done_on=today, note="", actor=ada)
    refund = contract.deposits.get(kind="refunded")
    assert (refund.amount, refund.happened_on, refund.created_by) == (Decimal("25500.00"), today, ada)
    assert deposit_of(leaving.party_id) == 0
    assert LeavingStep.objects.get(pk=steps["deposit"].pk).amount == Decimal("25500.00")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["paid", "deducted", "topped_up"]),
            st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2),
        ),
        max_size=8,
    )
)
def test_nothing_is_left_of_a_deposit_given_back(leaving, movements):
    contract = leaving.party.contracts.get()
    today = timezone.localdate()
    # Each example on its own in a savepoint that is taken back: the ledger is append-only.
    with transaction.atomic():
        for number, (kind, amount) in enumerate(movements):
            with suppress(WrongState):
                enter_deposit(
                    contract_id=contract.pk, kind=kind, amount=amount, happened_on=today, reason="", key=str(number),
                    actor=None,
                )  # fmt: skip
        held = deposit_of(leaving.party_id)
        entries = [
            refund_balance(contract_id=contract.pk, happened_on=today, reason="", key="refund", actor=None)
            for _ in range(2)
        ]
        assert deposit_of(leaving.party_id) == 0
        assert entries[0] == entries[1]
        assert (entries[0].amount if entries[0] else 0) == held
        transaction.set_rollback(True)


def test_leaving_can_be_called_off(ada, leaving):
    call_off_leaving(leaving_id=leaving.pk, reason="续签", actor=ada)
    leaving.party.refresh_from_db()
    assert (leaving.party.status, leaving.party.selling) == ("supplier", "allowed")
    with pytest.raises(Conflict):
        call_off_leaving(leaving_id=leaving.pk, reason="续签", actor=ada)


def test_only_a_supplier_can_leave(ada, party):
    with pytest.raises(WrongStatus):
        start_leaving(
            party_id=party.pk, cause="ours", reason="x", notice_on=date(2026, 1, 1), notice_days=30,
            leaves_on=date(2026, 3, 1), deposit=None, actor=ada,
        )  # fmt: skip


def test_supplier_numbers_come_from_a_sequence(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('suppliers_party_no'), nextval('suppliers_party_no')")
        first, second = cursor.fetchone()
    assert second == first + 1
