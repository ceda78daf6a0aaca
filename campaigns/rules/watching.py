"""Where it is seen that something happened to members: append-only tables, read from the last mark on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """`newest` gives the highest mark of the table, `members` (mark, member id) of what lies after `%(after)s`."""

    name: str
    newest: str
    members: str


_sources: dict[str, Source] = {}


def watch(name: str, table: str, members: str, *, mark: str = "id") -> None:
    """Have members found who changed: `members` is a SELECT of member ids over rows of `table` with `{mark}` greater
    than `%(after)s`. The table's marks only grow, as they are given out. The same name again replaces it."""
    _sources[name] = Source(name, f"SELECT coalesce(max({mark}), 0) FROM {table}", members)


def sources() -> list[Source]:
    """Everything that is watched."""
    return list(_sources.values())


watch(
    "sales.receipt",
    "sales_receipt",
    "SELECT member_id FROM sales_receipt WHERE id > %(after)s AND member_id IS NOT NULL",
)
watch("members.member", "members_member", "SELECT id FROM members_member WHERE id > %(after)s")
watch("members.consent", "members_consent", "SELECT member_id FROM members_consent WHERE id > %(after)s")
watch(
    "staff.audit",
    "staff_auditentry",
    "SELECT subject_id FROM staff_auditentry WHERE id > %(after)s AND subject_type = 'members.member'"
    " AND subject_id IS NOT NULL",
)
watch(
    "members.merge",
    "members_mergeoperation",
    "SELECT unnest(ARRAY[winner_id, loser_id]) FROM members_mergeoperation WHERE id > %(after)s",
)
watch(
    "loyalty.points",
    "loyalty_pointstxn",
    "SELECT c.member_id FROM loyalty_pointstxn t JOIN loyalty_account c ON c.id = t.account_id WHERE t.id > %(after)s",
)
watch(
    "loyalty.star",
    "loyalty_tierperiod",
    "SELECT c.member_id FROM loyalty_tierperiod t JOIN loyalty_account c ON c.id = t.account_id WHERE t.id > %(after)s",
)
watch("loyalty.coupon", "loyalty_coupon", "SELECT member_id FROM loyalty_coupon WHERE id > %(after)s")
# A merge taken back is told of the winner; the other one lives again too.
watch(
    "members.unmerge",
    "staff_auditentry",
    "SELECT (data->>'loser')::bigint FROM staff_auditentry WHERE id > %(after)s AND action = 'members.merge_undone'",
)
