"""Whose number is this? The statements behind the card of a call, by themselves, with their plans."""

import random

from django.db import connection

from bench.figures import Run
from bench.made_store import made_store
from bench.recording import record_each, refuse_scans, replay
from bench.registry import bench
from callcenter.models import Call
from callcenter.services.call_matching import match_number

LOOKUPS = 400


@bench("phone-lookup", "The statements that find whose number calls: members, and contacts where there is no member")
def phone_lookup(run: Run) -> None:
    with made_store(run.members, run.receipts):
        numbers = some_numbers(LOOKUPS - LOOKUPS // 4)
        unknown = [f"+86199{number:08}" for number in range(LOOKUPS // 4)]
        statements = record_each(
            [lambda number=number: match_number(Call(number=number)) for number in numbers + unknown]
        )
        for each in statements[:10] + statements[-3:]:
            refuse_scans(each)
        seconds = replay(statements)
    run.spread(seconds)
    run.figure("rate", len(seconds) / sum(seconds), "1/s", n=len(seconds))


def some_numbers(count: int) -> list[str]:
    """Numbers of members, the same in every run of one size."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM members_member")
        last = cursor.fetchone()[0]
        rng = random.Random(17)
        cursor.execute(
            "SELECT DISTINCT ON (member_id) e164 FROM members_memberphone WHERE member_id = ANY(%s)",
            [[rng.randint(1, last) for _ in range(count)]],
        )
        return [row[0] for row in cursor.fetchall()]
