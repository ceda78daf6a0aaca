"""Undoing an import: members it made go again unless they have lived since; what it changed is what it was before.

What cannot be taken back is left as it is and listed with the reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import CASCADE, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from members.exceptions import ImportRefused
from members.locks import hold_enrolment, lock_members_for_merge
from members.models import (
    Consent,
    Member,
    MemberCard,
    MemberIdentity,
    MemberImport,
    MemberImportPiece,
    MemberImportTrace,
    MemberNote,
    MemberPhone,
)
from members.services import merging
from members.services.imports.applying import PIECE, State
from members.services.imports.changing import set_columns, touch, write_search_rows
from members.services.imports.comparing import load_known
from members.services.imports.extensions import answered_for, extensions, life_checks
from staff.audit import record
from staff.models import AuditEntry, User

OWN = frozenset(
    {"members.MemberCard", "members.MemberPhone", "members.Consent", "members.MemberSearch", "members.MemberIdentity",
     "members.MemberNote", "members.MemberImportTrace"}
)  # fmt: skip
# Children first; the member itself comes last.
_TABLES = ("memberidentity", "membernote", "consent", "memberphone", "membercard", "membersearch")


@dataclass
class Outcome:
    """What the undoing of one piece came to."""

    taken_back: int = 0
    emptied: int = 0
    restored: int = 0
    left: dict[int, list[str]] = field(default_factory=dict)


def undo_import(
    batch: MemberImport, *, actor: User | None, report: Callable[[int, int], None] = lambda done, total: None
) -> MemberImport:
    """Undo an applied or paused import, the last piece first. A further call goes on where one was stopped."""
    if batch.state not in (State.APPLIED, State.PAUSED, State.UNDOING):
        raise ImportRefused(_("Only an import that has been applied can be undone, once."))
    MemberImport.objects.filter(pk=batch.pk).update(state=State.UNDOING)
    batch.state = State.UNDOING
    pieces = list(MemberImportPiece.objects.filter(batch=batch).order_by("-number"))
    for done, piece in enumerate(pieces, 1):
        if piece.undone_at is None:
            undo_piece(batch, piece, actor=actor)
        report(done, len(pieces))
    return _finish(batch, actor)


@transaction.atomic
def undo_piece(batch: MemberImport, piece: MemberImportPiece, *, actor: User | None) -> None:
    """Undo one piece and note it, all or nothing."""
    hold_enrolment()
    span = (piece.number * PIECE, piece.number * PIECE + PIECE - 1)
    traces = list(MemberImportTrace.objects.filter(batch=batch, row_no__range=span).order_by("row_no"))
    lock_members_for_merge([trace.member_id for trace in traces if trace.member_id])
    outcome = Outcome()
    _undo_changes(batch, [t for t in traces if t.member_id and not t.is_new], outcome, actor)
    _take_back(batch, [t for t in traces if t.member_id and t.is_new], outcome, actor)
    for trace in traces:
        if trace.row_no in outcome.left:
            trace.left = outcome.left[trace.row_no]
            trace.save(update_fields=["left"])
    piece.undone_at = timezone.now()
    piece.counts = {
        **piece.counts,
        "taken_back": outcome.taken_back,
        "emptied": outcome.emptied,
        "restored": outcome.restored,
        "left": len(outcome.left),
    }
    piece.save(update_fields=["undone_at", "counts"])


def _finish(batch: MemberImport, actor: User | None) -> MemberImport:
    undone = {"taken_back": 0, "emptied": 0, "restored": 0, "left": 0}
    for counts in MemberImportPiece.objects.filter(batch=batch).values_list("counts", flat=True):
        for name in undone:
            undone[name] += counts.get(name, 0)
    with transaction.atomic():
        batch.results = {**batch.results, **undone}
        batch.state, batch.undone_at = State.UNDONE, timezone.now()
        batch.save(update_fields=["results", "state", "undone_at"])
        record(actor, "members.import_undone", batch, file=batch.file_name, **undone)
    return batch


# Members the import made --------------------------------------------------------------------------------


def lives_of(batch: MemberImport, ids: Sequence[int], since: datetime) -> dict[int, str]:
    """Of members an import made, those who have lived since, and by what one can tell."""
    found: dict[int, str] = {}
    wanted = list(ids)
    audited = AuditEntry.objects.filter(subject_type="members.member", subject_id__in=wanted, at__gt=since).values_list(
        "subject_id", flat=True
    )
    found |= {pk: _("somebody worked on this member since") for pk in audited}
    others = MemberImportTrace.objects.filter(member_id__in=wanted).exclude(batch=batch)
    found |= {pk: _("another import changed this member since") for pk in others.values_list("member_id", flat=True)}
    skipped = OWN | answered_for()
    for model, field_name in merging.foreign_keys():
        if model._meta.label in skipped or _goes_along(model, field_name):
            continue
        column = model._meta.get_field(field_name).column
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT DISTINCT "{column}" FROM "{model._meta.db_table}" WHERE "{column}" = ANY(%s)', [wanted]
            )
            name = str(model._meta.verbose_name)
            for (pk,) in cursor.fetchall():
                found.setdefault(pk, _("has since: %(thing)s") % {"thing": name})
    for check in life_checks():
        for pk, reason in check(wanted, since).items():
            found.setdefault(pk, reason)
    return found


def _goes_along(model: type[Model], field_name: str) -> bool:
    """Whether rows of this key are nothing without the member (a pair somebody may look at)."""
    return model._meta.get_field(field_name).remote_field.on_delete is CASCADE


def _take_back(batch: MemberImport, traces: list[MemberImportTrace], outcome: Outcome, actor: User | None) -> None:
    if not traces:
        return
    rows = {trace.member_id: trace.row_no for trace in traces}
    lives = lives_of(batch, list(rows), traces[0].at)
    for pk, reason in lives.items():
        outcome.left.setdefault(rows[pk], []).append(reason)
    going = [pk for pk in rows if pk not in lives]
    history: set[int] = set()
    for one in extensions():
        undone = one.undo(batch, going, actor)
        history |= undone.history
        for pk, reason in undone.left.items():
            outcome.left.setdefault(rows[pk], []).append(reason)
        going = [pk for pk in going if pk not in undone.left]
    gone = [pk for pk in going if pk not in history]
    kept = [pk for pk in going if pk in history]
    for model, field_name in merging.foreign_keys():
        if _goes_along(model, field_name) and model._meta.label not in OWN:
            model._base_manager.filter(**{f"{field_name}__in": going}).delete()
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DELETE FROM members_{table} WHERE member_id = ANY(%s)", [going])
        cursor.execute("UPDATE members_memberimporttrace SET member_id = NULL WHERE member_id = ANY(%s)", [gone])
        cursor.execute("DELETE FROM members_member WHERE id = ANY(%s)", [gone])
    _empty(kept)
    outcome.taken_back += len(gone)
    outcome.emptied += len(kept)


def _empty(ids: list[int]) -> None:
    """Members whose ledger keeps a booking and its reversal stay as closed rows without a name."""
    Member.objects.filter(pk__in=ids).update(
        status=Member.Status.CLOSED, name="", name_en="", gender="", email="", external_no="", external_source="",
        province="", city="", district="", street="", postcode="", custom={}, birth_month=None, birth_day=None,
        birth_year=None, next_birthday_on=None, updated_at=timezone.now(),
        **{Consent.cached_in(channel): False for channel in Consent.Channel.values},
    )  # fmt: skip


# Members the import changed -----------------------------------------------------------------------------


def _undo_changes(batch: MemberImport, traces: list[MemberImportTrace], outcome: Outcome, actor: User | None) -> None:
    if not traces:
        return
    known = load_known(batch, [trace.member_id for trace in traces])
    merged = set(
        Member.objects.filter(pk__in=list(known.members), merged_into__isnull=False).values_list("pk", flat=True)
    )
    values, names_changed = [], []
    now = timezone.now()
    going = [trace for trace in traces if trace.member_id not in merged]
    for trace in traces:
        if trace.member_id in merged:
            outcome.left[trace.row_no] = [_("merged into another member since")]
    for trace in going:
        back, left = _columns_back(trace, known.members[trace.member_id])
        if back:
            values.append((trace.member_id, back))
            if {"name", "name_en"} & back.keys():
                names_changed.append(trace.member_id)
        added = trace.after.get("added") or {}
        left += _remove_added(trace, added, actor)
        if left:
            outcome.left.setdefault(trace.row_no, []).extend(left)
        else:
            outcome.restored += 1
    for one in extensions():
        undone = one.undo(batch, [trace.member_id for trace in going], actor)
        rows = {trace.member_id: trace.row_no for trace in going}
        for pk, reason in undone.left.items():
            outcome.left.setdefault(rows[pk], []).append(reason)
    set_columns(values, now)
    touch([pk for pk, _back in values], now)
    write_search_rows(names_changed)


def _columns_back(trace: MemberImportTrace, member: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The columns that still are as the import left them, with what they were; and those that are not."""
    back, left = {}, []
    for key, before in trace.before.items():
        if _standing(member, key) == trace.after[key]:
            back[key] = before
        else:
            left.append(_("%(field)s was changed since") % {"field": key.removeprefix("custom.")})
    return back, left


