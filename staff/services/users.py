"""What people change about themselves."""

from django.db import transaction

from staff.audit import record
from staff.models import User


def choose_language(*, user: User, language: str) -> None:
    """Remember the language of a person's pages, notices and job results. Choosing it again changes nothing."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])


@transaction.atomic
def note_password_change(*, user: User) -> None:
    """Write to the audit trail that a person changed the own password. Each call writes a line."""
    record(user, "staff.password_changed", user)
