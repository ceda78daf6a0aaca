"""What loyalty shows on pages of others: stars, points, coupons and gifts of a member, points of a receipt."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit import panels
from loyalty.models import Account, EarnLine, TierPeriod
from loyalty.selectors import holdings, pooled
from loyalty.services.explaining import why_points, why_star
from loyalty.services.rules import RuleBook, current_rules
from loyalty.services.standing import Standing, standing_of
from members.access import sees_unmasked
from members.models import Household, Member
from members.selectors import register_row_badge
from members.selectors.households import places_of
from sales.models import Receipt, ReceiptLine
from sales.selectors.beside_lines import key_of, register_line_deed, register_line_note
from staff.models import User

VIEW = "loyalty.view_account"
KNOWN = "_loyalty_known"


class Known:
    """What several panels of one page need, read once."""

    def __init__(self, member: Member) -> None:
        self.member = member

    @cached_property
    def rules(self) -> RuleBook:
        return current_rules()

    @cached_property
    def holds(self) -> holdings.Holds:
        return holdings.holds_of(self.member)

    @property
    def account(self) -> Account | None:
        return self.holds.account

    @cached_property
    def standing(self) -> Standing | None:
        return standing_of(self.account, self.rules)

    @cached_property
    def points(self) -> holdings.Points | None:
        return holdings.points_of(self.account) if self.account else None

    @cached_property
    def gifts(self) -> holdings.Gifts:
        return holdings.gifts_of(self.member, self.account) if self.holds.gifts else holdings.Gifts([], [], [])

    @cached_property
    def why(self) -> str:
        """The evidence of the star held, where it is above the first."""
        if not self.account or not self.standing or not self.account.tier_rank:
            return ""
        periods = TierPeriod.objects.filter(account=self.account).select_related("tier", "decided_by")
        period = periods.order_by("-from_on", "-pk").first()
        return why_star(period, self.rules.schemes[-1].basis) if period else ""


def known_of(request: HttpRequest, member: Member) -> Known:
    """What was read for this member in this request."""
    known = getattr(request, KNOWN, None)
    if known is None or known.member.pk != member.pk:
        known = Known(member)
        setattr(request, KNOWN, known)
    return known


def _render(request: HttpRequest, template: str, member: Member) -> str:
    known = known_of(request, member)
    return render_to_string(template, {"known": known, "member": member, "standing": known.standing}, request)


@panels.register("member.tags", name="star", order=10, permission=VIEW)
def star_tag(request: HttpRequest, member: Member) -> str | None:
    """★★★★★ and the name of the star."""
    return _render(request, "loyalty/member_star.html", member)


@panels.register("member.head", name="points", order=10, permission=VIEW)
def head_figures(request: HttpRequest, member: Member) -> str:
    """Available points with what lapses next, and what is missing to keep the star or to rise."""
    return _render(request, "loyalty/member_head.html", member)


@panels.register("member.actions", name="loyalty", order=40, permission=VIEW)
def actions(request: HttpRequest, member: Member) -> str:
    """The ways to the account, to gifts and to a return."""
    return _render(request, "loyalty/member_actions.html", member)


@panels.register("member.side", name="star", order=5, permission=VIEW, title=gettext_lazy("Star"))
def star_panel(request: HttpRequest, member: Member) -> str | None:
    """How far the star is from being kept and from the next one, and why it is held."""
    return _render(request, "loyalty/member_tier.html", member) if known_of(request, member).standing else None


@panels.register("member.side", name="points", order=10, permission=VIEW, title=gettext_lazy("Points"))
def points_panel(request: HttpRequest, member: Member) -> str:
    """Balances, and the whole schedule of expiry."""
    return _render(request, "loyalty/member_points.html", member)


@panels.register("member.side", name="gifts", order=30, permission=VIEW, title=gettext_lazy("Coupons and gifts"))
def gifts_panel(request: HttpRequest, member: Member) -> str:
    """Coupons in hand, gifts taken, milestones reached."""
    known = known_of(request, member)
    return render_to_string("loyalty/member_gifts.html", {"member": member, "gifts": known.gifts}, request)


@panels.register("household.main", name="points", order=10, permission=VIEW, title=gettext_lazy("Points"))
def household_points(request: HttpRequest, household: Household) -> str:
    """What each has and has drawn from the others this month, and the last times somebody used another's points."""
    places = places_of(request.user, household)
    context = {"household": household, "shares": pooled.shares_of(places), "moves": pooled.moves_within(places)}
    return render_to_string("loyalty/household_points.html", context, request)


@panels.register("receipt.points", name="points", order=10, permission=VIEW, title=gettext_lazy("Points"))
def receipt_points(request: HttpRequest, receipt: Receipt) -> str | None:
    """What the receipt earned or took back; the page behind it says why."""
    if not receipt.member_id or not sees_unmasked(request.user, receipt.member):
        return None
    reason = why_points(receipt, current_rules())
    return render_to_string("loyalty/receipt_panel.html", {"receipt": receipt, "reason": reason}, request)


def star_badges(user: User, member_ids: list[int]) -> dict[int, str]:
    """Stars for the rows of member lists; the first star, which everybody has, is left out."""
    ranks = dict(
        Account.objects.filter(member_id__in=member_ids, tier_rank__gt=0).values_list("member_id", "tier_rank")
    )
    if not ranks or not user.has_perm(VIEW):
        return {}
    rules = current_rules()
    if not rules.schemes:
        return {}
    stars = {tier.rank: "★" * tier.stars for tier in rules.tiers(rules.schemes[-1])}
    return {member_id: stars[rank] for member_id, rank in ranks.items() if rank in stars}


def points_of_lines(user: User, lines: Sequence[ReceiptLine]) -> dict[tuple, str]:
    """Beside receipt lines: the points they have earned so far."""
    wanted = {key_of(line) for line in lines}
    earned = EarnLine.objects.filter(
        sold_on__in={key[0] for key in wanted}, receipt_id__in={key[1] for key in wanted}, points_now__gt=0
    )
    rows = earned.values_list("sold_on", "receipt_id", "line_no", "points_now")
    return {
        key: _("%(points)s points") % {"points": f"{points:,}"}
        for *place, points in rows
        if (key := tuple(place)) in wanted
    }


register_line_note("points", VIEW, points_of_lines)
register_line_deed(
    "return",
    label=gettext_lazy("What would a return do?"),
    icon="receipt-refund",
    permission="loyalty.preview_return",
    address=lambda line: reverse("loyalty:line_return", args=[line.receipt_id, line.line_no]),
)
register_row_badge("star", star_badges, order=10)
