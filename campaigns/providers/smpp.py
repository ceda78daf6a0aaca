"""SMS by an SMPP 3.4 gateway over one kept line a thread: UCS-2, long texts in parts, a receipt asked for the last one.

The protocol has no idempotency and carries no key of ours: what was handed over and not answered stays unknown. What
the gateway tells later comes in by `manage.py listen_smpp` under its own number (`ProviderMessage`).
"""

import threading
import time
from collections.abc import Iterator, Sequence

from django.conf import settings
from smpplib import consts, smpp

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.providers.smpp_line import BindRefused, Line, LineBroken, open_line
from campaigns.providers.web import read_seconds

IDLE_SECONDS = 20
# Messages handed over and not answered yet.
WINDOW = 10
WHOLE, PART = 70, 67
WAITS = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RX_T_APPN})
NOBODY = frozenset(
    {
        consts.SMPP_ESME_RINVSRCADR, consts.SMPP_ESME_RINVSRCTON, consts.SMPP_ESME_RINVSRCNPI,
        consts.SMPP_ESME_RINVBNDSTS, consts.SMPP_ESME_RINVSERTYP, consts.SMPP_ESME_RINVCMDID,
    }
)  # fmt: skip
UNSURE = frozenset({consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RUNKNOWNERR, consts.SMPP_ESME_RDELIVERYFAILURE})
BAD_NUMBER = frozenset({consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI})


