"""What the suppliers floor refuses, in words for the buyer."""

from kit.errors import Conflict, DomainError


class WrongCreditCode(DomainError):
    """The unified social credit code has a typing error."""

    code = "wrong_credit_code"


class PartyExists(Conflict):
    """Another record holds this credit code already."""

    code = "party_exists"


class WrongStatus(Conflict):
    """What was asked does not fit the status of the supplier."""

    code = "wrong_status"


class SchemeRefused(DomainError):
    """Weights, bands or grades that do not add up."""

    code = "scheme_refused"


class MonthClosed(Conflict):
    """Scores of a closed month do not change."""

    code = "month_closed"


class TermsRefused(DomainError):
    """Terms that contradict themselves."""

    code = "terms_refused"


class FeeBanned(DomainError):
    """A fee the regulation on fair trade does not allow."""

    code = "fee_banned"


class CounterTaken(Conflict):
    """Another signed contract has the counter on one of these days."""

    code = "counter_taken"


class WrongState(Conflict):
    """The state of a contract, promotion or settlement does not allow this."""

    code = "wrong_state"


class LinkRefused(DomainError):
    """A supplier's link that is not valid, or not any more."""

    code = "link_refused"
    status = 404
