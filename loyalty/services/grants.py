"""Stars given by hand, with a reason and an end."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError
from loyalty.locks import lock_account
from loyalty.models import Tier, TierPeriod
from loyalty.services.rules import current_rules
from loyalty.services.tiers import rebuild_standings
from members.locks import share_members
from staff.audit import record
from staff.models import User


@transaction.atomic
def grant_tier(*, member_id: int, tier_id: int, until_on: date, reason: str, actor: User) -> TierPeriod:
    """Give a member a star until a day. A star at or below the one held is refused: it would change nothing."""
    member_id = share_members([member_id])[member_id]
    account = lock_account(member_id)
    tier = Tier.objects.get(pk=tier_id)
    today = timezone.localdate()
    if until_on <= today:
        raise DomainError(_("The last day must lie in the future."), fields={"until_on": ""})
    if tier.rank <= account.tier_rank:
        raise DomainError(_("The member already holds this star or a higher one."), fields={"tier": ""})
    period = TierPeriod.objects.create(
        account=account,
        tier=tier,
        from_on=today,
        until_on=until_on,
        why=TierPeriod.Why.GRANTED,
        reason=reason,
        decided_by=actor,
        created_at=timezone.now(),
    )
    rebuild_standings([account], current_rules(), through=today)
    record(actor, "loyalty.tier_granted", period, member=member_id, tier=tier.rank, reason=reason)
    return period


@transaction.atomic
def end_grant(*, period_id: int, reason: str, actor: User) -> TierPeriod:
    """End a star given by hand today; the star then follows from purchases. An ended one is returned unchanged."""
    member_id = TierPeriod.objects.values_list("account__member_id", flat=True).get(pk=period_id)
    account = lock_account(member_id)
    period = TierPeriod.objects.select_for_update(no_key=True).get(pk=period_id, why=TierPeriod.Why.GRANTED)
    today = timezone.localdate()
    if period.ended_on is None and (period.until_on is None or period.until_on > today):
        period.ended_on = today
        period.save(update_fields=["ended_on"])
        rebuild_standings([account], current_rules(), through=today)
        record(actor, "loyalty.tier_grant_ended", period, member=member_id, reason=reason)
    return period
