"""Which sale a return gives back: the line it names, or the member's newest sales of the product."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.utils.formats import number_format

from kit.copy import Rows, insert_tables
from kit.money import share
from sales.exceptions import OriginalNotFound, ReturnExceedsSale
from sales.models import Receipt
from sales.services.drafts import RETURN, LineDraft, Match, ReceiptDraft


@dataclass(slots=True)
class SaleLine:
    """A sale line that may still be given back, in whole or in part."""

    sold_at: datetime
    sold_on: date
    receipt_id: int
    line_no: int
    quantity: Decimal
    returned: Decimal

    @property
    def left(self) -> Decimal:
        return self.quantity - self.returned


def resolve_originals(drafts: Sequence[ReceiptDraft]) -> None:
    """Give each return that names its original the id of that receipt, of this batch or posted before."""
    naming = [draft for draft in drafts if draft.original]
    if not naming:
        return
    ids = {(draft.source, draft.store_id, draft.document): draft.id for draft in drafts}
    missing = {draft.original[2] for draft in naming if draft.original not in ids}
    if missing:
        found = Receipt.objects.filter(document__in=missing, kind=Receipt.Kind.SALE).values_list(
            "source", "store_id", "document", "id"
        )
        ids |= {(source, store, document): number for source, store, document, number in found}
    for draft in naming:
        if draft.original not in ids:
            raise OriginalNotFound(document=draft.document)
        draft.original_id = ids[draft.original]


def match_returns(drafts: Sequence[ReceiptDraft]) -> list[Match]:
    """Match every return line of the batch, in order, and book matches, remainders and returned quantities.

    A named line must have enough left (`ReturnExceedsSale`). A line that names none takes the member's lines of
    the same product sold before it, newest first, on one receipt the later line first; what is left stays visible
    as an `UnmatchedReturn`.
    """
    returned = [draft for draft in drafts if draft.kind == RETURN]
    if not returned:
        return []
    named = _named_lines(returned)
    newest = _newest_lines(returned)
    matches: list[Match] = []
    unmatched: list[tuple] = []
    for draft in returned:
        for line in draft.lines:
            if line.original_line_no is not None:
                matches.append(_match_named(draft, line, named))
                continue
            left = line.quantity
            for sale in newest.get((draft.member_id, line.product_id), ()):
                if left == 0:
                    break
                if sale.left > 0 and (sale.sold_at, sale.receipt_id) < (draft.sold_at, draft.id):
                    match = _take(draft, line, sale, min(left, sale.left))
                    left -= match.quantity
                    matches.append(match)
            if left:
                unmatched.append(_unmatched_row(draft, line, left))
    _write(matches, unmatched)
    return matches


def _match_named(draft: ReceiptDraft, line: LineDraft, named: dict[tuple[int, int], SaleLine]) -> Match:
    sale = named.get((draft.original_id, line.original_line_no))
    if sale is None:
        raise OriginalNotFound(document=draft.document)
    if sale.left < line.quantity:
        raise ReturnExceedsSale(
            document=draft.document,
            line_no=line.original_line_no,
            left=number_format(sale.left.normalize()),
        )
    return _take(draft, line, sale, line.quantity)


def _take(draft: ReceiptDraft, line: LineDraft, sale: SaleLine, quantity: Decimal) -> Match:
    match = Match(
        returned=draft,
        return_line_no=line.line_no,
        sale_sold_on=sale.sold_on,
        sale_receipt_id=sale.receipt_id,
        sale_line_no=sale.line_no,
        quantity=quantity,
        sale_quantity=sale.quantity,
        returned_before=sale.returned,
    )
    sale.returned += quantity
    return match


def _unmatched_row(draft: ReceiptDraft, line: LineDraft, left: Decimal) -> tuple:
    return (
        draft.id,
        line.line_no,
        draft.sold_on,
        draft.store_id,
        draft.member_id,
        line.product_id,
        left,
        share(line.net_amount, left, line.quantity),
    )


def _named_lines(returned: Sequence[ReceiptDraft]) -> dict[tuple[int, int], SaleLine]:
    ids = sorted({draft.original_id for draft in returned if draft.original_id})
    if not ids:
        return {}
    standing = _standing_sales(ids)
    sales = _locked_lines(
        "unnest(%s::date[], %s::bigint[]) AS k(sold_on, receipt_id)"
        " JOIN sales_receiptline l ON l.sold_on = k.sold_on AND l.receipt_id = k.receipt_id",
        [[sold_on for _, sold_on in standing.values()], list(standing)],
        standing,
    )
    return {(sale.receipt_id, sale.line_no): sale for _, _, sale in sales}


def _newest_lines(returned: Sequence[ReceiptDraft]) -> dict[tuple[int, int], list[SaleLine]]:
    pairs = sorted(
        {
            (draft.member_id, line.product_id)
            for draft in returned
            if draft.member_id
            for line in draft.lines
            if line.original_line_no is None
        }
    )
    if not pairs:
        return {}
    sales = _locked_lines(
        "unnest(%s::bigint[], %s::bigint[]) AS k(member_id, product_id)"
        " JOIN sales_receiptline l ON l.member_id = k.member_id AND l.product_id = k.product_id",
        [[member for member, _ in pairs], [product for _, product in pairs]],
    )
    newest: dict[tuple[int, int], list[SaleLine]] = defaultdict(list)
    for member_id, product_id, sale in sorted(
        sales, key=lambda row: (row[2].sold_at, row[2].receipt_id, row[2].line_no), reverse=True
    ):
        newest[member_id, product_id].append(sale)
    return newest


def _locked_lines(
    source: str, params: list, standing: dict[int, tuple[datetime, date]] | None = None
) -> list[tuple[int, int, SaleLine]]:
    """Lines of sales that stand and have something left, locked until the posting commits.

    Lines and receipts are read apart: together a planner without statistics (an empty store's first import) joins
    them the wrong way round.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.member_id, l.product_id, l.sold_on, l.receipt_id, l.line_no, l.quantity, l.returned_quantity"
            f" FROM {source} WHERE l.quantity > 0 FOR NO KEY UPDATE OF l",
            params,
        )
        rows = cursor.fetchall()
    if standing is None:
        standing = _standing_sales(sorted({row[3] for row in rows}))
    return [
        (member_id, product_id, SaleLine(standing[receipt_id][0], sold_on, receipt_id, *rest))
        for member_id, product_id, sold_on, receipt_id, *rest in rows
        if receipt_id in standing
    ]


