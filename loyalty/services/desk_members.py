"""Who stands at the desk's till: by card or number as printed, else by what the search box would find."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kit.errors import Conflict
from loyalty.exceptions import UnknownMember
from loyalty.models import Account, Coupon, Tier
from loyalty.selectors.holdings import account_of, points_of, valid_coupons
from loyalty.selectors.pooled import shared_points
from loyalty.services.rules import current_rules
from loyalty.services.till_inputs import Identified
from members.access import sees_unmasked
from members.models import Member, MemberCard
from members.selectors import FoundMember, member_by_card, member_by_member_no, search
from staff.models import User


@dataclass(slots=True)
class Standing:
    """The member at the till with what the cashier should know; or the several that were found."""

    who: Identified | None = None
    name: str = ""
    greeting: str = ""
    tier: Tier | None = None
    account: Account | None = None
    available: int = 0
    shared: int = 0
    coupons: Sequence[Coupon] = ()
    choices: Sequence[FoundMember] = field(default_factory=list)


def find_at_desk(user: User, *, pk: int | None, text: str) -> Standing:
    """The member chosen before, or the one the text means. Several come back as choices; none is refused in words."""
    text = text.strip()
    if text:
        card = member_by_card(text) if text.replace(" ", "").isalnum() else None
        if card is not None:
            if card.status != MemberCard.Status.ACTIVE:
                raise Conflict(
                    _("This card is %(status)s. Please ask at the member desk.")
                    % {"status": card.get_status_display()},
                    fields={"who": ""},
                )
            return _known(user, card.member.merged_into or card.member, card.number)
        if found := member_by_member_no(text):
            return _known(user, found)
        hits = search(text, user, limit=8)
        if not hits:
            error = UnknownMember()
            error.fields = {"who": ""}
            raise error
        if len(hits) > 1:
            return Standing(choices=hits)
        pk = hits[0].pk
    member = Member.objects.select_related("merged_into").filter(pk=pk).first() if pk else None
    return _known(user, member.merged_into or member) if member else Standing()


def _known(user: User, member: Member, card_number: str = "") -> Standing:
    rules = current_rules()
    account = account_of(member)
    tier = rules.tier(rules.scheme_at(timezone.now()), account.tier_rank if account else 0) if rules.schemes else None
    clear = sees_unmasked(user, member)
    name = member.display_name if clear else f"{member.display_name[:1]}**"
    with translation.override(member.language):
        greeting = (
            _("Happy birthday, %(name)s!")
            if member.next_birthday_on == timezone.localdate()
            else _("Welcome, %(name)s.")
        ) % {"name": name}
    return Standing(
        who=Identified(member.pk, card_number, member),
        name=name,
        greeting=greeting,
        tier=tier,
        account=account,
        available=points_of(account).available if account else 0,
        shared=shared.points if (shared := shared_points(member)) else 0,
        coupons=valid_coupons(member),
    )
