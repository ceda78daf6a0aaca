"""The only way from a request to an account, a coupon, a redemption or an import: permission, scope, row."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kit.errors import NotFound, PermissionRefused
from loyalty.models import Adjustment, Coupon, MilestoneAward, Redemption, Reward, TierPeriod
from members.access import member_for, require_scope, unmasked_ids
from members.models import Member
from sales.access import receipt_for
from sales.models import ImportBatch, Receipt
from staff.access import require, stores_for
from staff.models import ImportProfile, User
from staff.roles import Role
from stores.models import Chain, Store


def member_in_scope(user: User, pk: int, permission: str = "loyalty.view_account") -> Member:
    """A member whose points this person may see or touch; a merged one leads to the one that stayed."""
    member = member_for(user, pk, permission)
    if member.merged_into_id:
        member = member.merged_into
    require_scope(user, member)
    return member


def receipt_with_points(user: User, pk: int) -> Receipt:
    """A receipt in scope of a member in scope."""
    require(user, "loyalty.view_account")
    receipt = receipt_for(user, pk)
    if receipt.member_id is None:
        raise NotFound(_("This receipt was bought without a member card, so it earned no points."))
    require_scope(user, receipt.member)
    return receipt


def rewards_for(user: User) -> QuerySet[Reward]:
    """Rewards of the whole chain and of the stores in scope."""
    require(user, "loyalty.view_account")
    rewards = Reward.objects.select_related("store")
    if user.all_stores or user.role == Role.ADMIN:
        return rewards
    return rewards.filter(store=None) | rewards.filter(store__in=stores_for(user).values("pk"))


def reward_for(user: User, pk: int) -> Reward:
    """One reward in scope that may be handed out."""
    require(user, "loyalty.redeem_reward")
    reward = rewards_for(user).filter(pk=pk).first()
    if reward is None:
        raise NotFound(_("There is no such reward."))
    return reward


def redemptions_for(user: User) -> QuerySet[Redemption]:
    """Redemptions in the stores in scope."""
    require(user, "loyalty.view_account")
    rows = Redemption.objects.select_related("reward", "store", "account__member", "created_by")
    if user.all_stores or user.role == Role.ADMIN:
        return rows
    return rows.filter(store__in=stores_for(user).values("pk"))


def redemption_for(user: User, pk: int, permission: str) -> Redemption:
    """One redemption in the person's stores, of a member in scope."""
    require(user, permission)
    found = redemptions_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such redemption, or it belongs to another store."))
    require_scope(user, found.account.member)
    return found


def coupon_for(user: User, pk: int) -> Coupon:
    """One coupon of a member in scope."""
    require(user, "loyalty.view_account")
    coupon = Coupon.objects.select_related("kind", "kind__brand", "kind__store", "member", "receipt").filter(pk=pk)
    found = coupon.first()
    if found is None:
        raise NotFound(_("There is no such coupon."))
    require_scope(user, found.member)
    return found


def adjustments_for(user: User) -> QuerySet[Adjustment]:
    """Adjustments: all for those who decide (of members in scope), the own ones for the others."""
    rows = Adjustment.objects.select_related("account__member", "asked_by", "decided_by")
    if not user.has_perm("loyalty.confirm_adjustment"):
        require(user, "loyalty.ask_adjustment")
        return rows.filter(asked_by=user)
    if user.all_stores or user.role == Role.ADMIN or Chain.get().shares_member_base:
        return rows
    stores = stores_for(user).values("pk")
    return rows.filter(account__member__home_store__in=stores) | rows.filter(account__member__home_store=None)


def grant_for(user: User, pk: int) -> TierPeriod:
    """One star granted by hand, of a member in scope."""
    require(user, "loyalty.grant_tier")
    granted = TierPeriod.objects.select_related("account__member", "tier").filter(pk=pk, why=TierPeriod.Why.GRANTED)
    found = granted.first()
    if found is None:
        raise NotFound(_("There is no such granted star."))
    require_scope(user, found.account.member)
    return found


def award_for(user: User, pk: int) -> MilestoneAward:
    """One milestone reached, of a member in scope."""
    require(user, "loyalty.redeem_reward")
    found = MilestoneAward.objects.select_related("account__member", "milestone").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such milestone award."))
    require_scope(user, found.account.member)
    return found


