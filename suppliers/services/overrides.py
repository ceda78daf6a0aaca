"""Leave to sell although a paper is missing: asked for, decided by approval."""

from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict, DomainError
from staff.audit import record
from staff.models import User
from suppliers.exceptions import WrongStatus
from suppliers.locks import lock_party
from suppliers.models import Party, SellingOverride
from suppliers.services.standing import review_standing
from workflow.services.requests import submit

LONGEST_DAYS: Final = 90
State = SellingOverride.State


@transaction.atomic
def ask_override(*, party_id: int, until_on: date, reason: str, urgent: bool, actor: User) -> SellingOverride:
    """Ask for leave to sell to the end of a day. One question at a time."""
    party = lock_party(party_id)
    today = timezone.localdate()
    if party.status not in (Party.Status.SUPPLIER, Party.Status.LEAVING):
        raise WrongStatus(_("Only a supplier can be given leave to sell."))
    if not today <= until_on <= today + timedelta(days=LONGEST_DAYS):
        raise DomainError(_("Choose a day within the next 90 days."), fields={"until_on": True})
    if party.overrides.filter(state=State.DRAFT).exists():
        raise Conflict(_("Leave to sell is being asked for already."))
    override = party.overrides.create(until_on=until_on, reason=reason, asked_by=actor)
    record(actor, "suppliers.override_asked", override, party=party.pk, until_on=until_on, reason=reason)
    submit(subject=override, actor=actor, urgent=urgent, comment=reason)
    return override


@transaction.atomic
def grant_override(*, override_id: int, actor: User | None) -> SellingOverride:
    """Everybody approved. A second call changes nothing."""
    return _decide(override_id, State.APPROVED, actor)


@transaction.atomic
def end_override(*, override_id: int, actor: User | None) -> SellingOverride:
    """It was not granted, withdrawn, or taken back."""
    return _decide(override_id, State.ENDED, actor)


def _decide(override_id: int, state: str, actor: User | None) -> SellingOverride:
    lock_party(SellingOverride.objects.values_list("party_id", flat=True).get(pk=override_id))
    override = SellingOverride.objects.get(pk=override_id)
    if override.state == state:
        return override
    override.state, override.decided_at = state, timezone.now()
    override.save(update_fields=["state", "decided_at"])
    record(actor, f"suppliers.override_{state}", override, party=override.party_id)
    review_standing(party_id=override.party_id, actor=actor)
    return override
