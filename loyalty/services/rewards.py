"""Rewards for points: stock that is never oversold, handed out once, taken back whole."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.exceptions import AlreadyDone, OutOfStock, RewardRefused
from loyalty.locks import lock_account, lock_reward
from loyalty.models import Account, MilestoneAward, Redemption, Reward
from loyalty.services.points import booked, redeem_points, undo_redemption
from loyalty.services.pooling import lock_with_households
from members.locks import share_members
from staff.audit import record
from staff.models import User


@transaction.atomic
def redeem_reward(
    *, member_id: int, reward_id: int, store_id: int, key: str, actor: User | None, quantity: int = 1
) -> Redemption:
    """Hand out a reward for points. The same key hands out once and returns the first redemption.

    The account is locked before the stock, as everywhere.
    """
    member_id = share_members([member_id])[member_id]
    account = lock_with_households([member_id], spending=[member_id]).accounts[member_id]
    if earlier := booked("reward", key, "redeem"):
        return Redemption.objects.get(txn=earlier)
    reward = lock_reward(reward_id)
    _check(reward, account, store_id, quantity)
    if reward.stock < quantity:
        raise OutOfStock(left=reward.stock)
    reward.stock -= quantity
    reward.save(update_fields=["stock"])
    txn = redeem_points(
        member_id=member_id,
        points=reward.points * quantity,
        key=key,
        reason=reward.name,
        actor=actor,
        store_id=store_id,
        source="reward",
    )
    redemption = Redemption.objects.create(
        account=account,
        reward=reward,
        quantity=quantity,
        points=reward.points * quantity,
        txn=txn,
        store_id=store_id,
        created_by=actor,
        created_at=timezone.now(),
    )
    record(actor, "loyalty.reward_redeemed", redemption, store=store_id, reward=reward.code, member=member_id)
    return redemption


@transaction.atomic
def cancel_redemption(*, redemption_id: int, actor: User | None, reason: str) -> Redemption:
    """Take a reward back: points into their lots, the piece into stock. A cancelled one is refused."""
    member_id = Redemption.objects.values_list("account__member_id", flat=True).get(pk=redemption_id)
    lock_account(member_id)
    redemption = Redemption.objects.select_for_update(no_key=True).get(pk=redemption_id)
    if redemption.state == Redemption.State.CANCELLED:
        raise AlreadyDone(_("This redemption has already been cancelled."))
    reward = lock_reward(redemption.reward_id)
    reward.stock += redemption.quantity
    reward.save(update_fields=["stock"])
    undo_redemption(txn_id=redemption.txn_id, actor=actor, reason=reason)
    redemption.state = Redemption.State.CANCELLED
    redemption.save(update_fields=["state"])
    record(actor, "loyalty.redemption_cancelled", redemption, store=redemption.store_id, reason=reason)
    return redemption


@transaction.atomic
def hand_out_award(*, award_id: int, actor: User) -> MilestoneAward:
    """Note that a milestone's gift was handed out. A second call returns it unchanged."""
    award = MilestoneAward.objects.select_for_update(no_key=True).get(pk=award_id)
    if award.handed_at is None:
        award.handed_at, award.handed_by = timezone.now(), actor
        award.save(update_fields=["handed_at", "handed_by"])
        record(actor, "loyalty.award_handed_out", award)
    return award


def _check(reward: Reward, account: Account, store_id: int, quantity: int) -> None:
    today = timezone.localdate()
    if not reward.is_active or reward.valid_from > today or (reward.valid_until and reward.valid_until < today):
        raise RewardRefused(_("This reward is not offered today."))
    if reward.store_id and reward.store_id != store_id:
        raise RewardRefused(_("This reward is offered in another store."))
    if account.tier_rank < reward.minimum_rank:
        raise RewardRefused(_("This reward is for members with a higher star."))
    if quantity < 1:
        raise RewardRefused(_("Take at least one."))
    if reward.per_member is not None:
        taken = account.redemptions.filter(reward=reward, state=Redemption.State.TAKEN).aggregate(n=Sum("quantity"))
        if (taken["n"] or 0) + quantity > reward.per_member:
            raise RewardRefused(
                _("At most %(most)s per member, and %(taken)s taken already.")
                % {"most": reward.per_member, "taken": taken["n"] or 0}
            )
