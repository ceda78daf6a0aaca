"""The timeline of a case: one entry per thing that happened."""

from collections.abc import Mapping

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from callcenter.models import Case, CaseEntry, CaseStep
from staff.audit import plain
from staff.models import User


def append_entry(
    case: Case,
    kind: str,
    *,
    actor: User | None,
    text: str = "",
    to_state: str = "",
    step: CaseStep | None = None,
    file: UploadedFile | None = None,
    file_name: str = "",
    data: Mapping[str, object] | None = None,
) -> CaseEntry:
    """Write one entry, in the transaction of what happened."""
    return CaseEntry.objects.create(
        case=case,
        at=timezone.now(),
        kind=kind,
        by=actor,
        text=text[:4000],
        to_state=to_state,
        step=step,
        file=file or "",
        file_name=file_name,
        data=plain(dict(data or {})),
    )
