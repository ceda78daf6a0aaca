"""Goods by what a person types at the till: code, barcode, or part of the name."""

from collections.abc import Iterable

from django.db.models import Q

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
    """Goods of this store's counters, or of their brands, with this in their name."""
    here = Counter.objects.filter(store_id=store_id)
    sold_here = Q(counter__in=here.values("pk")) | Q(brand__in=here.exclude(brand=None).values("brand"))
    return list(_products().filter(sold_here, name__icontains=text).order_by("name", "pk")[: SHOWN + 1])


def counter_codes(products: Iterable[Product], store_id: int) -> dict[int, str]:
    """Where each of these is sold in this store, by product id: its own counter, else the only one of its brand."""
    codes: dict[int, str] = {}
    by_brand: dict[int, list[str]] = {}
    goods = list(products)
    brands = {one.brand_id for one in goods if one.brand_id}
    if brands:
        rows = Counter.objects.filter(store_id=store_id, brand__in=brands, is_active=True)
        for brand_id, code in rows.values_list("brand_id", "code"):
            by_brand.setdefault(brand_id, []).append(code)
    for one in goods:
        of_brand = by_brand.get(one.brand_id, [])
        if one.counter and one.counter.store_id == store_id:
            codes[one.pk] = one.counter.code
        elif len(of_brand) == 1:
            codes[one.pk] = of_brand[0]
    return codes


def counters_of(store_id: int) -> list[Counter]:
    """The open counters of a store, for the list that helps typing."""
    return list(Counter.objects.filter(store_id=store_id, is_active=True).order_by("code")[:400])


def _products():
    return Product.objects.select_related("counter")
