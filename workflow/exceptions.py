"""What approvals refuse, in words for whoever asked."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kit.errors import Conflict, DomainError


class NoFlow(DomainError):
    """Nobody has published a flow for this kind of thing."""

    code = "no_flow"

    def __init__(self, kind: object) -> None:
        super().__init__(
            _("There is no published approval flow for “%(kind)s”. An administrator must publish one first.")
            % {"kind": kind}
        )


class AlreadyUnderApproval(Conflict):
    """One subject has one open request at most."""

    code = "already_under_approval"

    def __init__(self, number: str) -> None:
        super().__init__(_("This is already under approval: request %(number)s.") % {"number": number})


class NotYours(DomainError):
    """The task belongs to somebody else, or is no longer open."""

    code = "not_yours"
    status = 403


class AlreadyDecided(Conflict):
    """Somebody was quicker, or the request has moved on."""

    code = "already_decided"

    def __init__(self) -> None:
        super().__init__(_("This has already been decided or has moved on. Open the request again."))


class RequestClosed(Conflict):
    """The request is not in a state that allows it."""

    code = "request_closed"

    def __init__(self, status: object) -> None:
        super().__init__(_("The request is no longer in approval: %(status)s.") % {"status": status})


class NobodyCanDecide(DomainError):
    """No approver could be found, not even an administrator."""

    code = "nobody_can_decide"

    def __init__(self) -> None:
        super().__init__(
            _("Nobody was found who may decide this, not even an administrator. Give the flow an administrator.")
        )


class WrongPeople(DomainError):
    """The people chosen do not fit: nobody, too many, already asked, or who asked."""

    code = "wrong_people"


@dataclass(frozen=True)
class Need:
    """A node whose people who asks must choose: its key, its names, and who may be chosen."""

    node: str
    name: str
    name_en: str
    candidates: list[Any]


class ChoiceNeeded(Exception):
    """Who asks must name people before this can be submitted; nothing was written. A question, not a refusal: views
    let it through, and the middleware asks it."""

    def __init__(self, kind: object, needs: list[Need]) -> None:
        super().__init__(
            _("Choose who decides at: %(nodes)s.") % {"nodes": "、".join(need.name or need.node for need in needs)}
        )
        self.kind, self.needs = kind, needs


class DefinitionRefused(DomainError):
    """A definition that may not be published or edited that way."""

    code = "definition_refused"


class MoneyMoved(Conflict):
    """What was approved has already had its effect and cannot be revoked."""

    code = "money_moved"

    def __init__(self) -> None:
        super().__init__(_("This can no longer be revoked: it has already taken effect."))


class ExportRefused(DomainError):
    """The large export is not approved, has lapsed or was fetched already."""

    code = "export_refused"


class OverBudget(Conflict):
    """The claim would spend more than is left of a budget."""

    code = "over_budget"

    def __init__(self, category: object, left: object) -> None:
        super().__init__(
            _("The budget for “%(category)s” has %(left)s left. Claim less, or ask finance to raise it.")
            % {"category": category, "left": left}
        )


class NoBudget(Conflict):
    """Nobody has set a budget for this."""

    code = "no_budget"

    def __init__(self, category: object, month: object) -> None:
        super().__init__(
            _("There is no budget for “%(category)s” in %(month)s. Ask finance to set one.")
            % {"category": category, "month": month}
        )


class ClaimClosed(Conflict):
    """The claim is not in a state that allows it."""

    code = "claim_closed"

    def __init__(self, status: object) -> None:
        super().__init__(_("The claim does not allow this now: %(status)s.") % {"status": status})


class NotApproved(Conflict):
    """Nothing is paid that is not approved as it stands."""

    code = "not_approved"

    def __init__(self) -> None:
        super().__init__(_("Only what has been approved, as it was approved, is paid."))
