"""From where a new case is opened: a member, a call, a visit, a receipt line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.access import VIEW_VISIT, visits_for
from callcenter.models import Call, Case, Kind, Visit
from callcenter.selectors.purchases import line_of, purchases_for_case
from kit import phones
from members.access import member_for
from members.models import Member
from members.selectors import MemberRow, member_rows
from sales.selectors.purchases import Purchase
from staff.access import require_store
from staff.models import User


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the first word is typed."""

    member: Member | None = None
    row: MemberRow | None = None
    call: Call | None = None
    visit: Visit | None = None
    purchases: list[Purchase] = field(default_factory=list)
    initial: dict[str, object] = field(default_factory=dict)


def found_opening(user: User, asked: Mapping[str, str]) -> Opening:
    """Everything the address names, as far as the person may see it; what is not there is left out."""
    call = _call(user, asked.get("call", ""))
    visit = _visit(user, asked.get("visit", ""))
    line = line_of(asked.get("line", ""))
    member_id = _number(asked.get("member", "")) or (line and line.member_id) or (call and call.member_id)
    member_id = member_id or (visit.member_id if visit else None)
    member = member_for(user, member_id) if member_id else None
    member = member.merged_into if member and member.merged_into_id else member
    purchases = purchases_for_case(user, member, line)
    initial: dict[str, object] = {"channel": Case.Channel.PHONE if call else Case.Channel.DESK, "kind": Kind.COMPLAINT}
    if asked.get("kind") in Kind.values:
        initial["kind"] = asked["kind"]
    if visit:
        initial |= {"store": visit.store_id, "title": visit.note, "caller_name": visit.visitor_name}
        initial |= {"caller_phone": phones.national(visit.visitor_phone) if visit.visitor_phone else ""}
    if call and not member:
        initial["caller_phone"] = phones.national(call.number) if call.number else ""
    if line:
        initial |= {
            "line": f"{line.sold_on:%Y-%m-%d}:{line.receipt_id}:{line.line_no}", "store": line.store_id,
            "counter": line.counter_id,
        }  # fmt: skip
    row = member_rows(user, [member])[0] if member else None
    return Opening(member, row, call, visit, purchases, initial)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _call(user: User, text: str) -> Call | None:
    """A call of one's own, or of a store in scope."""
    call = Call.objects.filter(pk=_number(text) or 0).first()
    if call is not None and call.agent_id != user.pk and call.store_id:
        require_store(user, call.store_id)
    return call


def _visit(user: User, text: str) -> Visit | None:
    return visits_for(user, VIEW_VISIT).filter(pk=_number(text) or 0).first() if text else None
