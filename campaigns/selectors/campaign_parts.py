"""The parts of campaigns in few statements: places and brands come as rows of one, the tables with money by themselves."""

from collections.abc import Iterable

from django.db.models import Exists, Model, OuterRef, Prefetch, QuerySet

from campaigns.models import (
    BudgetLine,
    Campaign,
    CampaignShare,
    CampaignTask,
    CostEntry,
    Offer,
    Resource,
    Send,
    StaffHours,
)
from campaigns.selectors.own_costs import read_together
from kit.together import revived, rows_of
from stores.models import Brand, Counter, Store

NAMES = ("name", "name_en")
PERSON = ("display_name", "username")


def loaded(campaigns: QuerySet[Campaign]) -> list[Campaign]:
    """Campaigns with everything their pages read, and whether anything was sent (`has_sent`), in at most six statements whatever their number."""
    shares = CampaignShare.objects.select_related("brand", "party").order_by("pk")
    offers = Offer.objects.select_related("brand").order_by("pk")
    rows = campaigns.select_related("owner", "segment", "copied_from").annotate(
        store_rows=rows_of(Store.objects.filter(pk__in=_through("stores", "store")).order_by("code")),
        counter_rows=rows_of(Counter.objects.filter(pk__in=_through("counters", "counter")), store=NAMES),
        brand_rows=rows_of(Brand.objects.filter(pk__in=_through("brands", "brand")).order_by("code")),
        task_rows=rows_of(CampaignTask.objects.filter(campaign=OuterRef("pk")).order_by("due_on", "pk"), person=PERSON),
        budget_rows=rows_of(BudgetLine.objects.filter(campaign=OuterRef("pk")).order_by("pk")),
        cost_rows=rows_of(CostEntry.objects.filter(campaign=OuterRef("pk")).order_by("paid_on", "pk")),
        has_sent=Exists(Send.objects.filter(campaign=OuterRef("pk"), started_at__isnull=False)),
        hour_rows=rows_of(StaffHours.objects.filter(campaign=OuterRef("pk")).order_by("pk")),
        resource_rows=rows_of(Resource.objects.filter(campaign=OuterRef("pk")).order_by("kind", "pk")),
    )
    found = list(rows.prefetch_related(Prefetch("shares", shares), Prefetch("offers", offers)))
    for one in found:
        _keep(one, "stores", revived(Store, one.store_rows))
        _keep(one, "counters", revived(Counter, one.counter_rows))
        _keep(one, "brands", revived(Brand, one.brand_rows))
        _keep(one, "tasks", revived(CampaignTask, one.task_rows))
        _keep(one, "budget", revived(BudgetLine, one.budget_rows))
        _keep(one, "costs", revived(CostEntry, one.cost_rows))
        _keep(one, "hours", revived(StaffHours, one.hour_rows))
        _keep(one, "resources", revived(Resource, one.resource_rows))
        for offer in one.offers.all():
            offer.campaign = one
    read_together(found)
    return found


def _through(field: str, target: str) -> QuerySet:
    places = getattr(Campaign, field).through.objects.filter(campaign_id=OuterRef(OuterRef("pk")))
    return places.values(f"{target}_id")


def _keep(campaign: Campaign, name: str, rows: Iterable[Model]) -> None:
    """What `prefetch_related` does with rows it has read: `.all()` then gives them without asking again."""
    kept = getattr(campaign, name).get_queryset()
    kept._result_cache, kept._prefetch_done = list(rows), True
    if not hasattr(campaign, "_prefetched_objects_cache"):
        campaign._prefetched_objects_cache = {}
    campaign._prefetched_objects_cache[name] = kept
