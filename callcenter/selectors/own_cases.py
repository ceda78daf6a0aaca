"""Cases as the member they are about reads them: nothing internal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from callcenter.models import Case, CaseEntry
from kit.errors import NotFound
from members.models import Member

SHOWN: Final = 50
MOST_ROWS: Final = 1_000
TOLD: Final = (CaseEntry.Kind.SAID, CaseEntry.Kind.HEARD)


@dataclass(frozen=True)
class Word:
    """Something said: by the member, or by the store."""

    at: datetime
    text: str
    is_own: bool


def own_cases(member: Member) -> list[Case]:
    """The member's cases, the newest first."""
    return list(Case.objects.filter(member=member).select_related("store").order_by("-opened_at", "-pk")[:SHOWN])


def own_case(member: Member, pk: int) -> Case:
    """One case of this member; somebody else's is not there."""
    case = Case.objects.filter(member=member, pk=pk).select_related("store").first()
    if case is None:
        raise NotFound(_("There is no such case."))
    return case


def own_words(case: Case) -> list[Word]:
    """What was said between the member and the store, in order; notes, steps and promises stay inside."""
    entries = case.entries.filter(kind__in=TOLD).exclude(text="").order_by("pk")
    return [Word(entry.at, entry.text, entry.kind == CaseEntry.Kind.HEARD) for entry in entries[:200]]


def exported_cases(member: Member) -> list[dict[str, object]]:
    """Cases as the member takes them along, the newest first."""
    rows = Case.objects.filter(member=member).order_by("-opened_at", "-pk")
    return list(rows.values("number", "kind", "state", "title", "description", "opened_at", "solution")[:MOST_ROWS])
