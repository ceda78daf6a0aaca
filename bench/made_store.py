"""A made chain of any size: places, people, members, and two years of receipts with their points, by set-wise SQL.

Everything hangs together as if it had been posted: `verify_ledgers` finds nothing in it.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from bench import database as databases
from bench import made_sql as sql
from bench.people import enrol_many
from crm_site.demo.people import build_people, build_till
from crm_site.demo.places import STORES, build_places
from crm_site.demo.programme import build_programme
from kit.partitions import ensure_months, forget
from loyalty.models import Programme, Tier
from sales.services.figures import rebuild_figures
from stores.models import Store

DAYS = 730
MEMBERS, RECEIPTS = 10_000, 30_000
PARTITIONED = ("sales_receiptline", "loyalty_pointsentry", "loyalty_earnline")


@contextmanager
def made_store(members: int | None, receipts: int | None, *, scratch: str = "") -> Iterator[str]:
    """Work in a made chain of this size, kept between runs. A receipt has three and a third lines on average.

    `scratch` names a copy of it that is made anew, for benchmarks that write. Yields the database's URL.
    """
    members, receipts = members or MEMBERS, receipts or RECEIPTS
    name = f"store_{members}_{receipts}"
    forget()
    with databases.database(name, lambda: fill(members, receipts)) as url:
        if not scratch:
            yield url
            return
    with databases.copied(name, f"scratch_{scratch}") as url:
        yield url


def fill(members: int, receipts: int) -> None:
    """Fill a migrated, empty database."""
    today = timezone.localdate()
    places = build_places(random.Random(7))
    people = build_people(places)
    build_programme(places, today)
    build_till(places, people["admin"])
    base = enrol_many(members, today) - 1
    first = today - timedelta(days=DAYS)
    days = [first + timedelta(days=n) for n in range(DAYS + 1)]
    ensure_months(PARTITIONED, [*days, date(today.year, 1, 1), date(today.year + 1, 1, 1)])
    with connection.cursor() as cursor:
        # Keys and triggers are not looked at row by row: what is written here refers to itself.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SELECT setseed(0.42)")
        _goods(cursor)
        constants = {
            "members": members,
            "base": base,
            "receipts": receipts,
            "first": first,
            "days": DAYS,
            "programme": Programme.objects.latest("valid_from").pk,
            "stores": list(Store.objects.order_by("pk").values_list("pk", flat=True)),
            "now": timezone.now(),
            "today": today,
            "prime": 7_919_003 if members % 7_919_003 else 104_729,
        } | _shares()
        for since, until in _months(days, receipts):
            for statement in sql.MONTH:
                cursor.execute(statement, {**constants, "since": since, "until": until})
        stars = {f"rank_{tier.rank}": tier.pk for tier in Tier.objects.all()}
        for statement in sql.AFTER:
            cursor.execute(statement, {**constants, **stars})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    rebuild_figures(as_of_on=today)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")


def _goods(cursor) -> None:
    """What each store's counters sell, numbered from 0."""
    cursor.execute(sql.GOODS)


def _shares() -> dict[str, float]:
    first, second, _third = (store[-1] for store in STORES)
    return {"first_share": first, "second_share": first + second}


def _months(days: list[date], receipts: int) -> Iterator[tuple[int, int]]:
    """The receipts' numbers of each month, as half-open ranges."""
    begin = 0
    for number, day in enumerate(days):
        if day.day == 1 or number == DAYS:
            end = receipts * number // DAYS
            if end > begin:
                yield begin, end
            begin = end
