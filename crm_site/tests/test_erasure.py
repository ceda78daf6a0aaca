"""Erasing a member through all floors: what goes, what stays, and that nobody is forgotten."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from threading import Thread

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from callcenter.models import Call, Case, CaseEntry, PhoneSystem
from callcenter.services.erasing import words_may_go
from callcenter.tests.factories import make_case, make_visit
from loyalty.models import Account, Coupon, CouponKind
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.exceptions import CannotMerge, MemberErased
from members.models import Consent, DuplicatePair, Member, MemberImportTrace, MemberPhone, MemberSearch
from members.services.consent import record_consent
from members.services.enrolment import enrol_member
from members.services.erasing import undeclared
from members.services.erasure import erase_member, preview_erasure
from members.services.facts import learn_facts
from members.services.merging import merge_members, unmerge_members
from members.services.notes import add_note
from members.services.phones import add_phone
from members.services.search_rows import reconcile_all_search_rows
from members.signals import member_erased
from members.tests.factories import make_buyer, make_contact, make_group, make_member
from sales.models import Receipt
from sales.tests.factories import line_draft
from staff.models import AuditEntry, Outbox
from staff.services.outbox import enqueue, send_due
from staff.tests.factories import make_user
from stores.tests.factories import make_counter, make_store

NAME, NUMBER, MAIL, STREET = "欧阳晓敏", "+8613812344821", "ouyang@example.com", "江西路99号"
TRACES = (NAME, "欧阳", NUMBER, "13812344821", MAIL, STREET)


def person(store, **fields):
    return make_member(name=NAME, phone=NUMBER, store=store, email=MAIL, street=STREET, external_no="OLD-7", **fields)


def everywhere() -> str:
    """Every text of every table of ours, as one string."""
    told = []
    for model in apps.get_models():
        if model._meta.app_label in ("members", "sales", "loyalty", "callcenter", "staff", "workflow"):
            names = [f.attname for f in model._meta.concrete_fields if not isinstance(f, models.BigAutoField)]
            told += [str(row) for row in model._base_manager.values_list(*names)]
    return "\n".join(told)


@pytest.fixture
def lived(store_a, ada):
    """A member who left a trace on every floor."""
    make_programme()
    make_scheme()
    counter = make_counter(store_a)
    member = person(store_a, birth_month=5, birth_day=1)
    sell(store_a, member, line_draft(net="5000.00", counter=counter))
    kind = CouponKind.objects.create(code="K50", name="满减券", amount=Decimal(50))
    now = timezone.now()
    Coupon.objects.create(
        number="C1", kind=kind, member=member, issued_at=now, expires_at=now + timedelta(days=9),
        source="test", source_key="c1",
    )  # fmt: skip
    record_consent(member_id=member.pk, channel="sms", granted=True, actor=ada)
    add_note(member_id=member.pk, text=f"{NAME}喜欢素色", actor=ada)
    case = make_case(
        store_a, ada, member=member, title=f"{NAME}投诉", description=f"请回电 {NUMBER}", caller_name=NAME,
        caller_phone=NUMBER,
    )  # fmt: skip
    make_visit(store_a, ada, member=member, note=NAME)
    make_contact(store_a, name=NAME, phone=NUMBER)
    system = PhoneSystem.objects.create(code="sim", name="Simulator")
    Call.objects.create(system=system, external_id="1", number=NUMBER, member=member, note=f"{NAME}来电")
    enqueue(channel="sms", to=NUMBER, body=f"{NAME}您好", purpose="case", dedupe_key="m1", member_id=member.pk)
    return member, case


def test_every_model_that_may_name_a_member_says_what_erasing_does():
    assert not undeclared(), "Declare it in AppConfig.ready() (members.services.erasing): " + ", ".join(undeclared())


def test_nothing_of_the_person_is_left_in_any_table(lived, ada):
    member, _case = lived
    heard = []

    def hear(member_id, **_kwargs):
        heard.append((member_id, connection.in_atomic_block))

    member_erased.connect(hear)
    try:
        done = erase_member(member_id=member.pk, actor=ada, reason="wish")
    finally:
        member_erased.disconnect(hear)
    assert heard == [(member.pk, True)]
    assert done["members.MemberPhone"] == 1
    left = everywhere()
    assert [trace for trace in TRACES if trace in left] == []
    member.refresh_from_db()
    assert (member.status, member.name, member.is_erased, member.display_name) == (
        "closed", "", True, member.member_no,
    )  # fmt: skip
    assert (member.birth_month, member.next_birthday_on, member.allows_sms) == (None, None, False)


def test_the_books_stay(lived, ada):
    member, case = lived
    before = (Receipt.objects.get().net_amount, Account.objects.get().pending + Account.objects.get().available)
    erase_member(member_id=member.pk, actor=ada, reason="wish")
    account = Account.objects.get()
    assert (Receipt.objects.get().net_amount, account.pending + account.available) == before
    assert Receipt.objects.get().member == member
    assert Consent.objects.get().granted
    assert (Case.objects.get().member, Case.objects.get().kind) == (member, case.kind)
    assert CaseEntry.objects.filter(case=case).exists()
    assert member.cards.get().status == "closed"
    assert Coupon.objects.get().state == "cancelled"
    entry = AuditEntry.objects.filter(action="members.member_erased").get()
    assert entry.data["reason"] == "wish"


def test_the_timeline_is_append_only_but_for_erasing(lived):
    _member, case = lived
    for values in ({"text": ""}, {"text": "", "data": {}, "file": "", "file_name": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CaseEntry.objects.filter(case=case).update(**values)
    with pytest.raises(DatabaseError), transaction.atomic(), words_may_go():
        CaseEntry.objects.filter(case=case).update(text="something else")
    with pytest.raises(DatabaseError), transaction.atomic(), words_may_go():
        CaseEntry.objects.filter(case=case).delete()


def test_a_second_call_changes_nothing(lived, ada):
    member, _case = lived
    erase_member(member_id=member.pk, actor=ada, reason="wish")
    at = Member.objects.get(pk=member.pk).erased_at
    assert erase_member(member_id=member.pk, actor=ada, reason="again") == {}
    assert Member.objects.get(pk=member.pk).erased_at == at
    assert AuditEntry.objects.filter(action="members.member_erased").count() == 1


def test_nothing_is_written_about_an_erased_member(lived, ada):
    member, _case = lived
    erase_member(member_id=member.pk, actor=ada, reason="wish")
    for deed in (
        lambda: add_note(member_id=member.pk, text="x", actor=ada),
        lambda: add_phone(member_id=member.pk, phone="13912344821", actor=ada),
        lambda: learn_facts(member_id=member.pk, facts={}, actor=ada),
        lambda: record_consent(member_id=member.pk, channel="sms", granted=True, actor=ada),
    ):
        with pytest.raises(MemberErased):
            deed()
    reconcile_all_search_rows()
    assert not MemberSearch.objects.filter(member=member).exists()


def test_who_comes_back_is_somebody_new(lived, ada, store_a):
    member, _case = lived
    erase_member(member_id=member.pk, actor=ada, reason="wish")
    result = enrol_member(name=NAME, phone=NUMBER, store=store_a, actor=ada)
    assert result.created
    assert result.member.pk != member.pk


def test_waiting_messages_are_not_sent(lived, ada, settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path
    erase_member(member_id=lived[0].pk, actor=ada, reason="wish")
    send_due()
    assert Outbox.objects.get().state == "dropped"
    assert not (tmp_path / "sms.jsonl").exists()


def test_a_number_the_family_shares_stays_theirs(lived, ada, store_a):
    wife = make_member(name="王芳", phone=NUMBER, store=store_a)
    call = Call.objects.create(
        system=PhoneSystem.objects.get(), external_id="2", number=NUMBER, member=wife, note="王芳"
    )
    erase_member(member_id=lived[0].pk, actor=ada, reason="wish")
    assert MemberPhone.objects.get().member == wife
    call.refresh_from_db()
    assert (call.number, call.note) == (NUMBER, "王芳")


def test_who_was_merged_into_the_member_goes_too_and_cannot_be_given_back(ada, store_a):
    loser, winner = person(store_a), make_member(name="张三", store=store_a)
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada, reason="same person")
    erase_member(member_id=winner.pk, actor=ada, reason="wish")
    left = everywhere()
    assert [trace for trace in (*TRACES, "张三") if trace in left] == []
    with pytest.raises(CannotMerge):
        unmerge_members(operation_id=operation.pk, actor=ada)


def test_an_erased_member_is_not_merged(ada, store_a):
    one, two = person(store_a), make_member(name="张三", store=store_a)
    DuplicatePair.objects.create(first=one, second=two, likeness="likely", weight=30)
    erase_member(member_id=one.pk, actor=ada, reason="wish")
    assert not DuplicatePair.objects.exists()
    for pair in ((one, two), (two, one)):
        with pytest.raises(CannotMerge):
            merge_members(winner_id=pair[0].pk, loser_id=pair[1].pk, actor=ada)


def test_a_company_loses_its_people(ada, store_a):
    group = make_group(store=store_a)
    buyer = make_buyer(group, name=NAME)
    erase_member(member_id=group.pk, actor=ada, reason="wish")
    buyer.refresh_from_db()
    assert (buyer.name, buyer.is_active) == ("—", False)


def test_an_import_forgets_what_it_did(ada, store_a):
    from members.models import MemberImport

    member = person(store_a)
    batch = MemberImport.objects.create(file_name="x.csv", checksum="1", state="applied")
    trace = MemberImportTrace.objects.create(
        batch=batch, row_no=1, member=member, is_new=False, before={"name": NAME}, after={"name": NAME},
        at=timezone.now(),
    )  # fmt: skip
    erase_member(member_id=member.pk, actor=ada, reason="wish")
    trace.refresh_from_db()
    assert (trace.member, trace.before, trace.after) == (None, {}, {})


def test_the_command_says_what_it_would_do_and_does_it(lived):
    member, _case = lived
    said = StringIO()
    call_command("erase_member", member.member_no, "--dry-run", stdout=said)
    assert "members.MemberPhone 1" in said.getvalue()
    assert "nothing was changed" in said.getvalue()
    assert Member.objects.get(pk=member.pk).name == NAME
    call_command("erase_member", member.member_no, stdout=said)
    assert Member.objects.get(pk=member.pk).is_erased
    with pytest.raises(CommandError):
        call_command("erase_member", "M-none")


def test_the_preview_counts_what_erasing_then_touches(lived, ada):
    member, _case = lived
    assert preview_erasure(member_id=member.pk) == erase_member(member_id=member.pk, actor=ada, reason="wish")


@pytest.mark.django_db(transaction=True)
def test_a_till_posting_meanwhile_waits_and_then_finds_the_member_erased():
    """The plain lock holds back rows that would point at the member; with the till's own lock they slip in."""
    store = make_store()
    make_programme()
    make_scheme()
    member, admin = person(store), make_user("admin", [store])
    counter = make_counter(store)
    failed = []

    def post():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '300ms'")
            sell(store, member, line_draft(counter=counter))
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        erase_member(member_id=member.pk, actor=admin, reason="wish")
        thread = Thread(target=post)
        thread.start()
        thread.join()
    assert len(failed) == 1
    # Control: a lock that lets keys through would not have held the till back.
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        thread = Thread(target=post)
        thread.start()
        thread.join()
    assert len(failed) == 1


class AnyWords(TestCase):
    """Whatever colleagues wrote about somebody, nothing of it can be read after erasing."""

    @settings(max_examples=15, deadline=None)
    @given(
        name=st.text("欧阳司徒晓敏建国Zx", min_size=2, max_size=8),
        note=st.text("甲乙丙丁戊己庚辛壬癸", min_size=6, max_size=40),
        email=st.emails(),
    )
    def test_it(self, name, note, email):
        store = make_store()
        actor = make_user("clerk", [store])
        mark = f"«{note}»"
        member = make_member(name=f"{name}{mark}", store=store, email=email[-200:])
        add_note(member_id=member.pk, text=mark, actor=actor)
        make_case(store, actor, member=member, title=mark[:100], description=mark)
        erase_member(member_id=member.pk, actor=actor, reason="wish")
        assert mark not in everywhere()
