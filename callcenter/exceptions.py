"""What the service desk refuses, in words for the desk."""

from kit.errors import Conflict, DomainError


class WrongState(Conflict):
    """The state of a case, step, promise or visit does not allow this."""

    code = "wrong_state"


class NotYetFinished(Conflict):
    """Something about the case is still open."""

    code = "not_yet_finished"


class CompensationRefused(DomainError):
    """This cannot be given for this case."""

    code = "compensation_refused"


class CaseLinkRefused(DomainError):
    """A member's link that is not valid, or not any more."""

    code = "case_link_refused"
    status = 404


class MailRefused(DomainError):
    """A message that is no e-mail we can read."""

    code = "mail_refused"
    status = 422
