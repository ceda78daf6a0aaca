import threading

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import names
from members import locks
from members.models import (
    Consent,
    Member,
    MemberCard,
    MemberImportPiece,
    MemberImportTrace,
    MemberPhone,
    MemberSearch,
    StagedMember,
)
from members.services.enrolment import enrol_member
from members.services.imports import applying, judging, running
from members.services.imports.applying import apply_import, apply_piece, begin_applying, pieces
from members.services.imports.undoing import undo_import
from members.tests.factories import make_member
from members.tests.importing import as_csv, checked, verdicts

TABLES = (Member, MemberPhone, MemberCard, MemberSearch, Consent)
ROWS = [[f"A{n}", f"张{chr(0x4E00 + n)}", f"138{n:08}"] for n in range(1, 26)]
HEADER = ["编号", "姓名", "手机"]


class Killed(Exception):
    """Stands for a worker that dies."""


def die_after(monkeypatch, where: object, name: str, calls: int) -> None:
    original, seen = getattr(where, name), []

    def dying(*args, **kwargs):
        seen.append(1)
        if len(seen) > calls:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(where, name, dying)


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["apply_piece", "_note_traces"])
def test_a_killed_import_goes_on_where_it_was(monkeypatch, place):
    monkeypatch.setattr(applying, "PIECE", 10)
    batch = checked(as_csv(HEADER, ROWS))
    with monkeypatch.context() as dying:
        die_after(dying, applying, place, 1)
        with pytest.raises(Killed):
            apply_import(batch, actor=None)
    assert MemberImportPiece.objects.count() == 1
    # The staging table is unlogged: a crash of Postgres may have emptied it too.
    StagedMember.objects.filter(batch=batch).delete()
    running.check(batch)
    apply_import(batch, actor=None)
    assert Member.objects.count() == len(ROWS)
    assert MemberPhone.objects.values("e164").distinct().count() == len(ROWS)
    assert sum(batch.results[v] for v in ("new", "update", "unchanged")) == len(ROWS)
    assert MemberImportTrace.objects.filter(is_new=True).count() == len(ROWS)
    with monkeypatch.context() as dying:
        from members.services.imports import undoing

        monkeypatch.setattr(undoing, "PIECE", 10)
        die_after(dying, undoing, "_take_back", 1)
        with pytest.raises(Killed):
            undo_import(batch, actor=None)
    undo_import(batch, actor=None)
    assert not Member.objects.exists()


def enrol_while_a_piece_is_written(batch, store) -> None:
    """A piece is judged, then, before it is written, the desk enrols the same person."""
    judged, enrolled = threading.Event(), threading.Event()
    original = judging.judge_again

    def judge_and_wait(*args, **kwargs):
        found = original(*args, **kwargs)
        judged.set()
        enrolled.wait(timeout=1.5)
        return found

    def desk() -> None:
        try:
            judged.wait(timeout=10)
            enrol_member(name="张晓敏", phone="13812344821", store=store, actor=None)
        finally:
            enrolled.set()
            connections.close_all()

    clerk = threading.Thread(target=desk)
    clerk.start()
    applying.judge_again = judge_and_wait
    try:
        begin_applying(batch)
        for number, span in pieces(batch):
            apply_piece(batch, number, span, actor=None)
    finally:
        applying.judge_again = original
        clerk.join()


@pytest.mark.django_db(transaction=True)
def test_the_desk_and_an_import_do_not_make_the_same_person_twice(store_a):
    batch = checked(as_csv(HEADER, [["", "张晓敏", "13812344821"]]))
    enrol_while_a_piece_is_written(batch, store_a)
    assert Member.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_gate_the_same_person_is_there_twice(store_a, monkeypatch):
    """The control: if this fails, the test above shows nothing."""
    monkeypatch.setattr(applying, "hold_enrolment", lambda: None)
    batch = checked(as_csv(HEADER, [["", "张晓敏", "13812344821"]]))
    enrol_while_a_piece_is_written(batch, store_a)
    assert Member.objects.count() == 2


def test_both_sides_name_the_same_gate():
    assert locks._ENROLMENT_GATE[0] != locks._PHONE_LOCKS


# The verdicts, worked out a second time the simple way --------------------------------------------------

NAMES = ["张晓敏", "王建国", ""]
PHONES = ["13800000001", "13800000002", ""]
NUMBERS = ["A1", "A2", ""]
member_rows = st.lists(
    st.tuples(st.sampled_from(NAMES[:2]), st.sampled_from(PHONES[:2]), st.sampled_from(NUMBERS)), max_size=4
)
file_rows = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NAMES), st.sampled_from([*PHONES, "12"])),
    min_size=1, max_size=6,
)  # fmt: skip


def naive_verdicts(members: list[Member], rows: list[tuple[str, str, str]]) -> dict[int, str]:
    phone_of = {m.pk: {p.e164[3:] for p in m.phones.all()} for m in members}
    found, seen, matched = {}, [], {}
    for row_no, (number, name, phone) in enumerate(rows, start=2):
        if not (number or name or phone):
            continue
        if phone == "12":
            found[row_no] = "error"
            continue
        same = [
            r for r, (n, who, p) in seen
            if (number and n == number) or (phone and p == phone and who == name and not (number and n))
        ]  # fmt: skip
        seen.append((row_no, (number, name, phone)))
        if same:
            found[row_no] = "duplicate"
            continue
        hits = [m.pk for m in members if number and m.external_no == number]
        if not hits and phone:
            hits = [
                m.pk for m in members
                if phone in phone_of[m.pk] and (not name or names.clean(m.name) == name)
                and not (number and m.external_no and m.external_no != number)
            ]  # fmt: skip
        if len(hits) > 1:
            found[row_no] = "ambiguous"
        elif not hits:
            found[row_no] = "new" if name or number else "error"
        else:
            matched[row_no] = hits[0]
    taken: set[int] = set()
    for row_no, pk in matched.items():
        number, name, phone = rows[row_no - 2]
        member = next(m for m in members if m.pk == pk)
        if pk in taken:
            found[row_no] = "duplicate"
            continue
        taken.add(pk)
        changes = (name and name != member.name) or (number and number != member.external_no)
        found[row_no] = "update" if changes or (phone and phone not in phone_of[pk]) else "unchanged"
    return dict(sorted(found.items()))


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=member_rows, rows=file_rows)
def test_verdicts_are_those_of_the_simple_way(known, rows):
    _forget_everything()
    taken: set[str] = set()
    for name, phone, number in known:
        number = "" if number in taken else number
        taken.add(number)
        source = "import" if number else ""
        make_member(name=name, phone=f"+86{phone}", external_no=number, external_source=source)
    members = list(Member.objects.prefetch_related("phones").order_by("pk"))
    before = _everything()
    batch = checked(as_csv(HEADER, rows))
    assert verdicts(batch) == naive_verdicts(members, rows)
    assert _everything() == before
    apply_import(batch, actor=None)
    assert sum(batch.results.values()) == batch.rows
    foreseen = {v: n for v, n in batch.counts.items() if v in ("ambiguous", "error")}
    assert foreseen.items() <= batch.results.items()
    undo_import(batch, actor=None)
    assert _everything() == before


def _everything() -> dict[str, list]:
    """All rows of the members' tables, but for when they were last touched and answers, which are never deleted."""
    state = {}
    for model in TABLES[:-1]:
        columns = [f.attname for f in model._meta.concrete_fields if f.attname != "updated_at"]
        state[model.__name__] = sorted(map(repr, model.objects.values_list(*columns)))
    return state


def _forget_everything() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE members_member, members_memberimport, members_stagedmember CASCADE")
