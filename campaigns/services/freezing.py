"""Drawing up the recipients: who gets it, who is held out, who is left out and why. Set-wise, piece by piece."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import ControlGroup, Send, SendRecipient
from campaigns.send_locks import lock_send
from campaigns.services import addresses
from campaigns.services.caps import Cap, caps_for
from campaigns.services.links import store_links
from campaigns.services.tallying import tally_send
from campaigns.services.variables import missing_value
from staff.audit import record
from stores.models import Chain

State, Arm = SendRecipient.State, SendRecipient.Arm
PIECE = 100_000
SALT = 2_654_435_761
# The smallest send that has a first part somebody looks at.
LEAST_FOR_CANARY = 1_000

_DRAW = """
WITH audience AS MATERIALIZED ({audience}),
reach AS ({reach}),
looked_at AS (
    SELECT m.id AS member_id, reach.address, CASE
        WHEN m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL OR m.status = 'closed' THEN 'gone'
        WHEN m.status = 'frozen' THEN 'frozen'
        WHEN %(only_store)s::bigint IS NOT NULL AND m.home_store_id IS DISTINCT FROM %(only_store)s THEN 'other_store'
        WHEN reach.member_id IS NULL THEN 'no_address'
        WHEN reach.is_bad THEN 'bad_address'
        WHEN NOT ({consent}) THEN 'no_consent'
        WHEN reach.said_no THEN 'opted_out'
        WHEN {no_value} THEN 'no_value'
        WHEN {control} THEN 'control'
        ELSE '' END AS why
    FROM audience JOIN members_member m ON m.id = audience.member_id LEFT JOIN reach ON reach.member_id = m.id
    {joins}
    WHERE m.id > %(low)s AND m.id <= %(high)s),
hashed AS MATERIALIZED (
    SELECT member_id, why, CASE WHEN why = '' AND address IS NOT NULL THEN {hash} END AS h FROM looked_at),
contacts AS ({contacts}),
judged AS (
    SELECT hashed.member_id, h, CASE
        WHEN why = '' AND s.id IS NOT NULL THEN 'suppressed'
        WHEN why = '' AND ({capped}) THEN 'cap'
        ELSE why END AS why,
        mod(hashint8extended(hashed.member_id, %(holdout_salt)s) & 9223372036854775807, 10000) AS draw,
        mod(hashint8extended(hashed.member_id, %(salt)s + 1) & 9223372036854775807, 10000) AS draw_b
    FROM hashed LEFT JOIN contacts ON contacts.member_id = hashed.member_id
    LEFT JOIN campaigns_suppression s ON s.channel = %(channel)s AND s.address_hash = h
        AND (%(marketing)s OR s.reason = 'bounce'))
INSERT INTO campaigns_sendrecipient (send_id, member_id, arm, state, reason, address_hash, changed_at)
SELECT %(send)s, member_id,
    CASE WHEN why <> '' THEN 0 WHEN draw < %(holdout)s THEN 1 WHEN draw_b < %(share_b)s THEN 3 ELSE 2 END,
    CASE WHEN why <> '' THEN 0 WHEN draw < %(holdout)s THEN 1 ELSE 2 END,
    why, CASE WHEN why = '' THEN h END, %(now)s
FROM judged ORDER BY member_id
ON CONFLICT DO NOTHING
"""
# Who is still missing shares an address with somebody who is there; of one that is gone altogether nothing is known.
_REST = """
INSERT INTO campaigns_sendrecipient (send_id, member_id, arm, state, reason, changed_at)
SELECT %(send)s, audience.member_id, 0, 0, CASE WHEN m.id IS NULL THEN 'gone' ELSE 'same_address' END, %(now)s
FROM ({audience}) AS audience
LEFT JOIN members_member m ON m.id = audience.member_id AND m.id > %(low)s AND m.id <= %(high)s
WHERE NOT EXISTS (SELECT 1 FROM campaigns_sendrecipient r WHERE r.send_id = %(send)s AND r.member_id = audience.member_id
    AND r.member_id > %(low)s AND r.member_id <= %(high)s)
