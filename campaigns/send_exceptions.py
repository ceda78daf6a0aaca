"""What sends refuse, in words for who writes them."""

from kit.errors import Conflict, DomainError, NotFound


class NoSuchSend(NotFound):
    """There is no such send, or none in the own stores."""


class WrongSendState(Conflict):
    """The state of the send does not allow this."""

    code = "wrong_send_state"


class SendRefused(DomainError):
    """This may not be sent as it is."""

    code = "send_refused"


class LinkRefused(NotFound):
    """A link that is not ours, or not valid any more."""

    code = "link_refused"


class NotThisInstallation(DomainError):
    """Another installation sends from this database: this may be a copy."""

    code = "not_this_installation"
