"""What the pages of campaigns show: one campaign with its figures, a month, what touches the same members, the years."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from campaigns.models import Campaign, Offer
from campaigns.selectors.budgets import Line, Paid, Totals, actual_costs, paid_by, totals_of
from campaigns.selectors.campaign_parts import loaded
from campaigns.selectors.effects import Reckoned, reckoned
from kit.money import ZERO, format_yuan, to_fen
from staff.models import AuditEntry

State = Campaign.State


@dataclass(frozen=True)
class Reached:
    """What the places that take part sold in a campaign's days so far, and who came new. Purchases are known only
    where whole stores take part (None: not told apart by counter)."""

    sales: Decimal
    receipts: int | None
    members: int


@dataclass(frozen=True)
class CampaignPage:
    """Everything the page of a campaign shows of its own."""

    campaign: Campaign
    reached: Reached
    lines: list[Line]
    totals: Totals
    payers: list[Paid]
    offers: list[Reckoned]
    before: "Before | None"

    @property
    def has_gifts(self) -> bool:
        """Whether anything of it is handed out at the desk."""
        return any(one.offer.kind == Offer.Kind.GIFT for one in self.offers)

    @property
    def spent_share(self) -> int:
        """Percent of the budget that is spent, for the bar."""
        whole = self.totals.approved or self.totals.planned
        return min(100, int(self.totals.actual / whole * 100)) if whole else 0


@dataclass(frozen=True)
class Before:
    """What the campaign this one was copied from came to."""

    campaign: Campaign
    reached: Reached
    totals: Totals
    actual: dict[str, Decimal]


STORES = """
SELECT coalesce(sum(sales_amount - return_amount), 0), coalesce(sum(receipts), 0) FROM sales_storehour
WHERE store_id = ANY(%(stores)s) AND sold_on BETWEEN %(first)s AND %(last)s"""
COUNTERS = """
SELECT coalesce(sum(sales_amount - return_amount), 0), NULL FROM sales_counterhour
WHERE store_id = ANY(%(stores)s) AND sold_on BETWEEN %(first)s AND %(last)s
  AND (counter_id = ANY(%(counters)s) OR brand_id = ANY(%(brands)s))"""


REACHED = """
SELECT %(pk)s, sold.*, (SELECT count(*) FROM members_member WHERE home_store_id = ANY(%(stores)s)
  AND enrolled_on BETWEEN %(first)s AND %(last)s) FROM ({sold}) AS sold (sales, receipts)"""


def reached(campaigns: Sequence[Campaign]) -> dict[int, Reached]:
    """By campaign: net sales of the stores (or of the counters and brands named), purchases of the stores, and members
    enrolled there, from the first day to the last or today. One statement."""
    found = {one.pk: Reached(ZERO, None, 0) for one in campaigns}
    with connection.cursor() as cursor:
        asked = [_asked(cursor, one) for one in campaigns if one.from_on <= timezone.localdate()]
        if asked:
            cursor.execute(" UNION ALL ".join(asked))
            found |= {pk: Reached(*sums) for pk, *sums in cursor.fetchall()}
    return found


def _asked(cursor: CursorWrapper, campaign: Campaign) -> str:
    counters = [counter.pk for counter in campaign.counters.all()]
    brands = [brand.pk for brand in campaign.brands.all()]
    given = {
        "pk": campaign.pk,
        "stores": [store.pk for store in campaign.stores.all()],
        "counters": counters,
        "brands": brands,
        "first": campaign.from_on,
        "last": min(campaign.until_on, timezone.localdate()),
    }
    return cursor.mogrify(REACHED.format(sold=COUNTERS if counters or brands else STORES), given).decode()


def campaign_page(campaign: Campaign) -> CampaignPage:
    """The page of one campaign."""
    wanted = [pk for pk in (campaign.pk, campaign.copied_from_id) if pk]
    found = {one.pk: one for one in loaded(Campaign.objects.filter(pk__in=wanted))}
    campaign = found[campaign.pk]
    sums = reached(list(found.values()))
    before = before_of(found.get(campaign.copied_from_id), sums)
    lines = actual_costs(campaign)
    if before:
        lines = [replace(line, before=before.actual.get(line.kind)) for line in lines]
    totals = totals_of(lines)
    return CampaignPage(
        campaign=campaign,
        reached=sums[campaign.pk],
        lines=lines,
        totals=totals,
        payers=paid_by(list(campaign.shares.all()), totals.actual or totals.approved or totals.planned),
        offers=reckoned(campaign),
        before=before,
    )


def before_of(first: Campaign | None, sums: Mapping[int, Reached]) -> Before | None:
    """What the campaign it was copied from came to; None for a first one."""
    if first is None:
        return None
    lines = actual_costs(first)
    return Before(first, sums[first.pk], totals_of(lines), {line.kind: line.actual for line in lines})


DEEDS = {
    "campaign_planned": lazy("Plan begun"), "campaign_changed": lazy("Plan changed"),
    "work_changed": lazy("Tasks and hours changed"), "campaign_submitted": lazy("Submitted for approval"),
    "campaign_approved": lazy("Approved"), "campaign_reopened": lazy("Back to the plan"), "campaign_began": lazy("Begun"),
    "campaign_ended": lazy("Ended"), "campaign_closed": lazy("Closed"), "campaign_cancelled": lazy("Called off"),
    "campaign_cloned": lazy("Plan taken over"), "gifts_in": lazy("Gifts delivered"), "gifts_away": lazy("Gifts sent away"),
    "gifts_count": lazy("Gifts counted anew"),
}  # fmt: skip


def audit_of(campaign: Campaign, limit: int = 12) -> list[AuditEntry]:
    """The newest audit lines of a campaign, each with its words as `label`."""
    rows = AuditEntry.objects.filter(subject_type="campaigns.campaign", subject_id=campaign.pk)
    found = list(rows.select_related("actor").order_by("-pk")[:limit])
    for entry in found:
        entry.label = DEEDS.get(entry.action.removeprefix("campaigns."), entry.action)
    return found


def work_of(campaign: Campaign) -> dict[str, list]:
    """Tasks, hours and resources of a campaign, as they were loaded with its page."""
    return {
        "tasks": list(campaign.tasks.all()),
        "hours": list(campaign.hours.all()),
        "resources": list(campaign.resources.all()),
    }


def month_asked(text: str, today: date) -> date:
    """The first day of the month an address names, or of this one."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return today.replace(day=1)


