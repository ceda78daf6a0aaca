"""Standing delegations: who decides for whom, and until when."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from workflow.exceptions import WrongPeople
from workflow.models import Delegation, Flow


@transaction.atomic
def delegate_standing(
    *,
    from_user: User,
    to_user: User,
    starts_on: date,
    ends_on: date,
    actor: User,
    flows: list[Flow] | None = None,
    max_amount: Decimal | None = None,
    reason: str = "",
) -> Delegation:
    """Let somebody decide on one's behalf from one day through another. No flows means all; each call adds one."""
    if from_user.pk == to_user.pk or not to_user.is_active:
        raise WrongPeople(_("Choose a colleague who works here as the deputy."))
    if ends_on < starts_on or ends_on < timezone.localdate():
        raise WrongPeople(_("The last day must not lie before the first, nor in the past."))
    found = Delegation.objects.create(
        from_user=from_user,
        to_user=to_user,
        starts_on=starts_on,
        ends_on=ends_on,
        max_amount=max_amount,
        reason=reason,
        created_by=actor,
    )
    found.flows.set(flows or [])
    record(actor, "workflow.delegation_made", found, to=to_user.pk, starts=starts_on, ends=ends_on, limit=max_amount)
    with translation.override(to_user.language):
        said = _("You decide for %(person)s from %(start)s through %(end)s.")
        said %= {"person": from_user, "start": starts_on.isoformat(), "end": ends_on.isoformat()}
        notify(users=[to_user], text=said)
    return found


@transaction.atomic
def end_delegation(*, delegation_id: int, actor: User) -> Delegation:
    """End a delegation now; what the deputy already holds stays with them. A second call changes nothing."""
    found = Delegation.objects.select_for_update(no_key=True, of=("self",)).get(pk=delegation_id)
    if found.ended_at is None:
        found.ended_at = timezone.now()
        found.save(update_fields=["ended_at"])
        record(actor, "workflow.delegation_ended", found)
    return found
