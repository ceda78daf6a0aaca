"""A campaign from plan to close: planned, changed, submitted, begun, ended, closed with its lessons, called off."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.campaign_exceptions import CampaignRefused, CampaignState
from campaigns.campaign_locks import lock_campaign
from campaigns.models import (
    BudgetLine,
    Campaign,
    CampaignShare,
    CampaignTask,
    Offer,
    Resource,
    Segment,
    StaffHours,
)
from campaigns.services.issuing import nudge_issue
from campaigns.services.offers import end_offers, put_in_force
from campaigns.services.plan_rows import PlanRows, WorkRows, check_offers, check_shares, cleaned_offer, replace_rows
from campaigns.services.points_cost import count_points
from staff.audit import record
from staff.models import User
from stores.models import Brand, Counter, Store
from workflow.services.requests import submit

State = Campaign.State
COLUMNS = (
    "name", "name_en", "kind", "objective", "from_on", "until_on", "segment", "target_sales", "target_visits",
    "target_members", "target_response",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a campaign is: its objective in words and figures, its days, and who takes part."""

    name: str
    from_on: date
    until_on: date
    stores: Iterable[Store]
    kind: str = Campaign.Kind.MEMBER
    name_en: str = ""
    objective: str = ""
    segment: Segment | None = None
    counters: Iterable[Counter] = field(default_factory=tuple)
    brands: Iterable[Brand] = field(default_factory=tuple)
    target_sales: Decimal | None = None
    target_visits: int | None = None
    target_members: int | None = None
    target_response: Decimal | None = None


