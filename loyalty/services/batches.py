"""A batch from a till or the e-mall: thousands of receipts set-wise, a verdict for each."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from kit.errors import DomainError
from loyalty.services.till import post_each
from loyalty.services.till_inputs import BasketLine, Identified, Place, Slip, identify, read_catalogue, sale_draft
from members.models import MemberCard
from sales.models import Receipt
from sales.services.drafts import PaymentDraft, ReceiptDraft


def post_batch(receipts: Sequence[Any], place: Place) -> dict[str, Any]:
    """Post the receipts (`SaleIn`) in their order of time; returns counts and a verdict per receipt.

    A receipt posted before with the same content is unchanged; with other content it is refused, as is one that
    names an unknown member or counter. The others are posted together.
    """
    verdicts: dict[str, dict[str, Any]] = {}
    drafts: list[ReceiptDraft] = []
    seen: set[str] = set()
    cards = _members_by_card(receipts)
    lines = {receipt.document: _lines(receipt) for receipt in receipts}
    catalogue = read_catalogue(place.store_id, [line for some in lines.values() for line in some])
    known = _known(place, [receipt.document for receipt in receipts])
    for receipt in receipts:
        document = receipt.document
        if document in seen:
            verdicts[document] = _refused(document, "twice", _("The batch names this receipt twice."))
            continue
        seen.add(document)
        try:
            slip = Slip(
                document=document,
                sold_at=receipt.sold_at,
                lines=lines[document],
                member=_who(receipt.member, cards),
                till=receipt.till,
                cashier=receipt.cashier,
                payments=[PaymentDraft(p.tender, p.amount, p.reference) for p in receipt.payments],
            )
            draft = sale_draft(slip, place, catalogue)
        except DomainError as error:
            verdicts[document] = _refused(document, error.code, str(error))
            continue
        if document in known:
            same = known[document] == (len(draft.lines), draft.net_amount, draft.sold_at)
            verdicts[document] = (
                {"document": document, "verdict": "unchanged"}
                if same
                else _refused(document, "already_posted", _("This receipt number has already been posted."))
            )
            continue
        drafts.append(draft)
    drafts = [draft for draft in drafts if draft.document not in verdicts]
    drafts.sort(key=lambda draft: draft.sold_at)
    posted, refused = post_each(drafts)
    for one in posted:
        earned = one.outcome.earned if one.outcome else 0
        verdicts[one.receipt.document] = {
            "document": one.receipt.document, "verdict": "posted", "points_earned": earned,
        }  # fmt: skip
    for one in refused:
        verdicts[one.document] = _refused(one.document, one.code, one.message)
    ordered = [verdicts[receipt.document] for receipt in receipts]
    counts = {name: sum(1 for v in ordered if v["verdict"] == name) for name in ("posted", "unchanged", "refused")}
    return {**counts, "receipts": ordered}


def _lines(receipt: Any) -> list[BasketLine]:
    return [
        BasketLine(line.product, line.quantity, line.unit_price, line.discount, line.counter, line.name)
        for line in receipt.lines
    ]


def _members_by_card(receipts: Sequence[Any]) -> dict[str, Identified]:
    numbers = {r.member.card.replace(" ", "") for r in receipts if r.member and r.member.card}
    found = MemberCard.objects.filter(number__in=numbers, status=MemberCard.Status.ACTIVE)
    return {number: Identified(member_id, number) for number, member_id in found.values_list("number", "member_id")}


def _who(ref: Any, cards: dict[str, Identified]) -> Identified | None:
    if ref is None:
        return None
    known = cards.get(ref.card.replace(" ", "")) if ref.card else None
    return known or identify(card=ref.card, phone=ref.phone, number=ref.number)


def _known(place: Place, documents: list[str]) -> dict[str, tuple]:
    rows = Receipt.objects.filter(source=place.source, store_id=place.store_id, document__in=documents)
    return {
        document: tuple(rest) for document, *rest in rows.values_list("document", "line_count", "net_amount", "sold_at")
    }


def _refused(document: str, code: str, message: str) -> dict[str, Any]:
    return {"document": document, "verdict": "refused", "code": code, "message": message}
