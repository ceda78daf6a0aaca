"""What stays of calls, cases and visits when a member is erased: that they happened, when, and how they ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Q

from callcenter.models import Call, CallAttempt, Case, CaseEntry, NumberAlias, Visit
from members.services.erasing import EMPTY, Gone, register, rows_emptied, rows_gone, stays


def calls_forget(gone: Gone) -> int:
    """Calls of the member and of numbers nobody else has."""
    calls = Call.objects.filter(Q(member_id__in=gone.ids) | Q(number__in=gone.numbers))
    NumberAlias.objects.filter(e164__in=gone.numbers).delete()
    return calls.update(number="", note="", recording_url="", contact=None)


def cases_forget(gone: Gone) -> int:
    """A case keeps its kind, category, counter and clocks; words, and who called, go."""
    cases = Case.objects.filter(Q(member_id__in=gone.ids) | Q(caller_phone__in=gone.numbers))
    cases.exclude(solution="").update(solution=EMPTY)
    return cases.update(
        title=EMPTY, description="", caller_name="", caller_phone="", caller_email="", tags=[], link_nonce=""
    )


def entries_forget(gone: Gone) -> int:
    """The timeline stays with its times and states. The table is append-only; its trigger lets erasing empty words."""
    entries = CaseEntry.objects.filter(Q(case__member__in=gone.ids) | Q(case__caller_phone__in=gone.numbers))
    for entry in entries.exclude(file=""):
        transaction.on_commit(lambda storage=entry.file.storage, name=entry.file.name: storage.delete(name))
    with words_may_go():
        return CaseEntry.objects.filter(pk__in=list(entries.values_list("pk", flat=True))).update(
            text="", data={}, file="", file_name=""
        )


def attempts_forget(gone: Gone) -> int:
    """What came of each call of a list stays, the remark goes."""
    with words_may_go():
        return CallAttempt.objects.filter(entry__member__in=gone.ids).exclude(note="").update(note="")


@contextmanager
def words_may_go() -> Iterator[None]:
    """Within, the triggers of append-only tables let words be emptied, and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL atrium.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL atrium.erasing = 'off'")


def visits_forget(gone: Gone) -> int:
    visits = Visit.objects.filter(Q(member_id__in=gone.ids) | Q(visitor_phone__in=gone.numbers))
    return visits.update(visitor_name="", visitor_phone="", note="")


def register_policies() -> None:
    """Declare what becomes of each table of the service desk."""
    register("callcenter.Call", calls_forget)
    register("callcenter.Case", cases_forget)
    register("callcenter.CaseEntry", entries_forget)
    register("callcenter.Visit", visits_forget)
    register("callcenter.CallAttempt", attempts_forget)
    rows_emptied("callcenter.CaseStep", "case__member", question=EMPTY, answer="")
    rows_emptied("callcenter.CaseRating", "case__member", words="")
    rows_emptied("callcenter.Compensation", "case__member", reason=EMPTY)
    rows_emptied("callcenter.Promise", "member", "case__member", what=EMPTY, note="")
    rows_gone("callcenter.Wish", "member")
    rows_gone("callcenter.DueAnswer", "member")
    rows_emptied("callcenter.CallListEntry", "member", note="")
    stays(
        "callcenter.CallEvent", "append-only log of phone systems: numbers are masked before they are stored; 90 days"
    )
    stays("callcenter.InboundMail", "the number of a mail, by which it is not taken twice")
