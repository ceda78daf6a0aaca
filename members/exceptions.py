"""The ways members can say no."""

from kit.errors import Conflict, DomainError


class MemberMerged(Conflict):
    """The member was merged into another; `winner_id` says which."""

    code = "member-merged"

    def __init__(self, message: object, *, winner_id: int) -> None:
        super().__init__(message)
        self.winner_id = winner_id


class MemberErased(Conflict):
    """The person asked to be forgotten; nothing can be written about them any more."""

    code = "member-erased"


class PhoneShared(Conflict):
    """The number belongs to members of another name: the desk decides whether it is one of them."""

    code = "phone-shared"

    def __init__(self, message: object, *, member_ids: list[int]) -> None:
        super().__init__(message, fields={"phone": message})
        self.member_ids = member_ids


class CardNotChangeable(Conflict):
    """The card's state does not allow what was asked."""

    code = "card-state"


class NotAGroup(DomainError):
    """Contacts, buyers and agreed discounts belong to group members only."""

    code = "not-a-group"


class CannotMerge(Conflict):
    """These two members cannot be merged."""

    code = "cannot-merge"


class ImportRefused(Conflict):
    """An import that cannot do what was asked now; `import_id` names another import that stands in the way."""

    code = "import-refused"

    def __init__(self, message: object, *, import_id: int | None = None) -> None:
        super().__init__(message)
        self.import_id = import_id
