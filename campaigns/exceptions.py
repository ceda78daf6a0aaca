"""What campaigns refuse, in words for the marketer."""

from kit.errors import DomainError


class PyramidRefused(DomainError):
    """A picture of the pyramid that cannot be taken or compared."""

    code = "pyramid_refused"