def _standing(member: dict[str, Any], key: str) -> Any:
    if key.startswith("custom."):
        return member["custom"].get(key.removeprefix("custom."))
    value = member[key]
    if key == "agreed_discount":
        return f"{value:.4f}" if value is not None else None
    return value.isoformat() if hasattr(value, "isoformat") else value


def _remove_added(trace: MemberImportTrace, added: dict[str, Any], actor: User | None) -> list[str]:
    left = []
    for e164 in added.get("phones", ()):
        row = MemberPhone.objects.filter(member_id=trace.member_id, e164=e164, source="import").first()
        if row and row.verified_at is None:
            row.delete()
            _keep_a_main_number(trace.member_id)
        elif row:
            left.append(_("a number was verified since"))
    if card := added.get("card"):
        removed, _rows = MemberCard.objects.filter(
            member_id=trace.member_id, number=card, status=MemberCard.Status.ACTIVE, changed_at=trace.at
        ).delete()
        if not removed:
            left.append(_("the card was changed since"))
    if paper := added.get("identity"):
        MemberIdentity.objects.filter(member_id=trace.member_id, kind=paper[0], digest=paper[1]).delete()
    if note := added.get("note"):
        MemberNote.objects.filter(member_id=trace.member_id, text=note, at=trace.at).delete()
    for channel, granted, _on in added.get("consents", ()):
        left += _answer_back(trace, channel, granted, actor)
    return left


