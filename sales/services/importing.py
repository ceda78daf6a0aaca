"""From staged lines to receipts: members and products set-wise, receipts in the order of time, in pieces."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from kit.money import ZERO, to_fen
from members.models import Member
from members.services.bulk import NewMember, enrol_members_bulk
from sales.models import ImportBatch, ImportPiece, Receipt
from sales.services.drafts import LineDraft, ReceiptDraft
from staff.models import User
from stores.models import Counter as StoreCounter
from stores.models import Product

LINES_A_PIECE = 60_000

# In the order of time, then of the file; a receipt's time is that of its first line.
ORDERED = """
SELECT s.document, s.kind, f.sold_at, s.row_no, s.product_code, s.member_no, s.counter_code, s.quantity,
       s.unit_price, s.discount_amount, s.is_service
FROM sales_stagedline s
JOIN (SELECT document, min(row_no) AS first_row, (array_agg(sold_at ORDER BY row_no))[1] AS sold_at
      FROM sales_stagedline WHERE batch_id = %(batch)s AND error = '' GROUP BY document) f USING (document)
WHERE s.batch_id = %(batch)s AND s.error = ''
ORDER BY f.sold_at, f.first_row, s.row_no"""


@dataclass(slots=True)
class Piece:
    """Some staged receipts, in posting order, with the number of the piece they are applied as."""

    number: int
    drafts: list[ReceiptDraft]


@dataclass(slots=True)
class Directory:
    """Our ids for the codes of a batch."""

    members: dict[str, int]
    products: dict[str, tuple]
    counters: dict[str, tuple]


def prepare(batch: ImportBatch, *, actor: User | None) -> Directory:
    """Make the members and products the batch names for the first time, and look up all ids. Doing it again makes
    nothing new."""
    source = batch.profile.spec["source"]
    _enrol_members(batch, source, actor)
    _add_products(batch)
    numbers = _distinct(batch, "member_no")
    codes = _distinct(batch, "product_code")
    members = dict(
        Member.objects.filter(external_source=source, external_no__in=numbers).values_list("external_no", "pk")
    )
    products = {
        code: rest
        for code, *rest in Product.objects.filter(code__in=codes).values_list(
            "code", "pk", "brand_id", "category_id", "is_service", "counter_id"
        )
    }
    counters = {
        code: rest
        for code, *rest in StoreCounter.objects.filter(store=batch.store).values_list(
            "code", "pk", "brand_id", "category_id"
        )
    }
    return Directory(members, products, counters)


def pieces(batch: ImportBatch, directory: Directory) -> Iterator[Piece]:
    """The receipts of the batch in posting order, cut into pieces the same way at every run."""
    lines = 0
    drafts: list[ReceiptDraft] = []
    number = 0
    for draft in _drafts(batch, directory):
        drafts.append(draft)
        lines += len(draft.lines)
        if lines >= LINES_A_PIECE:
            yield Piece(number, drafts)
            number, drafts, lines = number + 1, [], 0
    if drafts:
        yield Piece(number, drafts)


def is_applied(batch: ImportBatch, piece: Piece) -> bool:
    """Whether this piece was applied by an earlier run."""
    return ImportPiece.objects.filter(batch=batch, number=piece.number).exists()


def sort_out(batch: ImportBatch, piece: Piece) -> tuple[list[ReceiptDraft], int]:
    """The receipts of a piece that are new, and how many were posted before with the same content.

    A receipt posted before with other content is rejected: its lines get the reason.
    """
    rows = Receipt.objects.filter(
        source=batch.profile.spec["source"], store=batch.store, document__in=[draft.document for draft in piece.drafts]
    ).exclude(kind=Receipt.Kind.REVERSAL)
    known: dict[str, list] = {}
    undone: Counter[str] = Counter()
    for document, is_reversed, *rest in rows.values_list(
        "document", "is_reversed", "line_count", "net_amount", "sold_at"
    ):
        if is_reversed:
            undone[document] += 1
        else:
            known[document] = rest
    for draft in piece.drafts:
        draft.generation = undone[draft.document]
    if not known:
        return piece.drafts, 0
    fresh, changed = [], []
    unchanged = 0
    for draft in piece.drafts:
        if draft.document not in known:
            fresh.append(draft)
        elif known[draft.document] == [len(draft.lines), draft.sign * draft.net_amount, draft.sold_at]:
            unchanged += 1
        else:
            changed.append(draft.document)
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sales_stagedline SET error = %s, raw = concat_ws(',', document, product_code, product_name,"
                " quantity, sold_at, unit_price, member_no)"
                " WHERE batch_id = %s AND error = '' AND document = ANY(%s)",
                ["receipt was posted before with other content", batch.pk, changed],
            )
    return fresh, unchanged


def foresee(batch: ImportBatch) -> tuple[int, int]:
    """How many receipts of a staged batch are new, and how many numbers were posted before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE known IS NULL), count(known) FROM ("
            "  SELECT DISTINCT document FROM sales_stagedline WHERE batch_id = %s AND error = '') s"
            " LEFT JOIN LATERAL (SELECT 1 AS known FROM sales_receipt r WHERE r.document = s.document"
            "   AND r.source = %s AND r.store_id = %s AND NOT r.is_reversed AND r.kind <> 'reversal' LIMIT 1) r ON true",
            [batch.pk, batch.profile.spec["source"], batch.store_id],
        )
        return cursor.fetchone()


