"""Something for the trouble: points, a coupon or a gift, booked in the points ledger; above a limit approved first."""

from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import CompensationRefused, WrongState
from callcenter.locks import lock_case, lock_compensation
from callcenter.models import Case, CaseEntry, Compensation
from callcenter.services.timeline import append_entry
from kit.errors import NotFound
from kit.money import to_fen
from loyalty.locks import lock_account
from loyalty.models import CouponKind, Reward
from loyalty.services.coupons import issue_coupon
from loyalty.services.goodwill import give_points
from loyalty.services.rewards import redeem_reward
from loyalty.services.rules import current_rules
from members.locks import share_members
from staff.audit import record
from staff.models import User
from stores.models import Chain
from workflow.services.requests import submit

LIMIT: Final = "100"
SOURCE: Final = "case"


def compensation_limit() -> Decimal:
    """Up to how many yuan a case, all its compensations together, needs no approval (a setting of the chain)."""
    return Decimal(str(Chain.get().setting("compensation_limit", LIMIT)))


def worth_of(
    *, points: int | None = None, coupon_kind: CouponKind | None = None, reward: Reward | None = None
) -> Decimal:
    """What a compensation is worth in yuan: points at what they pay at the till, a gift at its cost (or its points), a
    coupon at its amount, or at its rate of the least purchase."""
    per_yuan = current_rules().programme_at(timezone.now()).points_per_yuan_paid
    if points:
        return to_fen(Decimal(points) / per_yuan)
    if reward is not None:
        return reward.cost or to_fen(Decimal(reward.points) / per_yuan)
    if coupon_kind.amount is not None:
        return coupon_kind.amount
    return to_fen(coupon_kind.minimum_spend * coupon_kind.rate)


def is_open_ended(coupon_kind: CouponKind | None) -> bool:
    """A coupon that takes a share off whatever is bought: nobody can say what it will cost."""
    return coupon_kind is not None and coupon_kind.amount is None and not coupon_kind.minimum_spend


@transaction.atomic
def compensate(
    *,
    case_id: int,
    reason: str,
    actor: User,
    points: int | None = None,
    coupon_kind: CouponKind | None = None,
    reward: Reward | None = None,
) -> Compensation:
    """Give the member of a case something, or ask for it where the case's compensations together are worth more than
    the limit. The same thing for the same case is given once."""
    kind = _kind_of(points, coupon_kind, reward)
    member_id = Case.objects.filter(pk=case_id).values_list("member_id", flat=True).first()
    if member_id is None:
        raise CompensationRefused(_("Only a member can be given something; enrol the person first."))
    lock_account(share_members([member_id])[member_id])
    case = lock_case(case_id)
    given = case.compensations.exclude(state=Compensation.State.REFUSED)
    same = given.filter(kind=kind, points=points, coupon_kind=coupon_kind, reward=reward).first()
    if same is not None:
        return same
    if case.state == Case.State.CLOSED:
        raise WrongState(_("This case is closed; reopen it first."))
    worth = worth_of(points=points, coupon_kind=coupon_kind, reward=reward)
    total = worth + sum((one.worth for one in given), Decimal(0))
    one = Compensation.objects.create(
        case=case, kind=kind, points=points, coupon_kind=coupon_kind, reward=reward, worth=worth,
        reason=reason.strip(), asked_by=actor,
    )  # fmt: skip
    append_entry(
        case, CaseEntry.Kind.COMPENSATION, actor=actor, text=one.reason,
        data={"event": "asked", "compensation": one.pk, "worth": worth},
    )  # fmt: skip
    record(actor, "callcenter.compensation_asked", one, store=case.store_id, worth=worth)
    if total > compensation_limit() or is_open_ended(coupon_kind):
        submit(subject=one, actor=actor, comment=one.reason)
    else:
        _grant(one, case, actor)
    return one


@transaction.atomic
def grant_approved(*, compensation_id: int, actor: User) -> Compensation:
    """Book a compensation that has been approved. A decided one refuses."""
    one, case = _waiting(compensation_id)
    _grant(one, case, actor)
    return one


@transaction.atomic
def refuse_compensation(*, compensation_id: int, actor: User | None) -> Compensation:
    """Close a compensation that was rejected or taken back; nothing is booked. A decided one refuses."""
    one, case = _waiting(compensation_id)
    one.state, one.decided_at, one.decided_by = Compensation.State.REFUSED, timezone.now(), actor
    one.save(update_fields=["state", "decided_at", "decided_by"])
    append_entry(case, CaseEntry.Kind.COMPENSATION, actor=actor, data={"event": "refused", "compensation": one.pk})
    record(actor, "callcenter.compensation_refused", one, store=case.store_id)
    return one


def _kind_of(points: int | None, coupon_kind: CouponKind | None, reward: Reward | None) -> str:
    kinds = Compensation.Kind
    chosen = [
        kind for kind, value in ((kinds.POINTS, points), (kinds.COUPON, coupon_kind), (kinds.GIFT, reward)) if value
    ]
    if len(chosen) != 1:
        raise CompensationRefused(_("Choose one: points, a coupon or a gift."), fields={"points": True})
    return chosen[0]


def _waiting(compensation_id: int) -> tuple[Compensation, Case]:
    ids = Compensation.objects.filter(pk=compensation_id).values_list("case_id", "case__member_id").first()
    if ids is None:
        raise NotFound(_("There is no such compensation."))
    lock_account(share_members([ids[1]])[ids[1]])
    case = lock_case(ids[0])
    one = lock_compensation(compensation_id)
    if one.state != Compensation.State.WAITING:
        raise WrongState(_("This compensation has been decided already."))
    return one, case


def _grant(one: Compensation, case: Case, actor: User) -> None:
    """Book it. A gift is points given and handed over for the gift at once, so the ledger shows what it cost."""
    document = f"{case.number}/{one.pk}"
    if one.kind == Compensation.Kind.COUPON:
        one.coupon = issue_coupon(
            kind_id=one.coupon_kind_id, member_id=case.member_id, source=SOURCE, source_key=f"case:{document}",
            actor=actor,
        )  # fmt: skip
    else:
        one.txn = give_points(
            member_id=case.member_id, points=one.points or one.reward.points, source=SOURCE, document=document,
            reason=f"{case.number} {one.reason}"[:200], actor=actor, store_id=case.store_id,
        )  # fmt: skip
    if one.kind == Compensation.Kind.GIFT:
        one.redemption = redeem_reward(
            member_id=case.member_id, reward_id=one.reward_id, store_id=case.store_id, key=f"case:{document}",
            actor=actor,
        )  # fmt: skip
    one.state, one.decided_at, one.decided_by = Compensation.State.GRANTED, timezone.now(), actor
    one.save(update_fields=["state", "decided_at", "decided_by", "txn", "coupon", "redemption"])
    append_entry(
        case, CaseEntry.Kind.COMPENSATION, actor=actor,
        data={"event": "granted", "compensation": one.pk, "kind": one.kind, "worth": one.worth},
    )  # fmt: skip
    record(actor, "callcenter.compensation_granted", one, store=case.store_id, worth=one.worth)
