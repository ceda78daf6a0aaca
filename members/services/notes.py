"""Notes of staff about a member."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError
from members.locks import lock_member
from members.models import MemberNote
from staff.audit import record
from staff.models import User


@transaction.atomic
def add_note(*, member_id: int, text: str, actor: User) -> MemberNote:
    """Write a note. The same words of the same person within a minute (a double click) are one note."""
    member = lock_member(member_id)
    text = text.strip()
    if not text:
        raise DomainError(_("Please write something."), fields={"text": ""})
    recent = MemberNote.objects.filter(
        member=member, by=actor, text=text, at__gte=timezone.now() - timedelta(minutes=1)
    ).first()
    if recent:
        return recent
    note = MemberNote.objects.create(member=member, text=text[:2000], by=actor)
    record(actor, "members.note_added", member, store=member.home_store_id, note=note.pk)
    return note
