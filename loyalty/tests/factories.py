"""Programmes, receipts and accounts for tests, posted through the till's own call."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from loyalty.models import Account, Programme, Tier, TierScheme
from loyalty.services.till import Posted, post
from loyalty.services.till_inputs import Place, ReturnedLine, return_draft
from members.models import Member
from sales.models import Receipt
from sales.services.drafts import LineDraft
from sales.tests.factories import line_draft, receipt_draft
from stores.models import Store

LONG_AGO = datetime(2009, 1, 1, tzinfo=timezone.get_fixed_timezone(480))


def make_programme(**fields: object) -> Programme:
    """One point per yuan, available at once, until the end of the next calendar year."""
    return Programme.objects.create(**{"valid_from": LONG_AGO, "name": "测试计划", **fields})


def make_scheme(reach: Sequence[int] = (2000, 10_000), **fields: object) -> TierScheme:
    """Three stars to begin with, four and five at the thresholds."""
    scheme = TierScheme.objects.create(**{"valid_from": LONG_AGO, "name": "测试星级", **fields})
    Tier.objects.create(scheme=scheme, rank=0, stars=3, name="三星", name_en="Three stars")
    for rank, threshold in enumerate(reach, start=1):
        Tier.objects.create(
            scheme=scheme,
            rank=rank,
            stars=3 + rank,
            name=f"{3 + rank}星",
            name_en=f"{3 + rank} stars",
            reach_at=Decimal(threshold),
            keep_at=Decimal(threshold),
        )
    return scheme


def sell(store: Store, member: Member | None, *lines: LineDraft, **fields: object) -> Posted:
    """Post a sale at the till; 100 yuan when no line is given."""
    (posted,) = post([receipt_draft(store, *(lines or [line_draft()]), member=member, **fields)])
    return posted


def bring_back(sale: Posted, line: int = 1, quantity: str = "1", at: datetime | None = None) -> Posted:
    """Return part of a line of a sale."""
    receipt = Receipt.objects.get(pk=sale.receipt.id)
    number = Receipt.objects.count() + 1
    draft = return_draft(
        document=f"R{number:06d}",
        sold_at=at or timezone.now(),
        original=receipt,
        lines=[ReturnedLine(line, Decimal(quantity))],
        place=Place(receipt.store_id, receipt.source, receipt.channel),
    )
    (posted,) = post([draft])
    return posted


def account_of(member: Member) -> Account:
    return Account.objects.get(member=member)