@dataclass(frozen=True)
class Bar:
    """A campaign within one week of the calendar: where it begins and how many days it covers."""

    campaign: Campaign
    column: int
    days: int
    begins: bool
    ends: bool


def calendar_of(campaigns: QuerySet[Campaign], month: date) -> dict[str, object]:
    """A month in weeks, each with the bars of its campaigns."""
    after = (month + timedelta(days=32)).replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    start = month - timedelta(days=month.weekday())
    end = after - timedelta(days=1)
    end += timedelta(days=6 - end.weekday())
    rows = campaigns.exclude(state=State.CANCELLED).filter(from_on__lte=end, until_on__gte=start)
    found = list(rows.order_by("from_on", "pk")[:200])
    weeks = []
    while start <= end:
        last = start + timedelta(days=6)
        bars = [
            Bar(one, (max(one.from_on, start) - start).days + 1, (min(one.until_on, last) - max(one.from_on, start)).days + 1,
                one.from_on >= start, one.until_on <= last)
            for one in found
            if one.from_on <= last and one.until_on >= start
        ]  # fmt: skip
        weeks.append(([start + timedelta(days=n) for n in range(7)], bars))
        start = last + timedelta(days=1)
    return {"month": month, "weeks": weeks, "before": f"{before:%Y-%m}", "after": f"{after:%Y-%m}", "found": found}


@dataclass
class YearOf:
    """A campaign in the comparison of its kind."""

    campaign: Campaign
    reached: Reached
    totals: Totals

    @property
    def cost_per_hundred(self) -> Decimal | None:
        """Yuan of cost per hundred yuan of sales; None where nothing was sold."""
        return to_fen(self.totals.actual / self.reached.sales * 100) if self.reached.sales else None


def compared(campaigns: QuerySet[Campaign], limit: int = 12) -> list[YearOf]:
    """Campaigns beside each other, the newest first: what they reached and cost."""
    newest = list(campaigns.order_by("-from_on", "-pk").values_list("pk", flat=True)[:limit])
    found = sorted(loaded(Campaign.objects.filter(pk__in=newest)), key=lambda one: newest.index(one.pk))
    sums = reached(found)
    return [YearOf(one, sums[one.pk], totals_of(actual_costs(one))) for one in found]