def till_stores(user: User) -> QuerySet[Store]:
    """The stores in which this person may ring up."""
    require(user, "loyalty.use_till")
    return stores_for(user).filter(is_active=True)


def imports_for(user: User) -> QuerySet[ImportBatch]:
    """Imports into the stores in scope, and the own ones."""
    require(user, "loyalty.import_receipts")
    rows = ImportBatch.objects.select_related("profile", "store", "created_by", "job")
    if user.all_stores or user.role == Role.ADMIN:
        return rows
    return rows.filter(store__in=stores_for(user).values("pk")) | rows.filter(created_by=user)


def import_for(user: User, pk: int) -> ImportBatch:
    """One import this person may look at."""
    found = imports_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such import, or it belongs to another store."))
    return found


def profiles_for(user: User) -> QuerySet[ImportProfile]:
    """The mappings for files of receipts. What is imported must go to a store in scope, which the upload checks."""
    require(user, "loyalty.import_receipts")
    return ImportProfile.objects.filter(kind="sales").order_by("name")


def import_stores(user: User) -> QuerySet[Store]:
    """The stores into which this person may import."""
    require(user, "loyalty.import_receipts")
    return stores_for(user).filter(is_active=True)


def require_import_into(user: User, profile: ImportProfile) -> None:
    """Refuse a mapping whose receipts belong to a store outside the scope; one that brings its store along is the
    office's."""
    code = (profile.spec.get("store") or {}).get("code", "")
    if user.all_stores or user.role == Role.ADMIN or stores_for(user).filter(code=code).exists():
        return
    raise PermissionRefused(_("The receipts of this mapping belong to a store outside your scope."))


def till_receipt(user: User, pk: int) -> Receipt:
    """A receipt of the desk's till, to show its slip."""
    require(user, "loyalty.use_till")
    return receipt_for(user, pk)


def posted_by_form(user: User, key: str, store_id: str) -> Receipt | None:
    """What a return's form has posted already (the sale of an exchange before the return), if anything."""
    if not key or not store_id.isdigit():
        return None
    documents = {f"{prefix}-{key[:12].upper()}" for prefix in ("R", "X")}
    found = Receipt.objects.filter(
        source="desk", document__in=documents, store_id=int(store_id[:18]), is_reversed=False
    )
    return found.filter(store__in=till_stores(user).values("pk")).order_by("-pk").first()


def original_for(user: User, pk: int) -> Receipt:
    """A sale somebody brings back: any in sight, and those of other stores of members in sight."""
    require(user, "loyalty.use_till")
    return _standing_sale(user, pk)


def sale_to_look_at(user: User, pk: int) -> Receipt:
    """A sale whose return somebody asks about, with its member in scope; nothing is brought back yet."""
    require(user, "loyalty.preview_return")
    receipt = _standing_sale(user, pk)
    if receipt.member is not None:
        require_scope(user, receipt.member)
    return receipt


def _standing_sale(user: User, pk: int) -> Receipt:
    receipt = receipt_for(user, pk)
    if receipt.kind != Receipt.Kind.SALE or receipt.is_reversed:
        raise NotFound(_("Only a sale that stands can be returned."))
    return receipt


def originals_for(user: User, *, document: str = "", member: Member | None = None) -> list[Receipt]:
    """Sales that may be brought back, the newest first: by receipt number, or the last ones of a member."""
    require(user, "loyalty.use_till")
    sales = Receipt.objects.filter(kind=Receipt.Kind.SALE, is_reversed=False).select_related("store", "member")
    if document:
        candidates = sales.filter(document__in={document, document.upper()}).order_by("-sold_on", "-pk")[:20]
    elif member is not None:
        candidates = sales.filter(member=member).order_by("-sold_on", "-pk")[:20]
    else:
        return []
    stores = set(stores_for(user).values_list("pk", flat=True))
    clear = unmasked_ids(user, [(one.member_id, one.member.home_store_id) for one in candidates if one.member_id])
    shared = Chain.get().shares_member_base
    return [one for one in candidates if one.store_id in stores or (shared and one.member_id in clear)]
