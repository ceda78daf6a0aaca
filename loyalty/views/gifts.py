"""Gifts for points, coupons, milestones: handed out, shown, taken back."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import Export, listing
from kit.workbooks import Column
from loyalty import access
from loyalty.forms.desk import CouponForm, ReasonForm, RedeemPointsForm, RedeemRewardForm
from loyalty.models import Account, Reward
from loyalty.selectors import holdings, pooled
from loyalty.services.coupons import issue_coupon
from loyalty.services.points import redeem_points
from loyalty.services.rewards import cancel_redemption, hand_out_award, redeem_reward
from loyalty.views.answers import done, form_page
from members.models import Member
from sales.selectors.receipts import member_names
from staff.access import needs, stores_for

REDEEM = "loyalty.redeem_reward"
REDEMPTION_EXPORT = Export(
    "redemptions",
    [
        Column(lazy("Handed out at"), "created_at", 18),
        Column(lazy("Reward"), lambda row: row.reward.label, 28),
        Column(lazy("Quantity"), "quantity", 10),
        Column(lazy("Points"), "points", 12),
        Column(lazy("Member number"), lambda row: row.account.member.member_no, 16),
        Column(lazy("Store"), lambda row: row.store.label, 18),
        Column(lazy("State"), lambda row: row.get_state_display(), 14),
    ],
)


@login_required
@require_safe
@needs("loyalty.view_account")
def reward_list(request: HttpRequest) -> HttpResponse:
    """The catalogue with stock; for a member, what they can afford comes with a button."""
    user, member = request.user, None
    if request.GET.get("member", "").isdigit():
        member = access.member_in_scope(user, int(request.GET["member"][:18]), REDEEM)
    account = holdings.account_of(member) if member else None
    points = holdings.points_of(account) if account else None
    available = pooled.own_and_shared(member, points.available if points else 0) if member else 0
    today = timezone.localdate()
    rewards = list(access.rewards_for(user).filter(is_active=True).order_by("points", "code")[:200])
    offered = [_offered(reward, account, available) for reward in rewards if _is_offered(reward, today)]
    context = {"rewards": offered, "member": member, "available": available if member else None}
    return render(request, "loyalty/reward_list.html", context)


def _is_offered(reward: Reward, today) -> bool:
    return reward.valid_from <= today and (reward.valid_until is None or reward.valid_until >= today)


def _offered(reward: Reward, account: Account | None, available: int) -> Reward:
    """A reward with why this member cannot take it now, or nothing."""
    reward.obstacle = ""
    if not reward.stock:
        reward.obstacle = _("Out of stock")
    elif (account.tier_rank if account else 0) < reward.minimum_rank:
        reward.obstacle = _("For members with a higher star")
    elif available < reward.points:
        reward.obstacle = _("%(points)s points short") % {"points": f"{reward.points - available:,}"}
    return reward


@login_required
@require_http_methods(["GET", "POST"])
def reward_redeem(request: HttpRequest, pk: int, reward_id: int) -> HttpResponse:
    member = access.member_in_scope(request.user, pk, REDEEM)
    reward = access.reward_for(request.user, reward_id)
    return form_page(
        request,
        RedeemRewardForm(stores_for(request.user).filter(is_active=True), request.POST or None),
        member=member,
        title=_("Hand out: %(reward)s") % {"reward": reward.label},
        lead=_("%(points)s points each, %(stock)s in stock.")
        % {"points": f"{reward.points:,}", "stock": f"{reward.stock:,}"},
        available=_available(member),
        deed=lambda data: redeem_reward(
            member_id=member.pk,
            reward_id=reward.pk,
            store_id=data["store"].pk,
            key=data["key"],
            quantity=data["quantity"],
            actor=request.user,
        ),
        said=lambda taken: (
            _("%(reward)s × %(quantity)s handed out for %(points)s points.")
            % {"reward": taken.reward.label, "quantity": taken.quantity, "points": f"{taken.points:,}"}
        ),
        to=reverse("members:member_detail", args=[member.pk]),
    )


@login_required
@require_safe
@needs("loyalty.view_account")
def redemption_list(request: HttpRequest) -> HttpResponse:
    """Gifts handed out in the stores in scope, the newest first."""

    def dressed(rows: list) -> list:
        names = member_names(request.user, [row.account.member for row in rows])
        for row in rows:
            row.member_name = names[row.account.member_id]
        return rows

    return listing(
        request,
        access.redemptions_for(request.user),
        template="loyalty/redemption_list.html",
        orderings={"newest": ("-created_at", "-pk")},
        export=REDEMPTION_EXPORT,
        prepare=dressed,
    )


@login_required
@require_http_methods(["GET", "POST"])
def redemption_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    taken = access.redemption_for(request.user, pk, "loyalty.cancel_redemption")
    return form_page(
        request,
        ReasonForm(request.POST or None),
        member=taken.account.member,
        title=_("Cancel: %(reward)s") % {"reward": taken.reward.label},
        lead=_("%(points)s points go back to the member, the piece back into stock.") % {"points": f"{taken.points:,}"},
        deed=lambda data: cancel_redemption(redemption_id=taken.pk, reason=data["reason"], actor=request.user),
        said=_("Cancelled. The points are back in their lots."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def points_redeem(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_in_scope(request.user, pk, REDEEM)
    return form_page(
        request,
        RedeemPointsForm(stores_for(request.user).filter(is_active=True), request.POST or None),
        member=member,
        title=_("Redeem points"),
        available=_available(member),
        deed=lambda data: redeem_points(
            member_id=member.pk,
            points=data["points"],
            key=data["key"],
            reason=data["reason"],
            store_id=data["store"].pk,
            actor=request.user,
        ),
        said=_("The points are redeemed."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def coupon_issue(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_in_scope(request.user, pk, "loyalty.issue_coupon")
    form = CouponForm(request.POST or None)
    return form_page(
        request,
        form,
        member=member,
        title=_("Issue a coupon"),
        deed=lambda data: issue_coupon(
            kind_id=data["kind"].pk, member_id=member.pk, source="desk", source_key=data["key"], actor=request.user
        ),
        said=lambda coupon: _("Coupon %(number)s is issued.") % {"number": coupon.number},
        to=reverse("members:member_detail", args=[member.pk]),
    )


@login_required
@require_safe
@needs("loyalty.view_account")
def coupon_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A coupon to be shown: its number large, what it is worth and where."""
    coupon = access.coupon_for(request.user, pk)
    return render(request, "loyalty/coupon_detail.html", {"coupon": coupon, "member": coupon.member})


@login_required
@require_POST
def award_hand_out(request: HttpRequest, pk: int) -> HttpResponse:
    award = access.award_for(request.user, pk)
    return done(
        request,
        lambda: hand_out_award(award_id=award.pk, actor=request.user),
        _("Handed out: %(gift)s") % {"gift": award.milestone.gift_label},
        reverse("members:member_detail", args=[award.account.member_id]),
    )


def _available(member: Member) -> int:
    """Points the member may spend: the own, and those of the household."""
    account = holdings.account_of(member)
    return pooled.own_and_shared(member, holdings.points_of(account).available if account else 0)
