"""Listening at an SMPP gateway: everything it delivers is written down before it is acknowledged."""

import logging
import time
from collections.abc import Callable

from smpplib import consts, smpp
from smpplib.exceptions import UnknownCommandError

from campaigns.providers.smpp_line import BindRefused, Line, LineBroken, open_line

logger = logging.getLogger("atrium.smpp")
ANSWER_SECONDS, QUIET_SECONDS = 10, 30
LONGEST_PAUSE = 60.0


class Listener:
    """`take` writes one delivery down; where it raises, the gateway is told to come again. `wait` pauses between two
    lines, and returns True when it is time to stop."""

    def __init__(self, take: Callable[[object], None], wait: Callable[[float], bool]) -> None:
        self.take, self.wait = take, wait

    def run(self) -> None:
        """Listen until stopped; a line that breaks is opened again, ever more slowly while none comes about."""
        pause = 1.0
        while not self.wait(0):
            try:
                line = open_line("receiver", ANSWER_SECONDS)
                pause = 1.0
                self._listen(line)
            except (BindRefused, LineBroken, OSError) as exc:
                logger.warning("the line to the gateway: %s", exc)
                if self.wait(pause):
                    return
                pause = min(pause * 2, LONGEST_PAUSE)

    def _listen(self, line: Line) -> None:
        heard_at, asked = time.monotonic(), False
        try:
            while not self.wait(0):
                quiet = time.monotonic() - heard_at
                if line.is_heard(1.0):
                    self._heard(line)
                    heard_at, asked = time.monotonic(), False
                elif quiet > 2 * QUIET_SECONDS:
                    raise LineBroken("silent")
                elif quiet > QUIET_SECONDS and not asked:
                    line.send_pdu(smpp.make_pdu("enquire_link", client=line))
                    asked = True
        finally:
            line.hang_up()

    def _heard(self, line: Line) -> None:
        """Read one command and do what it asks for. One nobody knows is passed over; one that is none breaks the line."""
        try:
            pdu = line.read_pdu()
        except UnknownCommandError as exc:
            logger.warning("passed over: %s", exc)
            return
        except (LineBroken, OSError):
            raise
        except Exception as exc:  # the package raises whatever reading nonsense raises
            raise LineBroken(f"not SMPP: {exc}") from exc
        match pdu.command:
            case "deliver_sm":
                self._answer(line, pdu, "deliver_sm_resp", self._taken(pdu))
            case "enquire_link":
                self._answer(line, pdu, "enquire_link_resp", consts.SMPP_ESME_ROK)
            case "unbind":
                self._answer(line, pdu, "unbind_resp", consts.SMPP_ESME_ROK)
                raise LineBroken("the gateway hangs up")

    def _taken(self, pdu: object) -> int:
        try:
            self.take(pdu)
        except Exception:  # a database that is away, say: what was not written down must not be acknowledged
            logger.exception("a delivery could not be written down")
            return consts.SMPP_ESME_RX_T_APPN
        return consts.SMPP_ESME_ROK

    @staticmethod
    def _answer(line: Line, pdu: object, command: str, status: int) -> None:
        answer = smpp.make_pdu(command, client=line, status=status)
        answer.sequence = pdu.sequence
        line.send_pdu(answer)