ON CONFLICT DO NOTHING
"""
_IN_RANGE = """SELECT member_id FROM campaigns_segmentmember
WHERE segment_id = %(segment)s AND is_in AND member_id > %(low)s AND member_id <= %(high)s"""
_NEXT_RANGE = """SELECT max(member_id) FROM (SELECT member_id FROM campaigns_segmentmember
WHERE segment_id = %s AND is_in AND member_id > %s ORDER BY member_id LIMIT %s) AS piece"""


def freeze_send(*, send_id: int) -> Send:
    """Draw up the recipients of a send that is being frozen, piece by piece, and let it run.

    After a crash a further call goes on where the last piece ended; a send that is frozen already stays as it is.
    """
    make_partition(send_id)
    while _freeze_piece(send_id):
        pass
    return _finish(send_id)


def add_recipients(*, send_id: int, member_ids: Iterable[int]) -> int:
    """Put further members into a running send, past the same exclusions. Returns how many are new to it; who is in it
    already stays as they are."""
    make_partition(send_id)
    ids = sorted(set(member_ids))
    with transaction.atomic():
        send = lock_send(send_id)
        if send.state not in (Send.State.FREEZING, Send.State.RUNNING, Send.State.PAUSED):
            return 0
        return (
            _draw(
                send, "SELECT DISTINCT unnest(%(ids)s::bigint[]) AS member_id", {"ids": ids, **addresses.enclosed(ids)}
            )
            if ids
            else 0
        )


def make_partition(send_id: int) -> None:
    """The recipients of one send lie in a table of their own. A second call does nothing."""
    name = f"campaigns_sendrecipient_{int(send_id)}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if cursor.fetchone()[0]:
            return
        with transaction.atomic():
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.send'), %s)", [send_id % 2**31])
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
            if cursor.fetchone()[0]:
                return
            # Made ready first: attaching locks the other sends far less than creating in place.
            cursor.execute(f"CREATE TABLE {name} (LIKE campaigns_sendrecipient INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1)"
            )
            cursor.execute(
                f"ALTER TABLE campaigns_sendrecipient ATTACH PARTITION {name} FOR VALUES IN ({int(send_id)})"
            )


@transaction.atomic
def _freeze_piece(send_id: int) -> bool:
    send = lock_send(send_id)
    if send.state != Send.State.FREEZING or send.segment_id is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_RANGE, [send.segment_id, send.freeze_cursor, PIECE])
        until = cursor.fetchone()[0]
    if until is None:
        return False
    _draw(send, _IN_RANGE, {"segment": send.segment_id, "low": send.freeze_cursor, "high": until})
    send.freeze_cursor = until
    send.save(update_fields=["freeze_cursor"])
    return True


def _draw(send: Send, audience: str, values: dict[str, object]) -> int:
    channel, marketing = send.channel, send.purpose == "marketing"
    today = timezone.localdate()
    caps = [] if send.defers_capped or not marketing else caps_for(channel)
    joins, no_value = missing_value([one for one in (send.content, send.content_b) if one], channel)
    control, control_values = _control_group(today) if marketing else ("false", {})
    params = {
        "send": send.pk, "salt": send.pk * SALT, "holdout_salt": _holdout_salt(send), "channel": channel, "marketing": marketing,
        "holdout": send.holdout_share, "share_b": send.share_b if send.content_b_id else 0, "now": timezone.now(),
        "key": addresses.address_key.get(), "only_store": _only_store(send), **control_values, **values,
    }  # fmt: skip
    contacts, capped = _capped(caps, today, params)
    draw = _DRAW.format(
        audience=audience,
        reach=addresses.REACH[channel],
        consent=addresses.CONSENT[channel] if marketing else "true",
        hash=addresses.HASH.format("address"),
        capped=capped,
        contacts=contacts,
        control=control,
        joins=joins,
        no_value=no_value,
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(draw, params)
        drawn = cursor.rowcount
        cursor.execute(_REST.format(audience=audience), params)
        return drawn + cursor.rowcount


def _holdout_salt(send: Send) -> int:
    """All sends of a campaign hold out the same members: who is spared by one and reached by another measures nothing."""
    return -send.campaign_id * SALT if send.campaign_id else send.pk * SALT


def _only_store(send: Send) -> int | None:
    """Where stores do not share their members, a store's send reaches its own."""
    return send.store_id if send.store_id and not Chain.get().shares_member_base else None


def _control_group(today: date) -> tuple[str, dict[str, object]]:
    group = ControlGroup.objects.filter(until_on=None, from_on__lte=today).first()
    if group is None:
        return "false", {}
    drawn = "mod(hashint8extended(m.id, %(control_salt)s) & 9223372036854775807, 10000) < %(control_share)s"
    return drawn, {"control_salt": group.salt, "control_share": group.share}


def _capped(caps: Sequence[Cap], today: date, params: dict[str, object]) -> tuple[str, str]:
    """The contacts of the audience counted once, and whether a cap is reached, as SQL over that."""
    if not caps:
        return "SELECT NULL::bigint AS member_id WHERE false", "false"
    sums, reached = [], []
    for number, cap in enumerate(caps):
        params |= {f"since_{number}": today - timedelta(days=cap.days - 1), f"most_{number}": cap.most}
        sums.append(f"sum(times) FILTER (WHERE touched_on >= %(since_{number})s) AS times_{number}")
        reached.append(f"contacts.times_{number} >= %(most_{number})s")
    params["oldest"] = today - timedelta(days=max(cap.days for cap in caps) - 1)
    counted = (
        f"SELECT c.member_id, {', '.join(sums)} FROM campaigns_contactledger c JOIN audience USING (member_id)"
        " WHERE c.channel = %(channel)s AND c.touched_on >= %(oldest)s GROUP BY 1"
    )
    return counted, " OR ".join(reached)


@transaction.atomic
def _finish(send_id: int) -> Send:
    send = lock_send(send_id)
    if send.state != Send.State.FREEZING:
        return send
    now = timezone.now()
    counts = tally_send(send_id)
    ready = sum(one.count for one in counts if one.state == State.READY)
    send.canary_size = ready * send.canary_share // 10_000 if ready >= LEAST_FOR_CANARY and send.segment_id else 0
    send.state, send.frozen_at, send.started_at = Send.State.RUNNING, now, send.started_at or now
    send.save(update_fields=["state", "frozen_at", "started_at", "canary_size"])
    store_links(send)
    record(None, "campaigns.send_frozen", send, store=send.store_id, ready=ready)
    return send
