"""What is known about sends: what they cost, how far they are, who was left out."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from campaigns.models import Send, SendRecipient, SendTally
from kit.money import to_fen
from kit.sms_text import parts, with_signature
from stores.models import Chain

State, Arm = SendRecipient.State, SendRecipient.Arm
BEFORE = (Send.State.DRAFT, Send.State.WAITING, Send.State.SCHEDULED)


def limit_without_approval() -> Decimal:
    """Up to how many yuan a send needs no approval (`send_free_cost` of the chain)."""
    return Decimal(str(Chain.get().setting("send_free_cost", "500")))


def longest_parts(send: Send) -> int:
    """How many parts the longest wording has, variables as they stand: an upper guess before anything is written."""
    if send.channel != Send.Channel.SMS or send.content is None:
        return 1
    provider = send.provider
    texts = [t for one in (send.content, send.content_b) if one for t in (one.body, one.body_en) if t]
    return max(parts(with_signature(text, provider.signature, provider.opt_out_wording)) for text in texts)


def price_ahead(send: Send) -> Decimal:
    """What it will cost at most, in yuan: everybody of the segment gets the longest wording."""
    size = send.segment.size if send.segment else 0
    return to_fen(send.unit_price * longest_parts(send) * size)


def cost_of(send: Send) -> Decimal:
    """Yuan: what was handed over so far, or, before it starts, what it will cost at most."""
    return price_ahead(send) if send.state in BEFORE else to_fen(send.spent)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a send's recipients stand where."""

    total: int
    left_out: int
    holdout: int
    waiting: int
    moving: int
    handed_over: int
    delivered: int
    failed: int
    unknown: int

    @property
    def to_send(self) -> int:
        return self.total - self.left_out - self.holdout

    @property
    def percent(self) -> int:
        done = self.handed_over + self.delivered + self.failed + self.unknown
        return 100 if self.to_send == 0 else done * 100 // self.to_send


def progress_of(send_ids: list[int]) -> dict[int, Progress]:
    """The last count of several sends, in one query."""
    by_state: dict[int, dict[int, int]] = {pk: {} for pk in send_ids}
    rows = SendTally.objects.filter(send_id__in=send_ids).values_list("send_id", "state").annotate(n=Sum("count"))
    for send_id, state, count in rows:
        by_state[send_id][state] = count
    return {pk: _progress(counts) for pk, counts in by_state.items()}


def _progress(counts: dict[int, int]) -> Progress:
    return Progress(
        total=sum(counts.values()),
        left_out=counts.get(State.SKIPPED, 0),
        holdout=counts.get(State.HOLDOUT, 0),
        waiting=counts.get(State.READY, 0),
        moving=counts.get(State.LEASED, 0) + counts.get(State.CALLING, 0),
        handed_over=counts.get(State.ACCEPTED, 0),
        delivered=counts.get(State.DELIVERED, 0),
        failed=counts.get(State.FAILED, 0),
        unknown=counts.get(State.UNKNOWN, 0),
    )
