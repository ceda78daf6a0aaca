"""Large exports: asked for, approved along a flow, fetched once within seven days."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from stores.models import Chain
from workflow.exceptions import ExportRefused
from workflow.models import ExportRequest
from workflow.services.requests import is_approved, submit

SETTING = "export_approval_rows"
"""The chain's setting: exports with more rows than this need approval."""
DEFAULT_ROWS = 5000
VALID_DAYS = 7


def rows_without_asking() -> int:
    """How many rows may leave without anybody's word."""
    return int(Chain.get().setting(SETTING, DEFAULT_ROWS))


@transaction.atomic
def ask_export(
    *,
    path: str,
    query: str,
    name: str,
    rows: int,
    purpose: str,
    actor: User,
    format: str = "",
    unmasked: bool = False,
) -> ExportRequest:
    """Ask to export a list as it is filtered. Each call asks anew."""
    export = ExportRequest.objects.create(
        path=path,
        query=query,
        name=name,
        rows=rows,
        purpose=purpose,
        asked_by=actor,
        format=format or ExportRequest.Format.XLSX,
        unmasked=unmasked,
    )
    record(
        actor, "workflow.export_asked", export, path=path, query=query, rows=rows, purpose=purpose, unmasked=unmasked
    )
    submit(subject=export, actor=actor)
    export.refresh_from_db()
    return export


@transaction.atomic
def fetch_export(*, export_id: int, actor: User, make: Callable[[ExportRequest], object]) -> object:
    """Make the file of an approved export and note that it was fetched, both or neither. A second call refuses."""
    export = ExportRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=export_id)
    if export.asked_by_id != actor.pk or not is_approved(export) or export.approved_at is None:
        raise ExportRefused(_("This export has not been approved."))
    if export.fetched_at is not None:
        raise ExportRefused(_("This export was fetched already; ask again for another."))
    if export.approved_at + timedelta(days=VALID_DAYS) < timezone.now():
        raise ExportRefused(_("The approval of this export has lapsed; ask again."))
    made = make(export)
    export.fetched_at = timezone.now()
    export.save(update_fields=["fetched_at"])
    record(actor, "workflow.export_fetched", export, path=export.path, rows=export.rows)
    return made
