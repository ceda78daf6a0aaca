"""What came of the calls of a send over the telephone, told by the service desk and kept with the recipients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Send, SendRecipient, Suppression
from campaigns.send_locks import lock_send
from campaigns.send_reasons import NEVER, NOT_CALLED, REACHED
from campaigns.services.leasing import refund_contacts
from campaigns.services.recording import count_opt_out
from campaigns.services.tallying import tally_send
from campaigns.services.tracking import note_unsubscribed

State = SendRecipient.State


@dataclass(frozen=True, slots=True)
class CallResult:
    """How the calls to one recipient ended: one of the codes of `send_reasons`, and when."""

    member_id: int
    code: str
    at: datetime | None = None


_WRITE = """
WITH told AS (SELECT * FROM unnest(%(ids)s::bigint[], %(codes)s::text[], %(moments)s::timestamptz[]) AS t (member_id, code, at)),
mine AS (
    SELECT r.member_id, told.code, told.at, CASE WHEN told.code = ANY(%(reached)s) THEN 6 ELSE 7 END AS state
    FROM campaigns_sendrecipient r JOIN told USING (member_id)
    WHERE r.send_id = %(send)s AND r.state = 5 ORDER BY r.member_id FOR UPDATE OF r)
UPDATE campaigns_sendrecipient r SET state = mine.state, reason = mine.code, changed_at = %(now)s,
    delivered_at = CASE WHEN mine.state = 6 THEN coalesce(mine.at, %(now)s) END
FROM mine WHERE r.send_id = %(send)s AND r.member_id = mine.member_id
RETURNING r.member_id, mine.code, r.address_hash, r.parts, (r.accepted_at AT TIME ZONE 'Asia/Shanghai')::date
"""


@transaction.atomic
def record_calls(*, send_id: int, results: Sequence[CallResult]) -> int:
    """Keep how the calls ended: reached is delivered, not reached is failed; who was never called gives contact and price
    back. "Never again" suppresses the number for calls and counts as an opt-out of the send.

    Only recipients who still wait for their call are changed, so that the same again changes nothing. Returns how many.
    """
    if not results:
        return 0
    send = lock_send(send_id)
    values = {
        "send": send_id, "now": timezone.now(), "reached": list(REACHED),
        "ids": [one.member_id for one in results], "codes": [one.code for one in results],
        "moments": [one.at for one in results],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        rows = cursor.fetchall()
    _give_back(send, [(pk, parts, on) for pk, code, _h, parts, on in rows if code == NOT_CALLED])
    for member_id, _code, address_hash, _parts, _on in [row for row in rows if row[1] == NEVER]:
        _never_again(send, member_id, address_hash)
    if rows:
        tally_send(send_id)
    return len(rows)


def _give_back(send: Send, rows: Sequence[tuple[int, int, date]]) -> None:
    if not rows:
        return
    if send.purpose == "marketing":
        for day in {on for _pk, _parts, on in rows}:
            refund_contacts(send.channel, sorted(pk for pk, _parts, on in rows if on == day), day)
    send.spent -= send.unit_price * sum(parts for _pk, parts, _on in rows)
    send.save(update_fields=["spent"])


def _never_again(send: Send, member_id: int, address_hash: int | None) -> None:
    """Consent and numbers are the service desk's to change, and it has; here the address is suppressed."""
    if address_hash is not None:
        Suppression.objects.get_or_create(
            channel=send.channel, address_hash=address_hash,
            defaults={"reason": Suppression.Reason.REPLY, "evidence": f"send:{send.pk}", "at": timezone.now()},
        )  # fmt: skip
    note_unsubscribed(send_id=send.pk, member_id=member_id)
    count_opt_out(send_id=send.pk)
