"""Documents that come in (收文) and go out (发文): registered under the number of their year, archived."""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict
from staff.audit import record
from staff.models import User
from workflow.models import DocumentNumber, OfficialDocument
from workflow.services.papers import put_papers

PREFIXES = {OfficialDocument.Kind.INCOMING: "收", OfficialDocument.Kind.OUTGOING: "发"}


@transaction.atomic
def register_document(*, files: Sequence[UploadedFile], actor: User, **fields: Any) -> OfficialDocument:
    """Register a document and its files under the next number of its kind and year: 收〔2026〕12号. Each call
    registers one; numbers have no gaps."""
    number = _next_number(fields["kind"], fields["dated_on"].year)
    document = OfficialDocument.objects.create(number=number, registered_by=actor, **fields)
    put_papers(files, added_by=actor, document=document)
    record(actor, "workflow.document_registered", document, store=document.store_id, number=number)
    return document


@transaction.atomic
def archive_document(*, document_id: int, place: str, actor: User) -> OfficialDocument:
    """Put it into the archive. While it still circulates, or when it is there already, it refuses."""
    document = OfficialDocument.objects.select_for_update(no_key=True, of=("self",)).get(pk=document_id)
    if document.archived_at:
        raise Conflict(_("It is in the archive already: %(place)s.") % {"place": document.archive_place})
    if document.circulations.filter(ended_at=None).exists():
        raise Conflict(_("It is still being passed round."))
    document.archive_place, document.archived_at = place, timezone.now()
    document.save(update_fields=["archive_place", "archived_at"])
    record(actor, "workflow.document_archived", document, place=place)
    return document


def _next_number(kind: str, year: int) -> str:
    DocumentNumber.objects.get_or_create(kind=kind, year=year)
    row = DocumentNumber.objects.select_for_update().get(kind=kind, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{PREFIXES[kind]}〔{year}〕{row.last}号"
