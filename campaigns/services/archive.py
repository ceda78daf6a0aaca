"""What messages were written with: kept with the intent of a call, a few bytes a recipient, and read to write the very text
again.

One row holds what one call wrote: whose messages, under which numbers of attempts, in which language, with which values, and
the provider's signature and opt-out wording of that moment. The wording itself is a version that never changes, and so are links.
Columns of equal kind lie together and are compressed.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from django.db import transaction
from django.utils import timezone

from campaigns.models import ProviderProfile, Send, SendRecipient, SentValues
from campaigns.providers.protocol import Message
from campaigns.services.rendering import Signed, written_with

State = SendRecipient.State
# Somebody may have got a message in these states.
MAY_HAVE_IT = (State.CALLING, State.ACCEPTED, State.DELIVERED, State.FAILED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one attempt to one member was written with."""

    member_id: int
    attempt_id: int
    is_english: bool
    values: dict[str, str]


def keep_values(*, send_id: int, signed: Signed | ProviderProfile, messages: Sequence[Message]) -> None:
    """Keep what these messages were written with. Part of the transaction of their intent."""
    if not messages:
        return
    kept = [Kept(one.member_id, one.attempt_id, one.is_english, one.written_with) for one in messages]
    ids = [one.member_id for one in kept]
    SentValues.objects.create(
        send_id=send_id, first_member=min(ids), last_member=max(ids), at=timezone.now(), data=pack(kept, signed)
    )


def message_as_sent(send: Send, recipient: SendRecipient) -> Message | None:
    """The message a recipient got (or was to get), written again exactly as it was: `send` with provider and contents. None
    where nothing was handed over, or what it was written with is gone with the member's name."""
    if recipient.state not in MAY_HAVE_IT or recipient.attempt_id is None:
        return None
    pk = recipient.member_id
    rows = SentValues.objects.filter(send_id=send.pk, first_member__lte=pk, last_member__gte=pk).order_by("-pk")
    for row in rows:
        kept, signed = unpack(row.data)
        for one in kept:
            if one.member_id == pk and one.attempt_id == recipient.attempt_id:
                return written_with(send, signed, pk, recipient.arm, one.is_english, one.values)
    return None


@transaction.atomic
def forget_values(member_ids: Iterable[int]) -> int:
    """Take out what messages to these members were written with. A second call finds nothing. Returns how many messages."""
    gone = set(member_ids)
    done = 0
    sent = SendRecipient.objects.filter(member_id__in=gone, attempt_id__isnull=False)
    for send_id, pk in sorted(sent.values_list("send_id", "member_id")):
        rows = SentValues.objects.select_for_update(no_key=True).filter(
            send_id=send_id, first_member__lte=pk, last_member__gte=pk
        )
        for row in rows.order_by("pk"):
            kept, signed = unpack(row.data)
            rest = [one for one in kept if one.member_id not in gone]
            if len(rest) == len(kept):
                continue
            done += len(kept) - len(rest)
            if rest:
                row.data = pack(rest, signed)
                row.save(update_fields=["data"])
            else:
                row.delete()
    return done


def pack(kept: Sequence[Kept], signed: Signed | ProviderProfile) -> bytes:
    """Columns of equal kind, compressed: numbers as steps from one to the next, each value under its variable."""
    names = sorted({name for one in kept for name in one.values})
    body = [
        signed.signature, signed.opt_out_wording, names, _steps([one.member_id for one in kept]),
        _steps([one.attempt_id for one in kept]), "".join("1" if one.is_english else "0" for one in kept),
        [[one.values.get(name, "") for one in kept] for name in names],
    ]  # fmt: skip
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(data: bytes) -> tuple[list[Kept], Signed]:
    signature, opt_out, names, members, attempts, languages, columns = json.loads(zlib.decompress(bytes(data)))
    found = []
    for n, (pk, attempt) in enumerate(zip(accumulate(members), accumulate(attempts), strict=True)):
        values = {name: column[n] for name, column in zip(names, columns, strict=True)}
        found.append(Kept(pk, attempt, languages[n] == "1", values))
    return found, Signed(signature, opt_out)


def _steps(numbers: Sequence[int]) -> list[int]:
    return [*numbers[:1], *_differences(numbers)]


def _differences(numbers: Sequence[int]) -> Iterator[int]:
    return (later - earlier for earlier, later in pairwise(numbers))