def chart_of(years: list[YearOf]) -> dict[str, object]:
    """Sales against cost, the oldest first, for the drawing."""
    rows = years[::-1]
    return {
        "labels": [f"{one.campaign.from_on:%Y} {one.campaign.label}" for one in rows],
        "now": [str(one.reached.sales) for one in rows],
        "before": [str(one.totals.actual) for one in rows],
        "nowName": _("Sales"), "beforeName": _("Cost"), "unit": _("10,000 yuan"), "unitSize": 10_000,
    }  # fmt: skip


def summary_of(years: list[YearOf]) -> str:
    """The comparison in a sentence."""
    rated = [one for one in years if one.cost_per_hundred is not None and one.totals.actual]
    if len(rated) < 2:
        return _("There is nothing to compare yet.")
    best = min(rated, key=lambda one: one.cost_per_hundred)
    worst = max(rated, key=lambda one: one.cost_per_hundred)
    said = _("%(best)s cost least per ¥100 of sales (%(low)s), %(worst)s most (%(high)s).")
    return said % {
        "best": f"{best.campaign.label} {best.campaign.from_on:%Y}", "low": format_yuan(best.cost_per_hundred),
        "worst": f"{worst.campaign.label} {worst.campaign.from_on:%Y}", "high": format_yuan(worst.cost_per_hundred),
    }  # fmt: skip


def families(campaigns: QuerySet[Campaign]) -> list[Campaign]:
    """One campaign of each line of copies: the newest of those that are done again year after year."""
    copied = set(campaigns.exclude(copied_from=None).values_list("copied_from_id", flat=True))
    return list(campaigns.exclude(pk__in=copied).exclude(copied_from=None).order_by("-from_on")[:30])


def family_of(campaign: Campaign) -> list[int]:
    """The numbers of a campaign and all it was copied from."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE back AS (SELECT id, copied_from_id FROM campaigns_campaign WHERE id = %s UNION"
            " SELECT c.id, c.copied_from_id FROM campaigns_campaign c JOIN back ON c.id = back.copied_from_id)"
            " SELECT id FROM back",
            [campaign.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def budget_sums(campaigns: list[Campaign]) -> list[Campaign]:
    """Dress the rows of a list with their budget, one query for all."""
    sums: dict[int, dict] = defaultdict(dict)
    rows = Campaign.objects.filter(pk__in=[one.pk for one in campaigns]).values_list("pk")
    for pk, planned, approved in rows.annotate(Sum("budget__planned"), Sum("budget__approved")):
        sums[pk] = {"planned": planned, "approved": approved}
    for one in campaigns:
        one.budget_sum = sums[one.pk].get("approved") or sums[one.pk].get("planned") or ZERO
    return campaigns


HEAD = (
    "name", "name_en", "kind", "segment", "from_on", "until_on", "objective", "target_sales", "target_visits",
    "target_members", "target_response",
)  # fmt: skip


def head_of(campaign: Campaign) -> dict[str, object]:
    """The head of a plan as its form begins."""
    found: dict[str, object] = {name: getattr(campaign, name) for name in HEAD}
    return found | {name: list(getattr(campaign, name).all()) for name in ("stores", "counters", "brands")}


def plan_of(campaign: Campaign) -> dict[str, list[dict[str, object]]]:
    """The rows of a plan as their forms begin."""
    offer = (
        "id", "kind", "name", "name_en", "times", "amount", "rate", "minimum_spend", "minimum_rank", "unit_cost",
        "brand", "is_funded", "expected",
    )  # fmt: skip
    return {
        "offers": list(campaign.offers.values(*offer)),
        "budget": list(campaign.budget.values("id", "kind", "what", "planned")),
        "shares": list(campaign.shares.order_by("pk").values("id", "brand", "party", "percent")),
    }


def work_rows_of(campaign: Campaign) -> dict[str, list[dict[str, object]]]:
    """Tasks, hours and resources as their forms begin."""
    return {
        "tasks": list(campaign.tasks.values("id", "what", "person", "due_on")),
        "hours": list(campaign.hours.values("id", "what", "planned", "actual", "hourly_cost")),
        "resources": list(campaign.resources.values("id", "kind", "what", "quantity", "is_ready")),
    }
