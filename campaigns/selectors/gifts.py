"""Stocks of a campaign's gifts, store by store, and what became of the pieces."""

from dataclasses import dataclass

from django.db.models import Count, Q

from campaigns.models import Campaign, GiftHandout, GiftMove, GiftStock, Offer


@dataclass(frozen=True)
class StockRow:
    """One gift in one store: what is left and what was handed out."""

    offer: Offer
    stock: GiftStock
    handed: int


def stocks_of(campaign: Campaign) -> list[StockRow]:
    """Every gift in every store, in two statements."""
    stocks = GiftStock.objects.filter(offer__campaign=campaign).select_related("offer", "store")
    handed = Count("pk", filter=Q(state=GiftHandout.State.HANDED))
    rows = GiftHandout.objects.filter(campaign=campaign).order_by().values("offer", "store").annotate(n=handed)
    counts = {(row["offer"], row["store"]): row["n"] for row in rows}
    return [
        StockRow(stock.offer, stock, counts.get((stock.offer_id, stock.store_id), 0))
        for stock in stocks.order_by("offer", "store__code")
    ]


def moves_of(campaign: Campaign, limit: int = 40) -> list[GiftMove]:
    """The newest moves that were not hand-outs: deliveries, counts, pieces sent away."""
    rows = GiftMove.objects.filter(stock__offer__campaign=campaign, handout=None)
    return list(rows.select_related("stock__offer", "stock__store", "moved_by").order_by("-pk")[:limit])