class SmppProvider:
    """Cannot be asked: `query_sm` wants the gateway's number, which is what is missing."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        self.seconds = profile.timeout_seconds
        self._kept = threading.local()

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        try:
            line = self._line()
        except BindRefused as exc:
            return [Outcome(Verdict.LATER, note=str(exc), is_blocked=exc.is_final)] * len(messages)
        except (LineBroken, OSError) as exc:
            return [Outcome(Verdict.LATER, note=str(exc)[:100])] * len(messages)
        talk = Talk(line, messages, self.seconds)
        outcomes = talk.run()
        if talk.is_broken:
            self.close()
        else:
            self._kept.used_at = time.monotonic()
        return outcomes

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(Verdict.UNKNOWN) for _one in questions]

    def close(self) -> None:
        """Hang up; the next message opens another line."""
        line = getattr(self._kept, "line", None)
        self._kept.line = None
        if line is not None:
            line.hang_up()

    def _line(self) -> Line:
        kept = getattr(self._kept, "line", None)
        if kept is not None and time.monotonic() - self._kept.used_at <= IDLE_SECONDS:
            return kept
        self.close()
        line = open_line("transmitter", read_seconds(self.seconds))
        self._kept.line, self._kept.used_at = line, time.monotonic()
        return line


class Talk:
    """One batch over one line: so many on their way at once, answers in any order, the parts of a text one after the
    other. When the line breaks, what was begun is unknown and what was not begun waits."""

    def __init__(self, line: Line, messages: Sequence[Message], seconds: int) -> None:
        self.line, self.messages = line, messages
        self.until = time.monotonic() + seconds
        self.outcomes: list[Outcome | None] = [None] * len(messages)
        self.begun: set[int] = set()
        self.texts: dict[int, list[bytes]] = {}
        # What is answered to which number of ours: (message, part).
        self.waiting: dict[int, tuple[int, int]] = {}
        self.is_broken = False

    def run(self) -> list[Outcome]:
        try:
            for place, message in enumerate(self.messages):
                if time.monotonic() > self.until:
                    break
                self._begin(place, message)
                while len(self.waiting) >= WINDOW:
                    self._hear()
            while self.waiting:
                self._hear()
        except Exception as exc:  # whatever the line or the package raises: from here on nothing is sure
            self.is_broken = True
            lost = Outcome(Verdict.UNKNOWN, note=f"{type(exc).__name__} {exc}"[:100])
        else:
            lost = Outcome(Verdict.UNKNOWN)
        not_begun = Outcome(Verdict.LATER, note="not begun")
        return [told or (lost if place in self.begun else not_begun) for place, told in enumerate(self.outcomes)]

    def _begin(self, place: int, message: Message) -> None:
        try:
            self.texts[place] = list(in_parts(message.text, message.attempt_id))
        except UnicodeEncodeError:
            self.outcomes[place] = Outcome(Verdict.REFUSED, note="not UCS-2", reason="bad_words")
            return
        self.begun.add(place)
        self._submit(place, 0)

    def _submit(self, place: int, part: int) -> None:
        texts = self.texts[place]
        is_last = part == len(texts) - 1
        source = settings.SMPP_SOURCE
        by_name = any(not char.isdigit() for char in source)
        pdu = smpp.make_pdu(
            "submit_sm", client=self.line, source_addr=source,
            source_addr_ton=consts.SMPP_TON_ALNUM if by_name else consts.SMPP_TON_UNK,
            source_addr_npi=consts.SMPP_NPI_UNK if by_name else consts.SMPP_NPI_ISDN,
            destination_addr=self.messages[place].to.removeprefix("+"), dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN, data_coding=consts.SMPP_ENCODING_ISO10646, short_message=texts[part],
            esm_class=consts.SMPP_GSMFEAT_UDHI if len(texts) > 1 else 0, registered_delivery=int(is_last),
        )  # fmt: skip
        self.waiting[pdu.sequence] = place, part
        self.line.send_pdu(pdu)

    def _hear(self) -> None:
        """Read one answer. A gateway that only keeps the line alive does not keep us waiting for ever."""
        pdu = self.line.read_pdu()
        if pdu.command == "enquire_link":
            answer = smpp.make_pdu("enquire_link_resp", client=self.line)
            answer.sequence = pdu.sequence
            self.line.send_pdu(answer)
        elif pdu.command == "unbind":
            raise LineBroken("the gateway hangs up")
        elif pdu.command in ("submit_sm_resp", "generic_nack") and pdu.sequence in self.waiting:
            self._answered(*self.waiting.pop(pdu.sequence), pdu)
        if time.monotonic() > self.until + self.line.timeout:
            raise LineBroken("no answer in time")

    def _answered(self, place: int, part: int, pdu: object) -> None:
        if pdu.status != consts.SMPP_ESME_ROK:
            out = outcome_of(pdu.status)
            # Where parts of it went out, nothing is sure about the whole.
            self.outcomes[place] = out if part == 0 else Outcome(Verdict.UNKNOWN, note=f"part {part + 1}: {out.note}")
        elif part + 1 < len(self.texts[place]):
            self._submit(place, part + 1)
        else:
            number = getattr(pdu, "message_id", None) or b""
            self.outcomes[place] = Outcome(Verdict.ACCEPTED, number.decode("ascii", "replace"))


def outcome_of(status: int) -> Outcome:
    """What a command_status (SMPP 3.4, 5.1.3) that is not 0 means for one message."""
    note = f"{status:#x} {consts.DESCRIPTIONS.get(status, '')}"[:100]
    if status in WAITS:
        return Outcome(Verdict.LATER, note=note)
    if status in NOBODY:
        return Outcome(Verdict.LATER, note=note, is_blocked=True)
    if status in UNSURE:
        return Outcome(Verdict.UNKNOWN, note=note)
    return Outcome(Verdict.REFUSED, note=note, reason="bad_number" if status in BAD_NUMBER else "")


def in_parts(text: str, reference: int) -> Iterator[bytes]:
    """The text in UCS-2: whole, or in parts of 67 characters with the head that puts them together again (3GPP TS
    23.040, 9.2.3.24.1). What lies outside the basic plane is never cut in two."""
    whole = text.encode("utf-16-be")
    if len(whole) <= 2 * WHOLE:
        yield whole
        return
    pieces, piece = [], b""
    for char in text:
        raw = char.encode("utf-16-be")
        if len(piece) + len(raw) > 2 * PART:
            pieces.append(piece)
            piece = b""
        piece += raw
    pieces.append(piece)
    for number, one in enumerate(pieces, start=1):
        yield bytes((5, 0, 3, reference & 0xFF, len(pieces), number)) + one
