"""The card of a ringing call: who it is, in one glance."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from callcenter.models import Call, Case
from callcenter.selectors.calls import candidates
from campaigns.selectors.offers_now import Suggestion, offers_for
from campaigns.selectors.segment_why import belongings_of
from loyalty.models import Account
from loyalty.selectors.holdings import points_of
from members.access import sees_unmasked
from members.selectors import MemberRow, member_rows
from members.selectors.reasons import reasons_for
from sales.models import MemberStat

SEGMENTS, VIEW_SEGMENTS = 3, "campaigns.view_offers"


@dataclass(frozen=True)
class Card:
    """What the agent needs before saying good morning. Out of scope there is a masked name and nothing else."""

    call: Call
    member: MemberRow | None
    choices: list[MemberRow]
    contact: str
    points: int | None
    last_bought_on: date | None
    open_cases: int
    reason: str
    may_enrol: bool
    offers: list[Suggestion]
    # The newest ones the member is in, by name.
    segments: list[str]

    @property
    def kind(self) -> str:
        """What opens: member, choose, enrol, or nothing for a withheld number."""
        if self.member is not None:
            return "member"
        if self.choices:
            return "choose"
        return "enrol" if self.call.number else "withheld"


def card_of(call: Call, request: HttpRequest) -> Card:
    """The card of one call for the person whose phone rings."""
    user = request.user
    may_enrol = user.has_perm("members.enrol_member")
    contact = (call.contact.name or call.contact.asked_for) if call.contact else ""
    if call.member is None:
        choices = candidates(call, user) if call.found > 1 else []
        return Card(call, None, choices, contact, None, None, 0, "", may_enrol, [], [])
    row = member_rows(user, [call.member])[0]
    if not sees_unmasked(user, call.member):
        return Card(call, row, [], contact, None, None, 0, "", may_enrol, [], [])
    account = Account.objects.filter(member=call.member).first()
    points = points_of(account).available if account and user.has_perm("loyalty.view_account") else None
    bought = MemberStat.objects.filter(pk=call.member.pk).values_list("last_bought_on", flat=True).first()
    cases = Case.objects.filter(member=call.member, state__in=Case.STANDING)[:20].count()
    reason = next((one.text for one in reasons_for(request, call.member, limit=1)), "")
    offers = offers_for(request, call.member, limit=2)
    segments = (
        [one.segment.label for one in belongings_of(call.member.pk)[:SEGMENTS]] if user.has_perm(VIEW_SEGMENTS) else []
    )
    return Card(call, row, [], contact, points, bought, cases, reason, may_enrol, offers, segments)
