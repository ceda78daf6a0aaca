"""Who may sell, and why: the one place that decides a supplier's status and right to sell.

A supplier is who signed a contract and holds the mandatory licences. When one lapses, days of grace run (a setting of
the chain); after them the right to sell is gone until the paper is there again or leave to sell is approved. Each
change is an append-only `Standing` with its reason.
"""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import DatabaseError, transaction
from django.utils import timezone

from staff.audit import record
from staff.models import User
from stores.models import Chain
from suppliers.locks import lock_party
from suppliers.models import Party, SellingOverride, Standing
from suppliers.selectors.in_force import contract_cover
from suppliers.selectors.papers import gaps
from suppliers.signals import party_became_supplier, selling_right_changed

logger = logging.getLogger(__name__)

GRACE_SETTING: Final = "supplier_grace_days"
GRACE_DAYS: Final = 7

Selling = Party.Selling
Status = Party.Status
Reason = Standing.Reason


@dataclass(frozen=True)
class Evidence:
    """Everything the decision looks at."""

    on: date
    status: str
    selling: str
    grace_until_on: date | None
    in_force: bool
    contract_ended_on: date | None = None
    lapsed_on: tuple[date | None, ...] = ()
    """For each missing mandatory licence its last valid day, None where there never was one."""
    override_until_on: date | None = None
    grace_days: int = GRACE_DAYS
    leaves_on: date | None = None


@dataclass(frozen=True)
class Decision:
    """What a party is to be from now on."""

    status: str
    selling: str
    reason: str
    grace_until_on: date | None = None


def decide(evidence: Evidence) -> Decision:
    """The status and right to sell that follow from the evidence; the same evidence gives the same decision."""
    status = evidence.status
    if status in (Status.BLOCKED, Status.LEFT):
        return Decision(status, Selling.STOPPED, Reason.BLOCKED if status == Status.BLOCKED else Reason.LEFT)
    complete = evidence.in_force and not evidence.lapsed_on
    if status == Status.PROSPECT:
        if complete:
            return Decision(Status.SUPPLIER, Selling.ALLOWED, Reason.COMPLETE)
        return Decision(status, Selling.NOT_YET, Reason.LICENCE if evidence.in_force else Reason.CONTRACT)
    if evidence.leaves_on is not None and evidence.leaves_on < evidence.on:
        return Decision(status, Selling.STOPPED, Reason.LEAVING)
    if complete:
        return Decision(status, Selling.ALLOWED, Reason.COMPLETE)
    if evidence.override_until_on is not None and evidence.override_until_on >= evidence.on:
        return Decision(status, Selling.OVERRIDE, Reason.OVERRIDE)
    cause = Reason.LICENCE if evidence.in_force else Reason.CONTRACT
    until = _grace_until(evidence)
    if until is not None and evidence.on <= until:
        return Decision(status, Selling.GRACE, cause, until)
    return Decision(status, Selling.STOPPED, _cause_of_stop(evidence, cause))


def _grace_until(evidence: Evidence) -> date | None:
    """The last day of grace: counted from the earliest lapse; for what was never there, from the first look."""
    grace = timedelta(days=evidence.grace_days)
    known = [day + grace for day in evidence.lapsed_on if day is not None]
    if not evidence.in_force and evidence.contract_ended_on is not None:
        known.append(evidence.contract_ended_on + grace)
    unknown = None in evidence.lapsed_on or (not evidence.in_force and evidence.contract_ended_on is None)
    if unknown and evidence.selling == Selling.GRACE:
        known.append(evidence.grace_until_on or evidence.on)
    elif unknown and evidence.selling == Selling.ALLOWED:
        known.append(evidence.on + grace)
    elif unknown:
        return None
    return min(known, default=None)


def _cause_of_stop(evidence: Evidence, cause: str) -> str:
    if evidence.selling == Selling.OVERRIDE:
        return Reason.OVERRIDE_OVER
    return Reason.GRACE_OVER if evidence.selling == Selling.GRACE else cause


@transaction.atomic
def review_standing(party_id: int, *, actor: User | None = None, on: date | None = None) -> Party:
    """Decide a party's status and right to sell as of a day. What has not changed writes nothing."""
    party = lock_party(party_id)
    on = on or timezone.localdate()
    missing = gaps(party, on)
    cover = contract_cover(party.pk, on)
    evidence = Evidence(
        on=on,
        status=party.status,
        selling=party.selling,
        grace_until_on=party.grace_until_on,
        in_force=cover.in_force,
        contract_ended_on=cover.ended_on,
        lapsed_on=tuple(gap.ended_on for gap in missing),
        override_until_on=_override_until(party, on),
        grace_days=int(Chain.get().setting(GRACE_SETTING, GRACE_DAYS)),
        leaves_on=_last_day(party),
    )
    decision = decide(evidence)
    if (party.status, party.selling, party.grace_until_on) == (
        decision.status,
        decision.selling,
        decision.grace_until_on,
    ):
        return party
    data = {"missing": [gap.type.code for gap in missing], "on": on.isoformat()}
    if evidence.override_until_on is not None:
        data["until"] = evidence.override_until_on.isoformat()
    if decision.grace_until_on is not None:
        data["until"] = decision.grace_until_on.isoformat()
    return take_standing(party, decision, actor=actor, data=data)


def _last_day(party: Party) -> date | None:
    open_ones = party.leavings.filter(finished_at=None, called_off_at=None)
    return open_ones.values_list("leaves_on", flat=True).first()


def _override_until(party: Party, on: date) -> date | None:
    approved = party.overrides.filter(state=SellingOverride.State.APPROVED, until_on__gte=on)
    return approved.order_by("-until_on").values_list("until_on", flat=True).first()


def take_standing(party: Party, decision: Decision, *, actor: User | None, data: dict[str, object]) -> Party:
    """Write a decision onto a locked party, with its entry, audit line and signals; what its block says goes along."""
    becomes = party.status == Status.PROSPECT and decision.status == Status.SUPPLIER
    changes_right = party.selling != decision.selling
    party.status, party.selling, party.grace_until_on = decision.status, decision.selling, decision.grace_until_on
    fields = ["status", "selling", "grace_until_on", "status_before_block", "blocked_reason"]
    if becomes:
        party.became_supplier_on = timezone.localdate()
        fields.append("became_supplier_on")
    party.standings.create(status=party.status, selling=party.selling, reason=decision.reason, data=data, actor=actor)
    party.save(update_fields=fields)
    record(
        actor,
        "suppliers.standing_changed",
        party,
        status=party.status,
        selling=party.selling,
        because=decision.reason,
        details=data,
    )
    if becomes:
        party_became_supplier.send(sender=Party, party_id=party.pk)
    if changes_right:
        selling_right_changed.send(sender=Party, party_id=party.pk, selling=party.selling)
    return party


def review_all(*, on: date | None = None) -> int:
    """The night's look at everybody who may change by the passing of days. Returns how many changed."""
    on = on or timezone.localdate()
    candidates = Party.objects.filter(status__in=[Status.PROSPECT, Status.SUPPLIER, Status.LEAVING])
    changed = 0
    for party_id, status, selling in candidates.order_by("pk").values_list("pk", "status", "selling"):
        try:
            party = review_standing(party_id=party_id, on=on)
        except DatabaseError:
            logger.exception("standing of supplier %s", party_id)
            continue
        changed += (party.status, party.selling) != (status, selling)
    return changed
