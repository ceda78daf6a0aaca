"""Importing receipts with their points: each piece is posted and accrued in one transaction."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction

from kit.garbage import no_garbage_search
from loyalty.locks import lock_accounts
from loyalty.models import Programme, Tier, TierScheme
from loyalty.services.accrual import accrue
from loyalty.services.book import Book
from loyalty.services.rules import RuleBook
from loyalty.services.tiers import midnight
from sales.models import ImportBatch
from sales.services import importing, staging
from sales.services.posting import post_receipts
from staff.audit import record
from staff.models import ImportProfile, User

SHIPPED_RULES = Path(__file__).resolve().parent.parent / "profiles"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, in lines of the file and in receipts."""

    batch_id: int
    lines: int
    rejected: int
    receipts_new: int
    receipts_unchanged: int


def import_file(
    path: Path,
    *,
    profile: ImportProfile,
    actor: User | None,
    file_name: str = "",
    job=None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> ImportResult:
    """Stage a file whole, then post and accrue its receipts piece by piece.

    Receipts posted before are left alone, so a second import of the same file, or of one that overlaps, adds only
    what is new. After a crash `resume` goes on with the piece that was not yet committed.
    """
    load_rules(profile)
    batch = staging.stage_file(path, profile=profile, file_name=file_name or path.name, actor=actor, job=job)
    return apply_batch(batch, actor=actor, report=report)


def apply_batch(
    batch: ImportBatch,
    *,
    actor: User | None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> ImportResult:
    """Apply a staged batch, skipping the pieces an earlier run has applied."""
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.APPLYING)
    directory = importing.prepare(batch, actor=actor)
    rules = RuleBook()
    done = unchanged = 0
    total = batch.lines - batch.rejected
    with no_garbage_search():
        for piece in importing.pieces(batch, directory):
            lines = sum(len(draft.lines) for draft in piece.drafts)
            if not importing.is_applied(batch, piece):
                unchanged += apply_piece(batch, piece, rules=rules, actor=actor)
            done += lines
            report(done, total)
    importing.finish(batch, unchanged=unchanged)
    record(actor, "sales.import_applied", batch, store=batch.store, receipts=batch.receipts_new)
    return ImportResult(batch.pk, batch.lines, batch.rejected, batch.receipts_new, batch.receipts_unchanged)


@transaction.atomic
def apply_piece(batch: ImportBatch, piece: importing.Piece, *, rules: RuleBook, actor: User | None) -> int:
    """Post and accrue one piece and note it as applied, all or nothing. Returns the receipts found unchanged.

    Its commit does not wait for the disk: a crash may take the last pieces with their marks, and the import goes on
    from there; the commit that closes the import waits, and everything before it is then safe too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
    drafts, unchanged = importing.sort_out(batch, piece)
    if drafts:
        posting = post_receipts(drafts)
        accounts = lock_accounts(draft.member_id for draft in drafts if draft.member_id)
        accrue(posting, rules=rules, book=Book(booked_by_id=actor.pk if actor else None), accounts=accounts)
    importing.note_piece(batch, piece, posted=len(drafts))
    return unchanged


@transaction.atomic
def load_rules(profile: ImportProfile) -> None:
    """Load the rule versions shipped beside a profile; versions that are there already are left as they are."""
    path = SHIPPED_RULES / f"{profile.name}.json"
    if not (profile.is_shipped and path.is_file()):
        return
    shipped = json.loads(path.read_text("utf-8"))
    programme = {**shipped["programme"]}
    programme["valid_from"] = _instant(programme["valid_from"])
    if not Programme.objects.filter(valid_from=programme["valid_from"]).exists():
        Programme.objects.create(**programme)
    scheme = {**shipped["scheme"]}
    tiers = scheme.pop("tiers")
    scheme["valid_from"] = _instant(scheme["valid_from"])
    if not TierScheme.objects.filter(valid_from=scheme["valid_from"]).exists():
        row = TierScheme.objects.create(**scheme)
        Tier.objects.bulk_create(
            Tier(scheme=row, **{key: _decimal(key, value) for key, value in tier.items()}) for tier in tiers
        )


def _instant(day: str) -> datetime:
    return midnight(date.fromisoformat(day))


def _decimal(key: str, value):
    return Decimal(value) if key in ("reach_at", "keep_at", "discount", "points_multiplier") else value
