"""Writing down what became of messages: only for the attempt that is being waited for, so that a late answer to an
earlier attempt changes nothing it should not."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from campaigns.models import ProviderMessage, ProviderProfile, Send, SendRecipient
from campaigns.providers.protocol import Message, Outcome, Verdict
from campaigns.send_locks import let_commit_wait, lock_send
from campaigns.services.leasing import refund_contacts
from campaigns.services.sends import hold

State = SendRecipient.State
MOST_TRIES = 5
# What costs its price: from the intent on, until it is surely not taken.
CHARGED = frozenset({State.CALLING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN})
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
# A rate of failures says nothing before so many answers.
LEAST_ANSWERS = 50

_RECORD = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::bigint[], %(states)s::smallint[], %(reasons)s::text[],
        %(waits)s::timestamptz[]) AS t (member_id, attempt_id, state, reason, not_before)),
mine AS (
    SELECT told.*, r.state AS state_before FROM campaigns_sendrecipient r
    JOIN told ON told.member_id = r.member_id AND told.attempt_id = r.attempt_id
    WHERE r.send_id = %(send)s AND r.state = ANY(%(from_states)s) ORDER BY r.member_id FOR UPDATE OF r)
UPDATE campaigns_sendrecipient r SET state = mine.state, reason = mine.reason, changed_at = %(now)s,
    not_before = mine.not_before, lease_id = NULL,
    accepted_at = CASE WHEN mine.state IN (5, 6) THEN coalesce(r.accepted_at, %(now)s) ELSE r.accepted_at END,
    delivered_at = CASE WHEN mine.state = 6 THEN coalesce(r.delivered_at, %(now)s) ELSE r.delivered_at END
FROM mine WHERE r.send_id = %(send)s AND r.member_id = mine.member_id
RETURNING r.member_id, r.state, r.parts, mine.state_before
"""


@transaction.atomic
def record_outcomes(
    *,
    send_id: int,
    messages: Sequence[Message],
    outcomes: Sequence[Outcome],
    called_on: date,
    provider: ProviderProfile | None = None,
    from_states: Sequence[int] = (State.CALLING,),
    reason: str = "",
) -> Counter[int]:
    """Write down what a provider said. Returns how many went to which state. The same answer again changes nothing."""
    now = timezone.now()
    let_commit_wait()
    send = lock_send(send_id)
    tries = _tries(send_id, messages, outcomes)
    rows = [
        (one.member_id, one.attempt_id, *_written(out, tries.get(one.member_id, 0), now, reason))
        for one, out in zip(messages, outcomes, strict=True)
    ]
    if provider is not None:
        _keep_names(provider, messages, outcomes, now)
    changed = _write(send_id, rows, from_states, now)
    given_back = [row for row in changed if row[3] in CHARGED and row[1] not in CHARGED]
    refund_contacts(send.channel, [row[0] for row in given_back], called_on)
    charged = [row for row in changed if row[3] not in CHARGED and row[1] in CHARGED]
    counts = Counter(row[1] for row in changed)
    send.spent += send.unit_price * (sum(row[2] for row in charged) - sum(row[2] for row in given_back))
    send.accepted_count += counts[State.ACCEPTED] + counts[State.DELIVERED]
    send.failed_count += counts[State.FAILED]
    send.save(update_fields=["spent", "accepted_count", "failed_count"])
    blocked = next((out for out in outcomes if out.is_blocked), None)
    if blocked and send.state == Send.State.RUNNING:
        hold(send, Send.Held.PROVIDER, None, said=blocked.note)
    stop_where_too_much_fails(send)
    return counts


def _written(out: Outcome, tries: int, now: datetime, reason: str) -> tuple[int, str, datetime | None]:
    match out.verdict:
        case Verdict.ACCEPTED:
            return State.ACCEPTED, "", None
        case Verdict.DELIVERED:
            return State.DELIVERED, "", None
        case Verdict.REFUSED:
            return State.FAILED, out.reason or reason or "refused", None
        case Verdict.LATER | Verdict.ABSENT:
            if out.is_blocked:
                return State.READY, "later", now
            if tries >= MOST_TRIES:
                return State.FAILED, "given_up", None
            return State.READY, "later", now + WAITS[min(max(tries - 1, 0), len(WAITS) - 1)]
    return State.UNKNOWN, "no_answer", None


def _tries(send_id: int, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> dict[int, int]:
    asked = [
        one.member_id for one, out in zip(messages, outcomes, strict=True)
        if out.verdict in (Verdict.LATER, Verdict.ABSENT)
    ]  # fmt: skip
    if not asked:
        return {}
    rows = SendRecipient.objects.filter(send_id=send_id, member_id__in=asked)
    return dict(rows.values_list("member_id", "tries"))


def _write(send_id: int, rows: list[tuple], from_states: Sequence[int], now: datetime) -> list[tuple]:
    ids, attempts, states, reasons, waits = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [], [])
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "ids": ids, "attempts": attempts, "states": states, "reasons": reasons, "waits": waits,
                "send": send_id, "now": now, "from_states": list(from_states),
            },
        )  # fmt: skip
        return cursor.fetchall()


def _keep_names(
    provider: ProviderProfile, messages: Sequence[Message], outcomes: Sequence[Outcome], now: datetime
) -> None:
    """The provider's own numbers, where it will speak of the message by them alone."""
    if not provider.options.get("keeps_numbers", provider.backend in NAMES_KEPT):
        return
    names = [
        ProviderMessage(provider=provider, message_id=out.message_id[:100], key=one.key, at=now)
        for one, out in zip(messages, outcomes, strict=True) if out.message_id
    ]  # fmt: skip
    ProviderMessage.objects.bulk_create(names, ignore_conflicts=True)


NAMES_KEPT = (ProviderProfile.Backend.TENCENT, ProviderProfile.Backend.SMPP, ProviderProfile.Backend.ANYMAIL)


def stop_where_too_much_fails(send: Send) -> None:
    """Pause a send, locked already, of which too many messages fail or too many members opt out."""
    if send.state != Send.State.RUNNING:
        return
    answers = send.accepted_count + send.failed_count
    if answers < LEAST_ANSWERS:
        return
    if send.failed_count * 10_000 > send.most_failures * answers:
        hold(send, Send.Held.FAILURES, None)
    elif send.opt_out_count * 10_000 > send.most_opt_outs * answers:
        hold(send, Send.Held.OPT_OUTS, None)


@transaction.atomic
def count_opt_out(*, send_id: int) -> None:
    """Somebody opted out because of this send: too many, and it stops."""
    Send.objects.filter(pk=send_id).update(opt_out_count=F("opt_out_count") + 1)
    stop_where_too_much_fails(lock_send(send_id))
