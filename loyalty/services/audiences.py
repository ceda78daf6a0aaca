"""Rules for some members only: a floor above knows who belongs to an audience, and is asked at the till.

    audiences.register(lambda member_ids, audience_ids: …)      # yields (member id, audience id)

It is asked once per posting, and only while a rule with an audience is in force.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from loyalty.services.rules import RuleBook
from sales.services.drafts import ReceiptDraft

Finder = Callable[[Collection[int], Collection[int]], Iterable[tuple[int, int]]]
_finders: list[Finder] = []


def register(find: Finder) -> Finder:
    """Say who answers; the same one again changes nothing. Each answers for the audiences it knows, in one statement."""
    if find not in _finders:
        _finders.append(find)
    return find


def belonging(receipts: Iterable[ReceiptDraft], rules: RuleBook) -> dict[int, frozenset[int]]:
    """The audiences each member belongs to now, as far as a rule in force at the sales asks about them."""
    members = {receipt.member_id: receipt.sold_at for receipt in receipts if receipt.member_id}
    asked = rules.audiences_at(set(members.values())) if members else set()
    if not asked:
        return {}
    found: dict[int, set[int]] = defaultdict(set)
    for find in _finders:
        for member_id, audience in find(list(members), asked):
            found[member_id].add(audience)
    return {member_id: frozenset(some) for member_id, some in found.items()}
