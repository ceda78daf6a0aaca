"""What a journey begins with. Each trigger finds, set-wise, the members to whom it happens about now.

    register(Trigger("after_return", label=_("After a return"), days=0, hint=_("…"),
        due="SELECT r.member_id, r.id::text AS round FROM sales_receipt r WHERE …"))

`due` is one SELECT of `member_id` and `round` (a text that names the occasion: nobody enters twice for the same one).
Parameters: %(today)s, %(days)s (what the journey says, or the trigger's default), %(since)s (two days ago, a date: what the
clock missed is found again).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy


@dataclass(frozen=True)
class Trigger:
    """One thing that can happen; `days` is the default, None where there is nothing to say; `days_label` says %(n)s of
    them."""

    key: str
    label: str | Promise
    due: str
    days: int | None = None
    days_label: str | Promise = ""
    hint: str | Promise = ""


_triggers: dict[str, Trigger] = {}


def register(trigger: Trigger) -> Trigger:
    """Offer a trigger; the same key again replaces it."""
    _triggers[trigger.key] = trigger
    return trigger


def triggers() -> dict[str, Trigger]:
    """Every trigger by key."""
    return dict(_triggers)


def trigger_of(key: str) -> Trigger | None:
    return _triggers.get(key)


register(
    Trigger(
        "birthday",
        label=pgettext_lazy("trigger", "Birthday"),
        due="SELECT id AS member_id, extract(year FROM next_birthday_on)::text AS round FROM members_member"
        " WHERE next_birthday_on = %(today)s::date + %(days)s",
        days=1,
        days_label=ngettext_lazy("%(n)s day ahead", "%(n)s days ahead", "n"),
        hint=_("Solar or lunar, as the member said."),
    )
)
register(
    Trigger(
        "welcome",
        label=pgettext_lazy("trigger", "New member"),
        due="SELECT id AS member_id, 'once' AS round FROM members_member WHERE enrolled_on BETWEEN %(since)s AND %(today)s"
        " AND source <> 'import'",
        hint=_("Everybody who enrolled, but for imports."),
    )
)
register(
    Trigger(
        "second_purchase",
        label=pgettext_lazy("trigger", "Bought once only"),
        due="SELECT member_id, 'once' AS round FROM sales_memberstat WHERE receipts_life = 1"
        " AND last_bought_on BETWEEN %(since)s::date - %(days)s AND %(today)s::date - %(days)s",
        days=30,
        days_label=ngettext_lazy("%(n)s day after the first purchase", "%(n)s days after the first purchase", "n"),
    )
)
register(
    Trigger(
        "points_expiring",
        label=pgettext_lazy("trigger", "Points about to expire"),
        due="SELECT a.member_id, to_char(min(l.expires_at) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS round"
        " FROM loyalty_pointslot l JOIN loyalty_account a ON a.id = l.account_id WHERE l.remaining > 0"
        " AND l.expires_at >= %(today)s::date AND l.expires_at < (%(today)s::date + %(days)s + 1) GROUP BY a.member_id",
        days=30,
        days_label=ngettext_lazy("%(n)s day ahead", "%(n)s days ahead", "n"),
    )
)
register(
    Trigger(
        "star_at_risk",
        label=pgettext_lazy("trigger", "About to lose a star"),
        due="SELECT member_id, tier_until_on::text AS round FROM loyalty_account WHERE tier_rank > 0"
        " AND tier_until_on BETWEEN %(today)s AND %(today)s::date + %(days)s",
        days=45,
        days_label=ngettext_lazy("%(n)s day ahead", "%(n)s days ahead", "n"),
    )
)
register(
    Trigger(
        "sleeping",
        label=pgettext_lazy("trigger", "Sleeping customer"),
        due="SELECT member_id, last_bought_on::text AS round FROM sales_memberstat"
        " WHERE last_bought_on BETWEEN %(since)s::date - %(days)s AND %(today)s::date - %(days)s",
        days=180,
        days_label=ngettext_lazy("%(n)s day without a purchase", "%(n)s days without a purchase", "n"),
    )
)
register(
    Trigger(
        "after_return",
        label=pgettext_lazy("trigger", "After a return"),
        due="SELECT member_id, id::text AS round FROM sales_receipt WHERE kind = 'return' AND NOT is_reversed"
        " AND member_id IS NOT NULL AND sold_on BETWEEN %(since)s::date - %(days)s AND %(today)s::date - %(days)s",
        days=1,
        days_label=ngettext_lazy("%(n)s day after the return", "%(n)s days after the return", "n"),
    )
)
register(
    Trigger(
        "segment_entered",
        label=pgettext_lazy("trigger", "Entered the segment"),
        due="SELECT member_id, to_char(since AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') AS round FROM campaigns_segmentmember"
        " WHERE segment_id = %(segment)s AND is_in AND since >= %(since)s",
        hint=_("Choose the segment below."),
    )
)
