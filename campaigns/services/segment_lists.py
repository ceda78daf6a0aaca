"""Uploaded lists: a file of member numbers, phones or cards becomes a segment; what means nobody comes back with its
reason."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from django.core.files.base import ContentFile, File
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Segment
from campaigns.rules.fields_segments import forget_segments
from campaigns.segment_exceptions import SegmentRefused
from campaigns.segment_locks import lock_segment
from campaigns.services.segment_builds import rebuild_segment
from kit import phones
from kit.tables import open_table
from staff.audit import record
from staff.models import Job, User
from staff.services.jobs import JobResult, progress, register, start_job
from stores.models import Store

KIND: Final = "campaigns.segment_list"
AT_ONCE, MOST_LINES = 2_000, 1_000_000
FOUND: Final = """
SELECT w.n, m.pk, count(*) OVER (PARTITION BY w.n) FROM unnest(%s::int[], %s::text[], %s::text[]) AS w (n, text, phone)
CROSS JOIN LATERAL (
    SELECT id AS pk FROM members_member WHERE member_no = w.text
    UNION SELECT member_id FROM members_membercard WHERE number = w.text
    UNION SELECT p.member_id FROM members_memberphone p JOIN members_member o ON o.id = p.member_id
        WHERE p.e164 = w.phone AND w.phone <> '' AND o.merged_into_id IS NULL AND o.status <> 'closed') m"""


@transaction.atomic
def upload_list(
    *, name: str, file: File, actor: User, store: Store | None = None, name_en: str = "", description: str = ""
) -> tuple[Segment, Job]:
    """Make a segment of a file and have it read by a worker. Each call makes another segment."""
    if not name.strip():
        raise SegmentRefused(_("Please give it a name."), fields={"name": True})
    segment = Segment.objects.create(
        name=name.strip()[:120], name_en=name_en.strip(), description=description.strip(), store=store,
        kind=Segment.Kind.LIST, made_by=actor,
    )  # fmt: skip
    record(actor, "campaigns.segment_uploaded", segment, store=store, file=file.name)
    forget_segments()
    job = start_job(kind=KIND, actor=actor, input={"segment": segment.pk}, input_file=file, store=store)
    return segment, job


@register(KIND, label=gettext_lazy("List of members"), result_template="campaigns/_list_result.html")
def read_list(job: Job) -> JobResult:
    """Read the file of an uploaded list. Started again after a worker died, it reads from the beginning and doubles
    nothing."""
    segment_id = int(job.input["segment"])
    refused: list[tuple[int, str, str]] = []
    entered = lines = 0
    with _on_disk(job) as path, open_table(path) as (header, rows):
        for chunk in _chunks(_values(header, rows)):
            lines += len(chunk)
            if lines > MOST_LINES:
                raise SegmentRefused(_("A list holds at most %(most)s members.") % {"most": f"{MOST_LINES:,}"})
            found, wrong = _find(chunk)
            refused += wrong
            entered += _keep(segment_id, found)
            progress(job, lines)
    with transaction.atomic():
        segment = lock_segment(segment_id)
        Segment.objects.filter(pk=segment_id).update(changed_at=timezone.now())
        record(job.created_by, "campaigns.segment_list_read", segment, store=segment.store_id, lines=lines, refused=len(refused))  # fmt: skip
    rebuild_segment(segment_id=segment_id)
    size = Segment.objects.values_list("size", flat=True).get(pk=segment_id)
    return JobResult(
        result={"segment": segment_id, "lines": lines, "members": size, "refused": len(refused)},
        message=_("%(lines)s lines read, %(members)s members, %(refused)s lines mean nobody.")
        % {"lines": f"{lines:,}", "members": f"{size:,}", "refused": f"{len(refused):,}"},
        error_file=ContentFile(_error_file(refused), name="errors.csv") if refused else None,
    )


@contextmanager
def _on_disk(job: Job) -> Iterator[Path]:
    """The file that was sent, where it can be read twice."""
    with NamedTemporaryFile(suffix=Path(job.input_file.name or "").suffix[:10]) as copy:
        with job.input_file.open("rb") as sent:
            for piece in sent.chunks():
                copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def _values(header: list[str], rows: Iterable[list[str]]) -> Iterator[tuple[int, str]]:
    """Line and first cell; a first line that is itself a number is no heading."""
    if header and any(letter.isdigit() for letter in header[0]):
        yield 1, header[0]
    for number, row in enumerate(rows, 2):
        if row and row[0].strip():
            yield number, row[0]


def _chunks(values: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    while chunk := list(islice(values, AT_ONCE)):
        yield chunk


def _find(chunk: list[tuple[int, str]]) -> tuple[list[int], list[tuple[int, str, str]]]:
    texts = [text.replace("\x00", "").strip().upper()[:60] for _line, text in chunk]
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [list(range(len(texts))), texts, [_phone(text) for text in texts]])
        found: dict[int, set[int]] = {}
        for number, member_id, _count in cursor.fetchall():
            found.setdefault(number, set()).add(member_id)
    ids, wrong = [], []
    for number, (line, _text) in enumerate(chunk):
        theirs = found.get(number, set())
        if len(theirs) == 1:
            ids += theirs
        else:
            why = _("several members share this number") if theirs else _("no member has this number")
            wrong.append((line, texts[number], why))
    return ids, wrong


def _phone(text: str) -> str:
    try:
        return phones.normalise(text)
    except phones.InvalidPhone:
        return ""


def _keep(segment_id: int, ids: list[int]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_segmentlistentry (segment_id, member_id) SELECT %s, id FROM unnest(%s::bigint[]) AS id"
            " ON CONFLICT DO NOTHING",
            [segment_id, ids],
        )
        return cursor.rowcount


def _error_file(refused: list[tuple[int, str, str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Line"), _("Value"), _("Reason")])
    # A value that begins like a formula stays text in a spreadsheet.
    writer.writerows((line, f"'{text}" if text[:1] in "=+-@" else text, why) for line, text, why in refused)
    return "\ufeff" + out.getvalue()
