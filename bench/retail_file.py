"""A made file of receipts in the shape and size of the real one, for machines where that does not lie."""

import csv
import gzip
import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

LINES = 541_909
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
MEMBERS, PRODUCTS = 4_372, 4_000
RETURN_SHARE, ANONYMOUS_SHARE = 0.16, 0.12
FIRST = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


def made_file() -> Path:
    """The file, made at the first call and kept."""
    path = settings.DATA_DIR / "made-receipts.csv.gz"
    if path.exists():
        return path
    half = path.with_suffix(".half")
    with gzip.open(half, "wb", compresslevel=6) as packed, io.TextIOWrapper(packed, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows(_rows(random.Random(2011)))
    half.rename(path)
    return path


def _rows(rng: random.Random):
    codes = [f"{20000 + number}{rng.choice(['', '', 'A', 'B'])}" for number in range(PRODUCTS)]
    prices = [f"{rng.choice((42, 85, 125, 165, 210, 295, 495, 795)) / 100:.2f}" for _ in codes]
    bought: dict[int, list[int]] = {}
    lines, invoice, moment = 0, 536365, FIRST
    while lines < LINES:
        moment += timedelta(minutes=rng.choice((0, 5, 10, 20, 30, 45)))
        invoice += 1
        member = 0 if rng.random() < ANONYMOUS_SHARE else 12346 + int(MEMBERS * rng.random() ** 2)
        is_return = bool(member) and bought.get(member) and rng.random() < RETURN_SHARE
        count = 1 + int(rng.expovariate(1 / (2.4 if is_return else 70 if not member else 20)))
        for _ in range(min(count, LINES - lines)):
            product = rng.choice(bought[member]) if is_return else int(PRODUCTS * rng.random() ** 2)
            if member and not is_return:
                bought.setdefault(member, []).append(product)
            quantity = rng.choice((1, 2, 3, 4, 6, 12, 24))
            yield (
                f"C{invoice}" if is_return else str(invoice),
                codes[product],
                f"MADE GOODS {product}",
                -min(quantity, 3) if is_return else quantity,
                f"{moment:%Y-%m-%d %H:%M:%S}",
                prices[product],
                f"{member}.0" if member else "",
                "United Kingdom",
            )
            lines += 1
