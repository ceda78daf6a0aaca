"""Receipts as tills send them: three lines of goods the store's counters sell, mostly members', paid by WeChat."""

import random
import secrets
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from bench.people import card_of
from staff.models import Device
from staff.services.devices import rotate_token


class Slips:
    """Makes slips for one till of the made chain; no two have the same document."""

    def __init__(self, members: int, seed: int = 5) -> None:
        self.members = members
        self.rng = random.Random(seed)
        self.series = secrets.token_hex(4)
        self.number = 0
        device = Device.objects.select_related("store").earliest("pk")
        self.token = rotate_token(device=device, actor=None)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT p.code, c.code, p.list_price FROM stores_counter c JOIN stores_product p ON p.brand_id = c.brand_id"
                " WHERE c.store_id = %s AND p.list_price < 3000 ORDER BY p.id, c.id",
                [device.store_id],
            )
            self.goods = cursor.fetchall()

    def headers(self) -> dict[str, str]:
        """The till's token and a key nobody has used."""
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": secrets.token_hex(12)}

    def slip(self) -> dict[str, object]:
        """One member's receipt of three lines, the last at a discount now and then."""
        self.number += 1
        lines, paid = [], Decimal(0)
        for place in range(3):
            product, counter, price = self.rng.choice(self.goods)
            off = price // 10 if place == 2 and self.rng.random() < 0.3 else Decimal(0)
            off = off.quantize(Decimal("0.01"))
            lines.append(
                {
                    "product": product,
                    "counter": counter,
                    "quantity": "1",
                    "unit_price": f"{price:.2f}",
                    "discount": f"{off}",
                }
            )
            paid += (price - off).quantize(Decimal("0.01"))
        return {
            "document": f"{self.series}-{self.number}",
            "sold_at": (timezone.now() - timedelta(seconds=30)).isoformat(),
            "member": {"card": card_of(self.rng.randint(1, self.members))},
            "till": "03",
            "cashier": "8013 孙悦",
            "lines": lines,
            "payments": [{"tender": "wechat", "amount": f"{paid}"}],
        }