def _standing_sales(ids: list[int]) -> dict[int, tuple[datetime, date]]:
    rows = Receipt.objects.filter(pk__in=ids, kind=Receipt.Kind.SALE, is_reversed=False)
    return {pk: (sold_at, sold_on) for pk, sold_at, sold_on in rows.values_list("pk", "sold_at", "sold_on")}


def _write(matches: list[Match], unmatched: list[tuple]) -> None:
    given_back = Rows(
        "sales_returnmatch",
        ("return_receipt_id", "return_line_no", "sale_sold_on", "sale_receipt_id", "sale_line_no", "quantity"),
    )
    for match in matches:
        given_back.add(
            match.returned.id,
            match.return_line_no,
            match.sale_sold_on,
            match.sale_receipt_id,
            match.sale_line_no,
            match.quantity,
        )
    open_rows = Rows(
        "sales_unmatchedreturn",
        ("receipt_id", "line_no", "sold_on", "store_id", "member_id", "product_id", "quantity", "amount"),
        unmatched,
    )
    insert_tables(given_back, open_rows)
    add_returned_quantities(matches)


def add_returned_quantities(matches: Sequence[Match]) -> None:
    """Add matched quantities to the sale lines and to the return lines."""
    quantities: dict[tuple[date, int, int], Decimal] = defaultdict(Decimal)
    for match in matches:
        quantities[match.sale_sold_on, match.sale_receipt_id, match.sale_line_no] += match.quantity
        quantities[match.returned.sold_on, match.returned.id, match.return_line_no] += match.quantity
    if not quantities:
        return
    keys = sorted(quantities)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE sales_receiptline l SET returned_quantity = l.returned_quantity + v.quantity
            FROM unnest(%s::date[], %s::bigint[], %s::int[], %s::numeric[])
                AS v(sold_on, receipt_id, line_no, quantity)
            WHERE l.sold_on = v.sold_on AND l.receipt_id = v.receipt_id AND l.line_no = v.line_no
            """,
            [
                [key[0] for key in keys],
                [key[1] for key in keys],
                [key[2] for key in keys],
                [quantities[key] for key in keys],
            ],
        )
