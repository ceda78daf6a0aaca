"""Rules for the benchmarks of segments, over a made chain: what a marketer asks, from stored figures to all lines."""

from typing import Any

from loyalty.models import CouponKind, Tier
from stores.models import Brand, Category, Counter, Store


def leaf(field: str, test: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """One question."""
    return {"field": field, "test": test, "value": value, **more}


def stored_rules() -> list[list[dict[str, Any]]]:
    """Rules the stored figures answer."""
    store = str(Store.objects.earliest("pk").pk)
    ranks = sorted({str(rank) for rank in Tier.objects.values_list("rank", flat=True)})[1:]
    return [
        [leaf("stat.spend_365", "at_least", "5000"), leaf("contact.allows_sms", "is_yes")],
        [leaf("stat.spend_365", "between", ["500", "2000"])],
        [leaf("stat.last_bought_on", "before_last", 180), leaf("member.store", "is_one_of", [store])],
        [leaf("member.birthday", "in_next", 7), leaf("stat.receipts_365", "at_least", "2")],
        [leaf("loyalty.star", "is_one_of", ranks), leaf("contact.allows_sms", "is_yes"), leaf("member.birthday", "in_next", 7)],
        [leaf("stat.discount_share", "at_least", "50"), leaf("member.gender", "is_one_of", ["female"])],
        [leaf("stat.receipts_life", "at_least", "3"), leaf("loyalty.available", "at_least", "1000")],
        [leaf("stat.average_basket", "at_least", "400"), leaf("member.enrolled_on", "in_last", 365)],
        [leaf("stat.last_visit_on", "before_last", 90, or_unknown=True), leaf("contact.allows_phone", "is_yes")],
        [{"op": "any", "rules": [leaf("stat.spend_90", "at_least", "2000"), leaf("stat.receipts_90", "at_least", "4")]}],
    ]  # fmt: skip


def any_rules() -> list[list[dict[str, Any]]]:
    """Rules of every kind: behaviour with and without goods, contraries, sums over all lines."""
    brands = [str(pk) for pk in Brand.objects.order_by("pk").values_list("pk", flat=True)]
    categories = [str(pk) for pk in Category.objects.order_by("pk").values_list("pk", flat=True)]
    counters = [str(pk) for pk in Counter.objects.order_by("pk").values_list("pk", flat=True)]
    kinds = [str(pk) for pk in CouponKind.objects.values_list("pk", flat=True)]

    def bought(test: str = "did", **value: Any) -> dict[str, Any]:
        return leaf("did.bought", test, value)

    rules = [
        [bought(brands=brands[:1], window="last_days", days=90, number="2")],
        [bought(categories=categories[:6], window="last_days", days=180, number="2"), bought("did_not", brands=brands[:1], window="last_days", days=365)],
        [bought(counters=counters[:1]), leaf("contact.allows_sms", "is_yes")],
        [bought(measure="amount", number="5000", categories=categories)],
        [bought(measure="items", number="20")],
        [bought(measure="days", number="6", window="last_days", days=365)],
        [bought("did_not", window="last_days", days=90), leaf("stat.spend_life", "at_least", "1000")],
        [leaf("did.returned", "did", {"number": "2", "window": "last_days", "days": 365})],
        [bought(window="month", months_ago=1, brands=brands[:3])],
        [{"op": "none", "rules": [bought(brands=brands[:5]), leaf("did.returned", "did", {})]}],
        [{"op": "any", "rules": [bought(brands=brands[1:2], number="3"), leaf("stat.spend_365", "at_least", "20000")]}],
        [leaf("contact.has_mobile", "is_yes"), leaf("loyalty.points_end_on", "in_next", 30)],
    ]  # fmt: skip
    return rules + ([[leaf("loyalty.coupon_held", "is_one_of", kinds)]] if kinds else [])


def document(questions: list[dict[str, Any]]) -> dict[str, Any]:
    """The rule of these questions, all of them."""
    return {"version": 1, "op": "all", "rules": questions}
