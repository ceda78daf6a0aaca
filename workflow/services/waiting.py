"""What waited for approval before its kind came to be approved here: each is asked for, once."""

from django.db.models import Model

from kit.errors import DomainError
from staff.models import User
from workflow.exceptions import ChoiceNeeded
from workflow.registry import registered
from workflow.services.requests import last_request_of, submit


def ask_for_waiting() -> int:
    """Submit every waiting subject that has no request, in the name of who asked. Returns how many; again: none."""
    asked = 0
    for kind in registered():
        for subject, initiator in kind.unasked():
            if last_request_of(subject) is None:
                asked += _ask(subject, initiator)
    return asked


def _ask(subject: Model, initiator: User) -> bool:
    try:
        submit(subject=subject, actor=initiator)
    except (DomainError, ChoiceNeeded):
        # Somebody was quicker, the kind has no flow in use, or its flow wants people named: it goes on waiting.
        return False
    return True
