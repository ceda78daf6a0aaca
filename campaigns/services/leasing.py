"""Taking the next recipients into a worker's hands: nobody twice, and everything that may have changed since they were
drawn up is looked at again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import ProviderProfile, Send, SendRecipient
from campaigns.send_locks import let_commit_wait, lock_provider, lock_send
from campaigns.services import addresses
from campaigns.services.caps import caps_for
from campaigns.services.sends import hold
from stores.models import Chain

State = SendRecipient.State
BATCH = 500
# A lease ends by itself: what was not called by then goes back to waiting.
LEASE = timedelta(minutes=2)
DEFER_DAYS = 1
QUIET = {"from": "21:00", "until": "09:00"}


@dataclass(frozen=True, slots=True)
class Lease:
    """Recipients in a worker's hands: their addresses, by member."""

    send: Send
    provider: ProviderProfile
    number: int
    taken_on: date
    addresses: dict[int, str]


_TAKE = """
WITH picked AS (
    SELECT member_id FROM campaigns_sendrecipient
    WHERE send_id = %(send)s AND state = 2 AND length(reason) = length(%(reason)s) AND reason = %(reason)s AND (not_before IS NULL OR not_before <= %(now)s)
    ORDER BY member_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE campaigns_sendrecipient r SET state = 3, reason = '', lease_id = %(lease)s, changed_at = %(now)s
FROM picked WHERE r.send_id = %(send)s AND r.member_id = picked.member_id
RETURNING r.member_id
"""
# The same questions as when they were drawn up. An address that is another one by now was not judged: left out.
_AGAIN = """
WITH audience AS MATERIALIZED (SELECT unnest(%(ids)s::bigint[]) AS member_id),
reach AS ({reach}),
hashed AS (SELECT reach.*, CASE WHEN address IS NOT NULL THEN {hash} END AS h FROM reach)
SELECT audience.member_id, hashed.address, CASE
    WHEN m.id IS NULL OR m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL OR m.status = 'closed' THEN 'gone'
    WHEN m.status = 'frozen' THEN 'frozen'
    WHEN hashed.member_id IS NULL THEN 'no_address'
    WHEN hashed.is_bad THEN 'bad_address'
    WHEN NOT ({consent}) THEN '{refusal}'
    WHEN hashed.said_no THEN 'opted_out'
    WHEN s.id IS NOT NULL THEN 'suppressed'
    WHEN r.address_hash IS DISTINCT FROM hashed.h THEN 'moved'
    ELSE '' END
FROM audience JOIN campaigns_sendrecipient r ON r.send_id = %(send)s AND r.member_id = audience.member_id
LEFT JOIN members_member m ON m.id = audience.member_id LEFT JOIN hashed ON hashed.member_id = audience.member_id
LEFT JOIN campaigns_suppression s ON s.channel = %(channel)s AND s.address_hash = hashed.h
    AND (%(marketing)s OR s.reason = 'bounce')
"""
# The row of the day is locked by the insert itself, in the order of the members: two sends at once cannot both slip
# under a cap, and do not wait for each other in a circle.
_COUNT = """
INSERT INTO campaigns_contactledger AS c (member_id, channel, touched_on, times)
SELECT asked.pk, %(channel)s, %(today)s, 1 FROM unnest(%(ids)s::bigint[]) AS asked (pk) WHERE {room_new}
ORDER BY asked.pk
ON CONFLICT (member_id, channel, touched_on) DO UPDATE SET times = c.times + 1 WHERE {room_more}
RETURNING member_id
"""


@transaction.atomic
def lease_batch(*, send_id: int, most: int = BATCH) -> Lease | None:
    """Take up to so many recipients of a running send. None when there is nothing to do now: the send is not running,
    nobody waits, the hour is wrong, the provider's rate is used up, or a stop rule has just paused it."""
    let_commit_wait()
    send = lock_send(send_id)
    now = timezone.now()
    if send.state != Send.State.RUNNING:
        return None
    provider = lock_provider(send.provider_id)
    if not is_open(send, provider, now):
        return None
    most = min(most, _refill(provider, now), _before_look(send, most))
    ids, number = _take(send, most, now) if most > 0 else ([], 0)
    provider.tokens -= len(ids)
    provider.save(update_fields=["tokens", "tokens_at"])
    send.turn_at, send.taken_count = now, send.taken_count + len(ids)
    send.save(update_fields=["turn_at", "taken_count"])
    if not ids:
        _stop_for_look(send)
        return None
    today = timezone.localdate(now)
    return Lease(send, provider, number, today, _judged(send, ids, today, now))


def is_open(send: Send, provider: ProviderProfile, now: datetime) -> bool:
    """Whether offers may leave at this hour: the provider's window, and the chain's quiet hours where a phone rings."""
    if send.purpose != "marketing":
        return True
    clock = timezone.localtime(now).time()
    opens, closes = provider.window_from, provider.window_until
    if opens != closes and not (opens <= clock < closes):
        return False
    if send.channel not in (Send.Channel.SMS, Send.Channel.PHONE):
        return True
    quiet = Chain.get().setting("quiet_hours", QUIET)
    if not quiet:
        return True
    text = f"{clock:%H:%M}"
    begins, ends = quiet["from"], quiet["until"]
    return not (begins <= text < ends) if begins <= ends else ends <= text < begins


