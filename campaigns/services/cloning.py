"""Do it again: last year's campaign as the plan of the next one."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction

from campaigns.models import Campaign
from campaigns.services.plan_rows import PlanRows, WorkRows
from campaigns.services.projects import COLUMNS, CampaignFacts, change_work, plan_campaign
from staff.audit import record
from staff.models import User

OFFER = (
    "name", "name_en", "kind", "times", "amount", "rate", "minimum_spend", "minimum_rank", "unit_cost", "brand",
    "is_funded", "expected",
)  # fmt: skip


@transaction.atomic
def clone_campaign(*, campaign_id: int, from_on: date | None = None, actor: User) -> Campaign:
    """Plan a campaign again, a year later or from a day on: who takes part, objective, shares, offers, budget, tasks with
    their distance to the first day, hours, resources. What it became and what it cost stays with the first; the page of
    the new one shows it beside the plan. Each call begins another plan."""
    first = Campaign.objects.get(pk=campaign_id)
    begins = from_on or a_year_later(first.from_on)
    shift = begins - first.from_on
    facts = CampaignFacts(
        **{name: getattr(first, name) for name in COLUMNS if name not in ("from_on", "until_on")},
        from_on=begins,
        until_on=first.until_on + shift,
        stores=first.stores.filter(is_active=True),
        counters=first.counters.filter(is_active=True, store__is_active=True),
        brands=first.brands.all(),
    )
    rows = PlanRows(
        shares=[{"brand": row.brand, "party": row.party, "percent": row.percent} for row in _shares(first)],
        offers=[{name: getattr(row, name) for name in OFFER} for row in first.offers.select_related("brand")],
        budget=[{"kind": row.kind, "what": row.what, "planned": row.planned} for row in first.budget.all()],
    )
    again = plan_campaign(facts=facts, rows=rows, actor=actor, copied_from=first)
    change_work(campaign_id=again.pk, rows=_work(first, shift, actor), actor=actor)
    record(actor, "campaigns.campaign_cloned", again, source=first.pk)
    return again


def a_year_later(day: date) -> date:
    """The same day next year; 29 February becomes the 28th."""
    return day + relativedelta(years=1)


def _shares(campaign: Campaign) -> list:
    return list(campaign.shares.select_related("brand", "party"))


def _work(first: Campaign, shift: timedelta, actor: User) -> WorkRows:
    """The work of the first; what somebody who has left did, falls to who plans it now."""
    tasks = [
        {"what": row.what, "person": row.person if row.person.is_active else actor, "due_on": row.due_on + shift}
        for row in first.tasks.select_related("person")
    ]
    hours = [
        {"what": row.what, "planned": row.actual or row.planned, "hourly_cost": row.hourly_cost}
        for row in first.hours.all()
    ]
    resources = [{"kind": row.kind, "what": row.what, "quantity": row.quantity} for row in first.resources.all()]
    return WorkRows(tasks=tasks, hours=hours, resources=resources)