def note_piece(batch: ImportBatch, piece: Piece, *, posted: int) -> None:
    """Write in the piece's own transaction that it is applied."""
    ImportPiece.objects.create(batch=batch, number=piece.number, receipts=posted, applied_at=timezone.now())


@transaction.atomic
def finish(batch: ImportBatch, *, unchanged: int) -> None:
    """Close an applied batch with its counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales_stagedline WHERE batch_id = %s AND error <> ''", [batch.pk])
        batch.rejected = cursor.fetchone()[0]
    batch.receipts_new = sum(batch.pieces.values_list("receipts", flat=True))
    batch.receipts_unchanged = unchanged
    batch.state, batch.applied_at = ImportBatch.State.APPLIED, timezone.now()
    batch.save(update_fields=["rejected", "receipts_new", "receipts_unchanged", "state", "applied_at"])


def error_file(batch: ImportBatch) -> str:
    """The rejected lines as CSV: line of the file, reason, the line as it was. Formulas are disarmed."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["line", "reason", "original"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_no, error, raw FROM sales_stagedline WHERE batch_id = %s AND error <> '' ORDER BY row_no",
            [batch.pk],
        )
        for row_no, error, raw in cursor:
            writer.writerow([row_no, error, f"'{raw}" if raw[:1] in "=+-@\t" else raw])
    return text.getvalue()


def _drafts(batch: ImportBatch, directory: Directory) -> Iterator[ReceiptDraft]:
    spec = batch.profile.spec
    source, store_id, channel = spec["source"], batch.store_id, spec.get("channel", "till")
    waiting: list[tuple] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(ORDERED, {"batch": batch.pk})
        while rows := cursor.fetchmany(20_000):
            for row in rows:
                if waiting and waiting[0][0] != row[0]:
                    yield _draft(waiting, directory, source, store_id, channel, batch.pk)
                    waiting = []
                waiting.append(row)
    if waiting:
        yield _draft(waiting, directory, source, store_id, channel, batch.pk)


def _draft(
    rows: Sequence[tuple], directory: Directory, source: str, store_id: int, channel: str, batch_id: int
) -> ReceiptDraft:
    document, kind, sold_at, _row_no, _code, member_no, *_rest = rows[0]
    lines = []
    for _document, _kind, _sold_at, _row, code, _member, counter, quantity, price, discount, is_service in rows:
        product_id, brand_id, category_id, product_is_service, counter_id = directory.products[code]
        if counter:
            counter_id, brand_id, category_id = directory.counters.get(counter, (counter_id, brand_id, category_id))
        amount = quantity * price
        net = to_fen(amount - discount) if discount else to_fen(amount)
        lines.append(
            LineDraft(
                product_id,
                quantity,
                price,
                net if net > 0 else ZERO,
                discount,
                counter_id,
                brand_id,
                category_id,
                is_service or product_is_service,
            )
        )
    return ReceiptDraft(
        source=source,
        document=document,
        store_id=store_id,
        kind=kind,
        sold_at=sold_at,
        lines=lines,
        member_id=directory.members.get(member_no) if member_no else None,
        channel=channel,
        batch_id=batch_id,
    )


def _distinct(batch: ImportBatch, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {column} FROM sales_stagedline WHERE batch_id = %s AND error = '' AND {column} <> ''",
            [batch.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def _enrol_members(batch: ImportBatch, source: str, actor: User | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.member_no, min(s.sold_at) FROM sales_stagedline s WHERE s.batch_id = %s AND s.error = ''"
            " AND s.member_no <> '' AND NOT EXISTS (SELECT 1 FROM members_member m"
            "   WHERE m.external_source = %s AND m.external_no = s.member_no)"
            " GROUP BY 1 ORDER BY 2, 1",
            [batch.pk, source],
        )
        rows = cursor.fetchall()
    if rows:
        enrol_members_bulk(
            (
                NewMember(
                    external_no=number,
                    store_id=batch.store_id,
                    enrolled_on=timezone.localdate(first_at),
                    enrolled_at=first_at,
                )
                for number, first_at in rows
            ),
            actor=actor,
            external_source=source,
        )


def _add_products(batch: ImportBatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.product_code, coalesce((array_agg(s.product_name ORDER BY s.row_no)"
            "   FILTER (WHERE s.product_name <> ''))[1], s.product_code), bool_or(s.is_service)"
            " FROM sales_stagedline s WHERE s.batch_id = %s AND s.error = ''"
            " AND NOT EXISTS (SELECT 1 FROM stores_product p WHERE p.code = s.product_code)"
            " GROUP BY 1 ORDER BY min(s.row_no)",
            [batch.pk],
        )
        rows = iter(cursor.fetchall())
    while some := list(islice(rows, 5_000)):
        Product.objects.bulk_create(
            (Product(code=code, name=name, is_service=is_service) for code, name, is_service in some),
            ignore_conflicts=True,
        )
