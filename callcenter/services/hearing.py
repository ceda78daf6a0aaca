"""What the member says about a case: by e-mail, or on the own pages."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.locks import lock_case
from callcenter.models import Case, CaseEntry
from callcenter.services.cases import CLOCK_FIELDS, end_waiting, page_of
from callcenter.services.solving import reopen_case
from callcenter.services.timeline import append_entry
from kit.errors import DomainError, NotFound
from staff.services.notices import notify

DOUBLE_CLICK = timedelta(minutes=1)


@transaction.atomic
def hear_from_member(*, case_id: int, text: str, by: str) -> Case:
    """The member's words; a case that waited for them goes on, and its owner is told."""
    case = lock_case(case_id)
    append_entry(case, CaseEntry.Kind.HEARD, actor=None, text=text, data={"by": by})
    if case.state == Case.State.WAITING and case.waits_for == Case.WaitsFor.MEMBER:
        end_waiting(case, timezone.now())
        case.state = Case.State.OPEN if case.owner_id else Case.State.NEW
        case.save(update_fields=["state", *CLOCK_FIELDS])
        append_entry(case, CaseEntry.Kind.STATE, actor=None, to_state=case.state)
    if case.owner:
        with translation.override(case.owner.language):
            words = {"number": case.number, "title": case.title}
            said = _("The member has written about case %(number)s: %(title)s") % words
            notify(users=[case.owner], text=said, url=page_of(case))
    return case


@transaction.atomic
def answer_own_case(*, member_id: int, case_id: int, text: str) -> Case:
    """The member writes on the own pages; a solved case is reopened with these words. The same words within a minute
    (a double click) are written once. Somebody else's case is not there."""
    text = text.strip()
    if not text:
        raise DomainError(_("Please write something."), fields={"text": ""})
    case = lock_case(case_id)
    if case.member_id != member_id:
        raise NotFound(_("There is no such case."))
    since = timezone.now() - DOUBLE_CLICK
    if case.entries.filter(kind=CaseEntry.Kind.HEARD, by=None, text=text, at__gte=since).exists():
        return case
    if not case.is_standing:
        case = reopen_case(case_id=case.pk, reason=_("The member has written again."), actor=None)
    return hear_from_member(case_id=case.pk, text=text, by="web")