@transaction.atomic
def plan_campaign(
    *, facts: CampaignFacts, rows: PlanRows | None = None, actor: User, copied_from: Campaign | None = None
) -> Campaign:
    """Begin the plan of a campaign. Each call begins another one; nothing holds before it is approved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('campaigns_campaign_no')")
        number = f"HD{facts.from_on:%Y}-{cursor.fetchone()[0]:04d}"
    campaign = Campaign(number=number, owner=actor, copied_from=copied_from)
    _take(campaign, facts)
    campaign.save()
    _take_part(campaign, facts)
    _take_rows(campaign, rows or PlanRows())
    record(actor, "campaigns.campaign_planned", campaign, store=_only_store(campaign), number=number)
    return campaign


@transaction.atomic
def change_campaign(*, campaign_id: int, facts: CampaignFacts, rows: PlanRows, actor: User) -> Campaign:
    """Change the plan. Only while it is being planned: what is asked for approval or approved stays as it was asked."""
    campaign = _planned(campaign_id)
    _take(campaign, facts)
    campaign.save(update_fields=COLUMNS)
    _take_part(campaign, facts)
    _take_rows(campaign, rows)
    record(actor, "campaigns.campaign_changed", campaign, store=_only_store(campaign))
    return campaign


@transaction.atomic
def change_work(*, campaign_id: int, rows: WorkRows, actor: User) -> Campaign:
    """Change tasks, hours and resources: until the campaign is closed or called off. Tasks done stay done."""
    campaign = lock_campaign(campaign_id)
    if campaign.state in (State.CLOSED, State.CANCELLED):
        raise CampaignState(_("This campaign is closed."))
    replace_rows(campaign, CampaignTask.objects, rows.tasks)
    replace_rows(campaign, StaffHours.objects, rows.hours)
    replace_rows(campaign, Resource.objects, rows.resources)
    record(actor, "campaigns.work_changed", campaign, store=_only_store(campaign))
    return campaign


@transaction.atomic
def submit_campaign(*, campaign_id: int, actor: User, urgent: bool = False, comment: str = "") -> Campaign:
    """Ask for approval of plan, budget and offers. One that is asked for already refuses."""
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.state != State.DRAFT:
        raise CampaignState(_("Only a plan is submitted."))
    if campaign.until_on < timezone.localdate():
        raise CampaignRefused(_("Its days are over. Change them first."))
    if not campaign.budget.exists():
        raise CampaignRefused(_("Write down what it will cost: the budget is what is approved."))
    submit(subject=campaign, actor=actor, urgent=urgent, comment=comment)
    campaign = lock_campaign(campaign_id)
    if campaign.state == State.DRAFT:
        _move(campaign, State.WAITING)
    record(actor, "campaigns.campaign_submitted", campaign, store=_only_store(campaign))
    return campaign


@transaction.atomic
def approve_campaign(*, campaign_id: int, actor: User | None) -> Campaign:
    """Everybody has approved: the budget counts, the offers become rules of loyalty. A second call changes nothing."""
    campaign = lock_campaign(campaign_id)
    if campaign.state not in (State.DRAFT, State.WAITING):
        return campaign
    if campaign.until_on < timezone.localdate():
        raise CampaignRefused(_("Its days are over. Send it back for other days."))
    campaign.budget.update(approved=F("planned"))
    campaign.state, campaign.approved_at = State.APPROVED, timezone.now()
    campaign.save(update_fields=["state", "approved_at"])
    put_in_force(campaign, actor)
    record(actor, "campaigns.campaign_approved", campaign, store=_only_store(campaign))
    if campaign.from_on <= timezone.localdate():
        _begin(campaign, actor)
    return campaign


@transaction.atomic
def reopen_campaign(*, campaign_id: int, actor: User | None) -> Campaign:
    """Not approved: it is a plan again. One that is approved stays."""
    campaign = lock_campaign(campaign_id)
    if campaign.state == State.WAITING:
        _move(campaign, State.DRAFT)
        record(actor, "campaigns.campaign_reopened", campaign, store=_only_store(campaign))
    return campaign


@transaction.atomic
def begin_campaign(*, campaign_id: int, actor: User | None = None) -> Campaign:
    """Its first day has come: it runs, its coupons are given out. A second call changes nothing."""
    campaign = lock_campaign(campaign_id)
    if campaign.state == State.APPROVED and campaign.from_on <= timezone.localdate():
        _begin(campaign, actor)
    return campaign


def _begin(campaign: Campaign, actor: User | None) -> None:
    _move(campaign, State.RUNNING)
    record(actor, "campaigns.campaign_began", campaign, store=_only_store(campaign))
    nudge_issue(campaign.pk)


@transaction.atomic
def end_campaign(*, campaign_id: int, actor: User | None = None) -> Campaign:
    """It is over, by its last day or because somebody ends it early: its rules end, no more coupons are given, those in
    hand stay good until their day. A second call changes nothing."""
    campaign = lock_campaign(campaign_id)
    if campaign.state != State.RUNNING:
        if campaign.state in (State.ENDED, State.CLOSED):
            return campaign
        raise CampaignState(_("Only a running campaign is ended."))
    if actor is not None and campaign.until_on >= timezone.localdate():
        campaign.until_on = max(campaign.from_on, timezone.localdate())
        campaign.save(update_fields=["until_on"])
    end_offers(campaign, actor, cancel=False)
    _move(campaign, State.ENDED)
    record(actor, "campaigns.campaign_ended", campaign, store=_only_store(campaign))
    return campaign


@transaction.atomic
def close_campaign(*, campaign_id: int, lessons: str, rating: int, actor: User) -> Campaign:
    """Close what is over with its lessons and a rating from 1 to 5. A closed one refuses: the lessons are written."""
    campaign = lock_campaign(campaign_id)
    if campaign.state != State.ENDED:
        raise CampaignState(_("A campaign is closed once it is over."))
    if not lessons.strip():
        raise CampaignRefused(_("Write down what was learnt: next year begins with it."), fields={"lessons": True})
    count_points(campaign)
    campaign.lessons, campaign.rating = lessons.strip(), rating
    campaign.state, campaign.closed_at = State.CLOSED, timezone.now()
    campaign.save(update_fields=["lessons", "rating", "state", "closed_at"])
    record(actor, "campaigns.campaign_closed", campaign, store=_only_store(campaign), rating=rating)
    return campaign


@transaction.atomic
def cancel_campaign(*, campaign_id: int, reason: str, actor: User) -> Campaign:
    """Call a campaign off: its rules end now, coupons nobody has used are void. One in approval is withdrawn first; one
    that is over refuses. A second call changes nothing."""
    campaign = lock_campaign(campaign_id)
    if campaign.state == State.CANCELLED:
        return campaign
    if campaign.state == State.WAITING:
        raise CampaignState(_("It is in approval. Withdraw the request first."))
    if campaign.state not in (State.DRAFT, State.APPROVED, State.RUNNING):
        raise CampaignState(_("It is over; it cannot be called off any more."))
    end_offers(campaign, actor, cancel=True)
    campaign.state, campaign.why_cancelled = State.CANCELLED, reason
    campaign.save(update_fields=["state", "why_cancelled"])
    record(actor, "campaigns.campaign_cancelled", campaign, store=_only_store(campaign), reason=reason)
    return campaign


@transaction.atomic
def finish_task(*, task_id: int, actor: User) -> CampaignTask:
    """A task is done. A second call changes nothing."""
    task = CampaignTask.objects.select_for_update(no_key=True, of=("self",)).select_related("campaign").get(pk=task_id)
    if task.state == CampaignTask.State.OPEN:
        task.state, task.done_at, task.done_by = CampaignTask.State.DONE, timezone.now(), actor
        task.save(update_fields=["state", "done_at", "done_by"])
        record(actor, "campaigns.task_done", task, campaign=task.campaign_id)
    return task


def _planned(campaign_id: int) -> Campaign:
    campaign = lock_campaign(campaign_id)
    if campaign.state != State.DRAFT:
        raise CampaignState(_("Only a plan is changed; this campaign is: %(state)s.") % {
            "state": campaign.get_state_display()
        })  # fmt: skip
    return campaign


def _take(campaign: Campaign, facts: CampaignFacts) -> None:
    if facts.until_on < facts.from_on:
        raise CampaignRefused(_("The last day lies before the first."), fields={"until_on": True})
    for name in COLUMNS:
        setattr(campaign, name, getattr(facts, name))


def _take_part(campaign: Campaign, facts: CampaignFacts) -> None:
    stores, counters = list(facts.stores), list(facts.counters)
    if not stores:
        raise CampaignRefused(_("Choose at least one store."), fields={"stores": True})
    if any(one.store_id not in {store.pk for store in stores} for one in counters):
        raise CampaignRefused(_("All counters lie in the stores that take part."), fields={"counters": True})
    campaign.stores.set(stores)
    campaign.counters.set(counters)
    campaign.brands.set(facts.brands)


def _take_rows(campaign: Campaign, rows: PlanRows) -> None:
    check_shares(rows.shares)
    check_offers(campaign, rows.offers)
    # Two payers may swap their shares: the old rows go first.
    campaign.shares.all().delete()
    CampaignShare.objects.bulk_create(
        CampaignShare(campaign=campaign, **{name: value for name, value in row.items() if name != "id"})
        for row in rows.shares
    )
    replace_rows(campaign, Offer.objects, [cleaned_offer(row) for row in rows.offers])
    replace_rows(campaign, BudgetLine.objects, rows.budget)


def _move(campaign: Campaign, state: str) -> None:
    campaign.state = state
    campaign.save(update_fields=["state"])


def _only_store(campaign: Campaign) -> int | None:
    """The store of an audit line: that of a campaign of one store."""
    ids = list(campaign.stores.values_list("pk", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None
