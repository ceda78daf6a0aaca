"""Goods by what a person types at the till: code, barcode, or part of the name."""

from collections.abc import Iterable

from stores.models import Counter, Product

SHOWN = 5


def products_by_code(texts: Iterable[str]) -> dict[str, Product]:
    """Products by code or barcode, as typed."""
    typed = {text for text in texts if text}
    if not typed:
        return {}
    found = {product.code: product for product in _products().filter(code__in=typed)}
    missing = typed - found.keys()
    if missing:
        for product in _products().filter(barcode__in=missing):
            found[product.barcode] = product
    return found


def products_named(text: str, store_id: int) -> list[Product]:
    """Goods of this store's counters with this in their name."""
    counters = Counter.objects.filter(store_id=store_id).values("pk")
    return list(_products().filter(counter__in=counters, name__icontains=text).order_by("name", "pk")[: SHOWN + 1])


def counters_of(store_id: int) -> list[Counter]:
    """The open counters of a store, for the list that helps typing."""
    return list(Counter.objects.filter(store_id=store_id, is_active=True).order_by("code")[:400])


def _products():
    return Product.objects.select_related("counter")
