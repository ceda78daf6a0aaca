"""How the store says no: errors whose text a clerk can read."""


class DomainError(Exception):
    """A rule refused. str() is a sentence for staff; `code` is a slug for programs; `fields` names form fields."""

    code = "refused"
    status = 409

    def __init__(self, message: object, *, code: str | None = None, fields: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.fields = fields
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class PermissionRefused(DomainError):
    """This person may not do this, or not here."""

    code = "forbidden"
    status = 403


class NotFound(DomainError):
    """There is no such thing, or none this person may see."""

    code = "not-found"
    status = 404


class Conflict(DomainError):
    """The state of things does not allow it (already done, already used, other body under the same key)."""

    code = "conflict"


class Busy(DomainError):
    """Somebody else holds it; trying again in a moment helps."""

    code = "busy"
    status = 503
