"""Whom a send could reach today, channel by channel: after consent and addresses, after suppression, after frequency caps,
and what it would cost at the prices of the members' own stores.

Counted among the members that are looked at while a rule is written (all of a small chain, else the random sample) by the
very conditions recipients are drawn up with, and scaled up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from campaigns.models import Send
from campaigns.rules.document import Group
from campaigns.rules.sql import Clock
from campaigns.selectors.segment_counts import LABELS, PRICES, some_members
from campaigns.services import addresses
from campaigns.services.caps import caps_for
from kit.money import to_fen
from stores.models import Store

LIMIT_MS = 3_000
_STANDING = """
WITH audience AS MATERIALIZED (SELECT unnest(%(ids)s::bigint[]) AS member_id),
reach AS MATERIALIZED ({reach}),
able AS MATERIALIZED (
    SELECT m.id AS member_id, m.home_store_id, CASE WHEN reach.address IS NOT NULL THEN {hash} END AS h
    FROM audience JOIN members_member m ON m.id = audience.member_id JOIN reach ON reach.member_id = m.id
    WHERE m.status = 'active' AND {consent} AND NOT reach.is_bad AND NOT reach.said_no),
contacts AS MATERIALIZED ({contacts})
SELECT able.home_store_id, count(*), count(*) FILTER (WHERE s.id IS NULL),
    count(*) FILTER (WHERE s.id IS NULL AND NOT coalesce({capped}, false))
FROM able LEFT JOIN campaigns_suppression s ON s.channel = %(channel)s AND s.address_hash = able.h
LEFT JOIN contacts ON contacts.member_id = able.member_id GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class ReachToday:
    """A channel: who could be reached, whom suppressed addresses take away, whom caps take away, who is left, and what
    a message to each of those costs, in yuan."""

    channel: str
    label: str
    able: int
    suppressed: int
    capped: int
    members: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Today:
    """All channels; `is_scaled`: estimated from the sample. `prices_differ`: stores have prices of their own."""

    channels: tuple[ReachToday, ...]
    is_scaled: bool
    prices_differ: bool


def reach_today(rule: Group, *, clock: Clock, store_id: int | None = None) -> Today | None:
    """Whom each channel reaches today; None where it takes longer than some seconds, or there is no sample yet."""
    looked_at = some_members(rule, clock=clock, store_id=store_id)
    if looked_at is None:
        return None
    ids, living, held = looked_at
    stores = {one.pk: one for one in Store.objects.all()}
    found = []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(LIMIT_MS)])
            for channel in LABELS:
                cursor.execute(*_standing(channel, ids))
                found.append(_channel(channel, cursor.fetchall(), stores, living, held))
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except DatabaseError:
        return None
    differ = any(f"{channel}_price" in one.settings for one in stores.values() for channel in LABELS)
    return Today(tuple(found), living != held, differ)


def _standing(channel: str, ids: Sequence[int]) -> tuple[str, dict[str, object]]:
    today = timezone.localdate()
    caps = caps_for(channel)
    values: dict[str, object] = {
        "ids": list(ids), "channel": channel, "key": addresses.address_key.get(), **addresses.enclosed(ids),
    }  # fmt: skip
    contacts, capped = "SELECT NULL::bigint AS member_id WHERE false", "false"
    if caps:
        sums = []
        for number, cap in enumerate(caps):
            values |= {f"since_{number}": today - timedelta(days=cap.days - 1), f"most_{number}": cap.most}
            sums.append(f"sum(times) FILTER (WHERE touched_on >= %(since_{number})s) AS times_{number}")
        values["oldest"] = today - timedelta(days=max(cap.days for cap in caps) - 1)
        contacts = (
            f"SELECT c.member_id, {', '.join(sums)} FROM campaigns_contactledger c JOIN audience USING (member_id)"
            " WHERE c.channel = %(channel)s AND c.touched_on >= %(oldest)s GROUP BY 1"
        )
        capped = "(" + " OR ".join(f"contacts.times_{n} >= %(most_{n})s" for n in range(len(caps))) + ")"
    statement = _STANDING.format(
        reach=addresses.REACH[Send.Channel(channel)],
        hash=addresses.HASH.format("reach.address"),
        consent=addresses.CONSENT[Send.Channel(channel)],
        contacts=contacts,
        capped=capped,
    )
    return statement, values


def _channel(channel: str, rows: list[tuple], stores: dict[int, Store], living: int, held: int) -> ReachToday:
    able = sum(row[1] for row in rows)
    free = sum(row[2] for row in rows)
    left = sum(row[3] for row in rows)
    cost = sum((price_at(channel, stores.get(home)) * n for home, _able, _free, n in rows), Decimal(0))

    def up(number: int) -> int:
        return round(Decimal(number) * living / held)

    return ReachToday(
        channel, str(LABELS[channel]), up(able), up(able) - up(free), up(free) - up(left), up(left),
        to_fen(cost * living / held),
    )  # fmt: skip


def price_at(channel: str, store: Store | None) -> Decimal:
    """Yuan a message costs for members of a store: its own price, else the chain's."""
    usual = PRICES[channel]
    chosen = (store or Store()).setting(f"{channel}_price", usual)
    return Decimal(str(chosen))
