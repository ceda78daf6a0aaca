"""A line to an SMPP 3.4 gateway: connected, bound, with or without TLS. Used for sending and for listening."""

import select
import ssl

from django.conf import settings
from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as LineBroken
from smpplib.exceptions import PDUError

# Binds that no later try of ours changes: a person has to look.
LOCKED_OUT = frozenset({consts.SMPP_ESME_RINVPASWD, consts.SMPP_ESME_RINVSYSID, consts.SMPP_ESME_RINVSYSTYP})


class BindRefused(Exception):
    """The gateway does not let us in; `is_final`: nor will it at the next try."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused: {consts.DESCRIPTIONS.get(status, hex(status))}")
        self.is_final = status in LOCKED_OUT


class Line(Client):
    """The package's client; its own TLS socket would be asked for no name of a host."""

    def _create_socket(self) -> object:
        context, self._ssl_context = self._ssl_context, None
        plain = super()._create_socket()
        self._ssl_context = context
        return context.wrap_socket(plain, server_hostname=self.host) if context else plain

    def is_heard(self, seconds: float) -> bool:
        """Whether something can be read within so many seconds. Reading itself must not run out of time in the middle of
        a command, or the next one begins in the wrong place."""
        waiting = getattr(self._socket, "pending", None)
        return bool(waiting and waiting()) or bool(select.select([self._socket], [], [], seconds)[0])

    def hang_up(self) -> None:
        """Close the line without a word, in whatever state it is."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.state = consts.SMPP_CLIENT_STATE_CLOSED


def open_line(kind: str, seconds: int) -> Line:
    """A line bound as `transmitter` or `receiver`. Raises `BindRefused`, `LineBroken` or OSError; nothing was sent then."""
    context = ssl.create_default_context() if settings.SMPP_TLS else None
    line = Line(
        settings.SMPP_HOST, settings.SMPP_PORT, timeout=seconds, ssl_context=context, allow_unknown_opt_params=True
    )
    try:
        line.connect()
        getattr(line, f"bind_{kind}")(system_id=settings.SMPP_USER, password=settings.SMPP_PASSWORD)
    except PDUError as exc:
        line.hang_up()
        raise BindRefused(exc.args[1] if len(exc.args) > 1 else consts.SMPP_ESME_RUNKNOWNERR) from exc
    except Exception as exc:
        line.hang_up()
        raise LineBroken(str(exc)) from exc
    return line
