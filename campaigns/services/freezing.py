"""Drawing up the recipients: who gets it, who is held out, who is left out and why. Set-wise, in one go where it can be."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
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
HIGHEST = 2**63 - 1
SALT = 2_654_435_761
# The smallest send that has a first part somebody looks at.
LEAST_FOR_CANARY = 1_000

# Every member of the audience: `why` is empty for who may get it, `h` the hash of the address. OFFSET 0 keeps the steps
# apart: drawn into one, each mention of `why` would ask all its questions anew, a dozen times a member.
_JUDGE = """
WITH audience AS {kept} ({audience}),
reach AS ({reach}),
looked_at AS (
    SELECT audience.member_id, reach.address, CASE
        WHEN m.id IS NULL OR m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL OR m.status = 'closed' THEN 'gone'
        WHEN m.status = 'frozen' THEN 'frozen'
        WHEN %(only_store)s::bigint IS NOT NULL AND m.home_store_id IS DISTINCT FROM %(only_store)s THEN 'other_store'
        WHEN reach.member_id IS NULL THEN 'no_address'
        WHEN reach.is_bad THEN 'bad_address'
        WHEN NOT ({consent}) THEN '{refusal}'
        WHEN reach.said_no THEN 'opted_out'
        WHEN {no_value} THEN 'no_value'
        WHEN {control} THEN 'control'
        ELSE '' END AS why
    FROM audience LEFT JOIN members_member m ON m.id = audience.member_id AND m.id > %(low)s AND m.id <= %(high)s
    LEFT JOIN {reached}
    {joins} OFFSET 0),
hashed AS {kept} (
    SELECT member_id, why, CASE WHEN why = '' AND address IS NOT NULL THEN {hash} END AS h FROM looked_at OFFSET 0),
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
        AND (%(marketing)s OR s.reason = 'bounce') OFFSET 0)
"""
_DRAW = (
    _JUDGE
    + """
INSERT INTO campaigns_sendrecipient (send_id, member_id, arm, state, reason, address_hash, changed_at)
SELECT %(send)s, member_id,
    CASE WHEN why <> '' THEN 0 WHEN draw < %(holdout)s THEN 1 WHEN draw_b < %(share_b)s THEN 3 ELSE 2 END,
    CASE WHEN why <> '' THEN 0 WHEN draw < %(holdout)s THEN 1 ELSE 2 END,
    why, CASE WHEN why = '' THEN h END, %(now)s
FROM judged ORDER BY member_id
ON CONFLICT DO NOTHING
"""
)
# The same into a table of its own. A statement that fills a new table may run on several cores, an INSERT may not, and
# its indexes are built once all rows are there.
_DRAW_ALL = (
    "CREATE TABLE {table} AS"
    + _JUDGE
    + """
SELECT %(send)s::bigint AS send_id, member_id, CASE WHEN why = '' THEN h END AS address_hash,
    NULL::bigint AS lease_id, NULL::bigint AS attempt_id, %(now)s::timestamptz AS changed_at,
    NULL::timestamptz AS accepted_at, NULL::timestamptz AS delivered_at,
    (CASE WHEN why <> '' THEN 0 WHEN draw < %(holdout)s THEN 1 WHEN draw_b < %(share_b)s THEN 3 ELSE 2 END)::smallint
        AS arm,
    (CASE WHEN why <> '' THEN 0 WHEN draw < %(holdout)s THEN 1 ELSE 2 END)::smallint AS state,
    why::varchar(16) AS reason, NULL::timestamptz AS not_before, 0::smallint AS tries, 0::smallint AS parts
FROM judged
"""
)
# Of those who share an address the first stays. The others are written anew and not updated: indexes that are built in
# the transaction of an update are of no use to transactions that began before it.
_SHARED = """
WITH shared AS (SELECT address_hash FROM {table} WHERE address_hash IS NOT NULL GROUP BY 1 HAVING count(*) > 1),
later AS (SELECT member_id FROM (SELECT t.member_id, row_number() OVER (PARTITION BY address_hash ORDER BY member_id) AS nth
    FROM {table} t JOIN shared USING (address_hash)) AS ranked WHERE nth > 1),
