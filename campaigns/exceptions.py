"""What campaigns refuse, in words for the marketer."""

from kit.errors import DomainError


class PyramidRefused(DomainError):
    """A picture of the pyramid that cannot be taken or compared."""

    code = "pyramid_refused"


class NothingToMeasure(DomainError):
    """A result is asked for where nothing has happened yet."""

    code = "nothing_to_measure"


class JourneyRefused(DomainError):
    """A journey or a step that is not complete, or a change its state does not allow."""

    code = "journey_refused"
