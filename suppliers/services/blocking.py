"""The blacklist: who may not sell here whatever papers they hold."""

from django.db import transaction
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from suppliers.exceptions import WrongStatus
from suppliers.locks import lock_party
from suppliers.models import Party, Standing
from suppliers.services.standing import Decision, review_standing, take_standing


@transaction.atomic
def block_party(*, party_id: int, reason: str, actor: User) -> Party:
    """Put a company on the blacklist, with the reason. A second time is refused."""
    party = lock_party(party_id)
    if party.status == Party.Status.BLOCKED:
        raise WrongStatus(_("This supplier is blocked already."))
    party.status_before_block, party.blocked_reason = party.status, reason
    decision = Decision(Party.Status.BLOCKED, Party.Selling.STOPPED, Standing.Reason.BLOCKED)
    take_standing(party, decision, actor=actor, data={"reason": reason})
    record(actor, "suppliers.party_blocked", party, reason=reason)
    return party


@transaction.atomic
def unblock_party(*, party_id: int, reason: str, actor: User) -> Party:
    """Take a company off the blacklist; its right to sell is looked at anew."""
    party = lock_party(party_id)
    if party.status != Party.Status.BLOCKED:
        raise WrongStatus(_("This supplier is not blocked."))
    status = party.status_before_block
    party.status_before_block = party.blocked_reason = ""
    decision = Decision(status, _resting(status), Standing.Reason.UNBLOCKED)
    take_standing(party, decision, actor=actor, data={"reason": reason})
    record(actor, "suppliers.party_unblocked", party, reason=reason)
    return review_standing(party_id=party.pk, actor=actor)


def _resting(status: str) -> str:
    return Party.Selling.NOT_YET if status == Party.Status.PROSPECT else Party.Selling.STOPPED