gone AS (DELETE FROM {table} t USING later WHERE t.member_id = later.member_id RETURNING t.*)
INSERT INTO {table} (send_id, member_id, arm, state, reason, changed_at, tries, parts)
SELECT send_id, member_id, 0, 0, 'same_address', changed_at, 0, 0 FROM gone
"""
# What a table needs to become a partition: the same columns filled and the same rules.
_RULES = """
SELECT format('ALTER COLUMN %I SET NOT NULL', attname) FROM pg_attribute
WHERE attrelid = 'campaigns_sendrecipient'::regclass AND attnum > 0 AND attnotnull AND NOT attisdropped
UNION ALL SELECT format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE conrelid = 'campaigns_sendrecipient'::regclass AND contype = 'c'
UNION ALL SELECT format('ALTER COLUMN %I SET DEFAULT %s', a.attname, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = 'campaigns_sendrecipient'::regclass
"""
# Who is still missing shares an address with somebody who is there.
_REST = """
INSERT INTO campaigns_sendrecipient (send_id, member_id, arm, state, reason, changed_at)
SELECT %(send)s, audience.member_id, 0, 0, 'same_address', %(now)s FROM ({audience}) AS audience
WHERE NOT EXISTS (SELECT 1 FROM campaigns_sendrecipient r WHERE r.send_id = %(send)s AND r.member_id = audience.member_id
    AND r.member_id > %(low)s AND r.member_id <= %(high)s)
ON CONFLICT DO NOTHING
"""
_IN_RANGE = """SELECT member_id FROM campaigns_segmentmember
WHERE segment_id = %(segment)s AND is_in AND member_id > %(low)s AND member_id <= %(high)s"""
_NEXT_RANGE = """SELECT max(member_id) FROM (SELECT member_id FROM campaigns_segmentmember
WHERE segment_id = %s AND is_in AND member_id > %s ORDER BY member_id LIMIT %s) AS piece"""


def freeze_send(*, send_id: int) -> Send:
    """Draw up the recipients of a send that is being frozen, and let it run.

    A send nobody is in yet is drawn up in one transaction, of which a crash leaves nothing. Where somebody was put in
    before, it goes piece by piece, and a further call goes on where the last piece ended. A send that is frozen already
    stays as it is.
    """
    _freeze_all(send_id)
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
    name = _table(send_id)
    with connection.cursor() as cursor:
        if _is_there(cursor, name):
            return
        with transaction.atomic():
            if _wait_for_place(cursor, send_id):
                return
            # Made ready first: attaching locks the other sends far less than creating in place.
            cursor.execute(f"CREATE TABLE {name} (LIKE campaigns_sendrecipient INCLUDING ALL)")
            _attach(cursor, send_id)


def _table(send_id: int) -> str:
    return f"campaigns_sendrecipient_{int(send_id)}"


def _is_there(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    return cursor.fetchone()[0]


def _wait_for_place(cursor: CursorWrapper, send_id: int) -> bool:
    """Keep everybody else from making the table of a send; whether it is there already."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.send'), %s)", [send_id % 2**31])
    return _is_there(cursor, _table(send_id))


def _attach(cursor: CursorWrapper, send_id: int) -> None:
    """Make the table of a send a partition; indexes it lacks are built."""
    name = _table(send_id)
    cursor.execute(
        f"ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1)"
    )
    cursor.execute(f"ALTER TABLE campaigns_sendrecipient ATTACH PARTITION {name} FOR VALUES IN ({int(send_id)})")


@transaction.atomic
def _freeze_all(send_id: int) -> None:
    """Draw up everybody at once, where nobody is in the send yet."""
    send = lock_send(send_id)
    if send.state != Send.State.FREEZING or send.segment_id is None:
        return
    with connection.cursor() as cursor:
        if _wait_for_place(cursor, send_id):
            return
        cursor.execute(
            "SET LOCAL jit = off; SET LOCAL work_mem = '192MB'; SET LOCAL maintenance_work_mem = '256MB';"
            " SET LOCAL max_parallel_workers_per_gather = 1"
        )
        params = {"segment": send.segment_id, "low": 0, "high": HIGHEST}
        statement, params = _filled(send, _DRAW_ALL, _IN_RANGE, params, kept="NOT MATERIALIZED", table=_table(send_id))
        cursor.execute(statement, params)
        cursor.execute(_SHARED.format(table=_table(send_id)))
        cursor.execute(_RULES)
        cursor.execute(f"ALTER TABLE {_table(send_id)} {', '.join(row[0] for row in cursor.fetchall())}")
        _attach(cursor, send_id)
        cursor.execute(f"ANALYZE {_table(send_id)}")
        cursor.execute("SELECT max(member_id) FROM campaigns_sendrecipient WHERE send_id = %s", [send_id])
        send.freeze_cursor = cursor.fetchone()[0] or 0
    send.save(update_fields=["freeze_cursor"])


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
    """Put the members of an audience into the send; returns how many are new to it."""
    draw, params = _filled(send, _DRAW, audience, values, kept="MATERIALIZED")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(draw, params)
        drawn = cursor.rowcount
        cursor.execute(_REST.format(audience=audience), params)
        return drawn + cursor.rowcount


def _filled(
    send: Send, statement: str, audience: str, values: dict[str, object], **names: str
) -> tuple[str, dict[str, object]]:
    """A statement that judges an audience by the rules of the send, and its values."""
    channel, marketing = send.channel, send.purpose == "marketing"
    today = timezone.localdate()
    caps = [] if send.defers_capped or not marketing else caps_for(channel)
    joins, no_value = missing_value([one for one in (send.content, send.content_b) if one], channel)
    control, control_values = _control_group(today) if marketing else ("false", {})
    params = {
        "send": send.pk, "salt": send.pk * SALT, "holdout_salt": _holdout_salt(send), "channel": channel, "marketing": marketing,
        "holdout": send.holdout_share if marketing else 0, "share_b": send.share_b if send.content_b_id else 0, "now": timezone.now(),
        "key": addresses.address_key.get(), "only_store": _only_store(send), **control_values, **values,
    }  # fmt: skip
    contacts, capped = _capped(caps, today, params)
    consent, refusal = addresses.agreement(channel, marketing=marketing)
    text = statement.format(
        audience=audience,
        reach=addresses.REACH[channel],
        reached=_reached(channel),
        consent=consent,
        refusal=refusal,
        hash=addresses.HASH.format("address"),
        capped=capped,
        contacts=contacts,
        control=control,
        joins=joins,
        no_value=no_value,
        **names,
    )
    return text, params


def _reached(channel: str) -> str:
    """What is known about reaching a member `m`: where the address stands in its own row, that row is read once."""
    own = addresses.OWN.get(channel)
    if own is None:
        return "reach ON reach.member_id = audience.member_id"
    return f"LATERAL (SELECT m.id AS member_id, own.* FROM ({own}) AS own) AS reach ON true"


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