def _keep_a_main_number(member_id: int) -> None:
    numbers = MemberPhone.objects.filter(member_id=member_id)
    if not numbers.filter(is_primary=True).exists() and (first := numbers.order_by("invalid", "pk").first()):
        first.is_primary = True
        first.save(update_fields=["is_primary"])


def _answer_back(trace: MemberImportTrace, channel: str, granted: bool, actor: User | None) -> list[str]:
    """Consents are never deleted: the answer from before is written down once more, where ours is the last word."""
    words = list(
        Consent.objects.filter(member_id=trace.member_id, channel=channel, purpose=Consent.Purpose.MARKETING).order_by(
            "-at", "-pk"
        )[:2]
    )
    if not words or words[0].source != Consent.Source.IMPORT or words[0].granted != granted:
        return [_("answered anew since: %(channel)s") % {"channel": Consent.Channel(channel).label}]
    before = words[1].granted if len(words) > 1 else False
    if before != granted:
        Consent.objects.create(
            member_id=trace.member_id,
            channel=channel,
            granted=before,
            source=Consent.Source.IMPORT,
            evidence=f"undo {trace.batch_id}",
            recorded_by=actor,
        )
    Member.objects.filter(pk=trace.member_id).update(**{Consent.cached_in(channel): before})
    return []
