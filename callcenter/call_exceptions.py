"""What calls and lines refuse."""

from kit.errors import Conflict, DomainError


class UnreadableEvent(DomainError):
    """What a phone system sent cannot be read; the text says what is missing."""

    code = "malformed"


class LineTaken(Conflict):
    """Somebody else sits at this extension, or the system is switched off."""

    code = "line_taken"


class CannotDial(DomainError):
    """The call cannot be placed: no line, no adapter, or the member asked not to be called."""

    code = "cannot_dial"


class ListRefused(Conflict):
    """A call list that cannot be worked or changed like this now."""

    code = "list_refused"


class NotToBeCalled(DomainError):
    """The member may not be called for this list now; the text says why."""

    code = "not_to_be_called"