def _refill(provider: ProviderProfile, now: datetime) -> int:
    """How many messages the provider may be given now: a bucket of one second, filled at its rate."""
    passed = Decimal(str(max((now - provider.tokens_at).total_seconds(), 0)))
    full = Decimal(max(provider.rate, 1))
    provider.tokens = min(full, provider.tokens + passed * provider.rate)
    provider.tokens_at = now
    return int(provider.tokens)


def _before_look(send: Send, most: int) -> int:
    """How many may go before somebody has looked at the first ones."""
    if not send.canary_size or send.looked_at is not None:
        return most
    return max(send.canary_size - send.taken_count, 0)


def _stop_for_look(send: Send) -> None:
    if not send.canary_size or send.looked_at is not None or send.taken_count < send.canary_size:
        return
    rows = SendRecipient.objects.filter(send_id=send.pk)
    busy = rows.filter(state__in=(State.LEASED, State.CALLING)).exists()
    if not busy and rows.filter(state=State.READY).exists():
        hold(send, Send.Held.CANARY, None)


def _take(send: Send, most: int, now: datetime) -> tuple[list[int], int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('campaigns_attempt_seq')")
        number = cursor.fetchone()[0]
        taken: list[int] = []
        for reason in ("", "later"):
            if len(taken) < most:
                values = {"send": send.pk, "reason": reason, "limit": most - len(taken), "lease": number, "now": now}
                cursor.execute(_TAKE, values)
                taken += [row[0] for row in cursor.fetchall()]
    return sorted(taken), number


def _judged(send: Send, ids: list[int], today: date, now: datetime) -> dict[int, str]:
    """Addresses of those who may still get it; the others are left out, or wait where the send says so."""
    marketing = send.purpose == "marketing"
    consent, refusal = addresses.agreement(send.channel, marketing=marketing)
    again = _AGAIN.format(
        reach=addresses.REACH[send.channel],
        hash=addresses.HASH.format("address"),
        consent=consent,
        refusal=refusal,
    )
    values = {
        "ids": ids, "send": send.pk, "channel": send.channel, "marketing": marketing,
        "key": addresses.address_key.get(), **addresses.enclosed(ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(again, values)
        rows = cursor.fetchall()
    fine = {member_id: address or "" for member_id, address, why in rows if not why}
    out = {member_id: why for member_id, _address, why in rows if why}
    if marketing and fine:
        counted = count_contacts(send.channel, sorted(fine), today)
        capped = [member_id for member_id in fine if member_id not in counted]
        for member_id in capped:
            del fine[member_id]
        if send.defers_capped:
            tomorrow = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
            SendRecipient.objects.filter(send_id=send.pk, member_id__in=capped).update(
                state=State.READY, reason="later", lease_id=None, changed_at=now,
                not_before=tomorrow + timedelta(days=DEFER_DAYS),
            )  # fmt: skip
        else:
            out |= dict.fromkeys(capped, "cap")
    _leave_out(send, out, now)
    return fine


def count_contacts(channel: str, ids: list[int], today: date) -> set[int]:
    """Count one contact for each member who is under every cap of the channel; returns them."""
    values: dict[str, object] = {"channel": channel, "today": today, "ids": ids}
    new, more = ["true"], ["true"]
    for number, cap in enumerate(caps_for(channel)):
        values |= {f"since_{number}": today - timedelta(days=cap.days - 1), f"most_{number}": cap.most}
        earlier = (
            "coalesce((SELECT sum(e.times) FROM campaigns_contactledger e WHERE e.member_id = {who}"
            f" AND e.channel = %(channel)s AND e.touched_on >= %(since_{number})s AND e.touched_on < %(today)s), 0)"
        )
        new.append(f"{earlier.format(who='asked.pk')} < %(most_{number})s")
        more.append(f"c.times + {earlier.format(who='c.member_id')} < %(most_{number})s")
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(room_new=" AND ".join(new), room_more=" AND ".join(more)), values)
        return {row[0] for row in cursor.fetchall()}


def refund_contacts(channel: str, ids: list[int], on: date) -> None:
    """Take one contact back from each member: nothing reached them."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_contactledger c SET times = times - 1 FROM (SELECT member_id FROM campaigns_contactledger"
            " WHERE member_id = ANY(%s) AND channel = %s AND touched_on = %s AND times > 0 ORDER BY member_id"
            " FOR UPDATE) AS mine WHERE c.member_id = mine.member_id AND c.channel = %s AND c.touched_on = %s",
            [ids, channel, on, channel, on],
        )


def _leave_out(send: Send, out: dict[int, str], now: datetime) -> None:
    if not out:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_sendrecipient r SET state = 0, reason = o.why, lease_id = NULL, changed_at = %s"
            " FROM unnest(%s::bigint[], %s::text[]) AS o (member_id, why)"
            " WHERE r.send_id = %s AND r.member_id = o.member_id AND r.state = 3",
            [now, list(out), list(out.values()), send.pk],
        )
