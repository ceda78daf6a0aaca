"""Finding what was left behind: leases that ended, calls nobody finished, and messages nobody knows about."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile, Send, SendRecipient
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.providers.registry import open_provider
from campaigns.send_exceptions import WrongSendState
from campaigns.send_locks import lock_send
from campaigns.services import addresses
from campaigns.services.leasing import LEASE, refund_contacts
from campaigns.services.recording import record_outcomes
from campaigns.services.sends import is_finished
from campaigns.services.tallying import tally_send
from staff.audit import record
from staff.models import User

logger = logging.getLogger(__name__)
State = SendRecipient.State
GRACE = timedelta(seconds=30)
# From here on nobody will know any more; it stays on the list of what was possibly sent.
GIVE_UP_ASKING = timedelta(hours=72)
ASKED_AT_ONCE = 500
LONGEST_PAUSE = timedelta(hours=6)
PIECE = 20_000


def reconcile_send(*, send_id: int) -> None:
    """Bring one send in order. May be done at any time, any number of times, by any number of workers."""
    send = Send.objects.select_related("provider").get(pk=send_id)
    now = timezone.now()
    free_leases(send, now)
    doubt_calls(send, now)
    ask_about_unknown(send, now)
    if send.state == Send.State.CANCELLED:
        leave_rest_out(send)
    finish_send(send_id=send_id)


@transaction.atomic
def free_leases(send: Send, now: datetime) -> int:
    """Leases that ended go back to waiting, without their contact counted: nobody was called."""
    return _back_to_waiting(send, State.LEASED, now - LEASE, now)


@transaction.atomic
def doubt_calls(send: Send, now: datetime) -> int:
    """Calls nobody finished within the provider's time: what became of them is not known. Where doing it again is
    harmless, they wait again."""
    until = now - timedelta(seconds=send.provider.timeout_seconds) - GRACE
    if open_provider(send.provider).is_repeatable:
        return _back_to_waiting(send, State.CALLING, until, now)
    rows = SendRecipient.objects.filter(send_id=send.pk, state=State.CALLING, changed_at__lt=until)
    return rows.update(state=State.UNKNOWN, reason="worker_lost", lease_id=None, changed_at=now)


def _back_to_waiting(send: Send, state: int, until: datetime, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_sendrecipient r SET state = 2, reason = '', lease_id = NULL, changed_at = %s FROM ("
            " SELECT member_id, (changed_at AT TIME ZONE 'Asia/Shanghai')::date AS taken_on, parts, state AS was"
            " FROM campaigns_sendrecipient WHERE send_id = %s AND state = %s AND changed_at < %s"
            " ORDER BY member_id LIMIT %s FOR UPDATE SKIP LOCKED"
            ") AS ended WHERE r.send_id = %s AND r.member_id = ended.member_id"
            " RETURNING r.member_id, ended.taken_on, CASE WHEN ended.was = 4 THEN ended.parts ELSE 0 END",
            [now, send.pk, state, until, PIECE, send.pk],
        )
        rows = cursor.fetchall()
    if send.purpose == "marketing":
        for day in {day for _pk, day, _parts in rows}:
            refund_contacts(send.channel, sorted(pk for pk, on, _parts in rows if on == day), day)
    if parts := sum(parts for _pk, _day, parts in rows):
        Send.objects.filter(pk=send.pk).update(spent=F("spent") - send.unit_price * parts)
    return len(rows)


def ask_about_unknown(send: Send, now: datetime) -> int:
    """Ask the provider about messages that are unknown for long enough. What it surely never got waits again, once;
    what it cannot tell is asked about for three days. A provider that cannot be asked leaves them unknown."""
    profile = send.provider
    if not profile.can_be_asked:
        return _stays_unknown(send, now)
    since = _unknown(send, now, timedelta(minutes=profile.ask_after_minutes))
    if since:
        asked, outcomes = [one for one, _at in since], _answers(profile, since)
        told = [
            (question, outcome) for question, outcome in zip(asked, outcomes, strict=True)
            if outcome.verdict is not Verdict.UNKNOWN
        ]  # fmt: skip
        _take_answers(send, told)
        _ask_again_later(send, [one.member_id for one in asked], now, profile.ask_after_minutes)
        _stays_unknown(send, now, [m.member_id for m, out in told if out.verdict is Verdict.ABSENT and m.parts > 1])
    return _stays_unknown(send, now - GIVE_UP_ASKING)


def _unknown(send: Send, now: datetime, after: timedelta) -> list[tuple[Message, datetime]]:
    """Messages that are unknown, and since when, with the addresses they went to: none where the member has another one
    by now. `parts` carries the number of tries."""
    rows = SendRecipient.objects.filter(send_id=send.pk, state=State.UNKNOWN, changed_at__lte=now - after)
    rows = rows.filter(Q(not_before=None) | Q(not_before__lte=now)).exclude(reason="unclear").order_by("changed_at")
    found = list(rows.values_list("member_id", "attempt_id", "tries", "address_hash", "changed_at")[:ASKED_AT_ONCE])
    where = _addresses(send.channel, [row[0] for row in found])
    return [
        (Message(send.pk, pk, to if _is_it(send.channel, to, known) else "", "", attempt_id=attempt, parts=tries), at)
        for pk, attempt, tries, known, at in found
        for to in (where.get(pk, ""),)
    ]


def _ask_again_later(send: Send, ids: Sequence[int], now: datetime, after_minutes: int) -> None:
    """Who is still unknown is asked about again when twice the time has passed: others have their turn meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_sendrecipient SET not_before = %s + least(greatest(%s - changed_at,"
            " make_interval(mins => %s)), %s) WHERE send_id = %s AND member_id = ANY(%s) AND state = %s",
            [now, now, after_minutes, LONGEST_PAUSE, send.pk, list(ids), State.UNKNOWN],
        )


def _is_it(channel: str, address: str, known: int | None) -> bool:
    return bool(address) and (known is None or addresses.hash_address(channel, address) == known)


def _addresses(channel: str, ids: Sequence[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH audience AS (SELECT unnest(%(ids)s::bigint[]) AS member_id)"
            f" SELECT member_id, address FROM ({addresses.REACH[channel]}) AS reach",
            {"ids": list(ids), **addresses.enclosed(ids)},
        )
        return dict(cursor.fetchall())


def _answers(profile: ProviderProfile, asked: Sequence[tuple[Message, datetime]]) -> list[Outcome]:
    """One answer for each. Nobody is asked about a message whose address is not known any more."""
    questions = [Question(one.key, one.to, at) for one, at in asked if one.to]
    try:
        answers = dict(zip(questions, open_provider(profile).ask(questions), strict=True))
    except Exception as exc:  # whatever goes wrong while asking, nothing is known that was not known before
        logger.warning("asking %s: %s", profile.key, exc)
        answers = {}
    return [answers.get(Question(one.key, one.to, at), Outcome(Verdict.UNKNOWN)) for one, at in asked]


def _take_answers(send: Send, told: Sequence[tuple[Message, Outcome]]) -> None:
    """Positively absent: ready again, but once only. A second time it stays unknown and is listed."""
    usable = [(one, out) for one, out in told if not (out.verdict is Verdict.ABSENT and one.parts > 1)]
    if usable:
        record_outcomes(
            send_id=send.pk, messages=[one for one, _out in usable], outcomes=[out for _one, out in usable],
            called_on=timezone.localdate(), from_states=(State.UNKNOWN,),
        )  # fmt: skip
        again = [one.member_id for one, out in usable if out.verdict is Verdict.ABSENT]
        SendRecipient.objects.filter(send_id=send.pk, member_id__in=again, state=State.READY).update(not_before=None)


def _stays_unknown(send: Send, until: datetime, only: Sequence[int] | None = None) -> int:
    """These stay unknown: nobody will be asked any more, and a person may decide."""
    rows = SendRecipient.objects.filter(send_id=send.pk, state=State.UNKNOWN).exclude(reason="unclear")
    rows = rows.filter(changed_at__lte=until) if only is None else rows.filter(member_id__in=only)
    return rows.update(reason="unclear")


def leave_rest_out(send: Send) -> int:
    """Who has not got a send that was called off will not."""
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE campaigns_sendrecipient r SET state = 0, reason = 'called_off', lease_id = NULL, changed_at = now()"
                " FROM (SELECT member_id FROM campaigns_sendrecipient WHERE send_id = %s AND state IN (2, 3)"
                " ORDER BY member_id LIMIT %s FOR UPDATE SKIP LOCKED) AS rest"
                " WHERE r.send_id = %s AND r.member_id = rest.member_id",
                [send.pk, PIECE, send.pk],
            )
            done += cursor.rowcount
            if cursor.rowcount < PIECE:
                return done


@transaction.atomic
def finish_send(*, send_id: int) -> bool:
    """Say that a send is done: nobody waits, is in a worker's hands, being handed over or still asked about. One
    without a segment is done only when it was closed as well."""
    send = lock_send(send_id)
    if send.state != Send.State.RUNNING or (send.segment_id is None and send.finished_at is None):
        return False
    if not is_finished(send_id):
        return False
    send.state, send.finished_at = Send.State.DONE, send.finished_at or timezone.now()
    send.save(update_fields=["state", "finished_at"])
    tally_send(send_id)
    record(None, "campaigns.send_done", send, store=send.store_id)
    return True


@transaction.atomic
def resolve_unknown(*, send_id: int, member_id: int, was_sent: bool, actor: User) -> SendRecipient:
    """A person decides about a message that was possibly sent: it was, or it is sent again. One that is not unknown any
    more refuses."""
    send = lock_send(send_id)
    rows = SendRecipient.objects.select_for_update(no_key=True).filter(send_id=send_id, member_id=member_id)
    recipient = rows.filter(state=State.UNKNOWN).first()
    if recipient is None:
        raise WrongSendState(_("It is known by now what became of this message."))
    now = timezone.now()
    if was_sent:
        changes = {"state": State.ACCEPTED, "reason": "by_hand", "accepted_at": now}
    else:
        changes = {"state": State.READY, "reason": "", "attempt_id": None, "not_before": None}
        refund_contacts(send.channel, [member_id], timezone.localdate(recipient.changed_at))
        send.spent -= send.unit_price * recipient.parts
        if send.state == Send.State.DONE:
            send.state, send.finished_at = Send.State.RUNNING, None
        send.save(update_fields=["spent", "state", "finished_at"])
    rows.update(changed_at=now, **changes)
    record(actor, "campaigns.unknown_resolved", send, store=send.store_id, member=member_id, was_sent=was_sent)
    recipient.refresh_from_db()
    return recipient
