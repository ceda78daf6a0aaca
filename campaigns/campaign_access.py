"""Which campaigns, gifts and surveys a person may see and touch: those of the stores in their scope."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignTask, CostEntry, GiftHandout, Offer, Survey
from kit.errors import NotFound, PermissionRefused
from staff.access import require, stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Store

VIEW, CHANGE, HAND_OUT = "campaigns.view_campaign", "campaigns.change_campaign", "campaigns.hand_out_gift"
VIEW_SURVEY, CHANGE_SURVEY, TAKE_SURVEY = "campaigns.view_survey", "campaigns.change_survey", "campaigns.take_survey"


def sees_all(user: User) -> bool:
    """Whether a person's scope is the whole chain."""
    return user.all_stores or user.role == Role.ADMIN


def campaigns_for(user: User) -> QuerySet[Campaign]:
    """The campaigns in which a store in scope takes part."""
    rows = Campaign.objects.all()
    if sees_all(user):
        return rows
    places = Campaign.stores.through.objects.filter(campaign_id=OuterRef("pk"), store__in=stores_for(user))
    return rows.filter(Exists(places))


def campaign_for(user: User, pk: int, permission: str = VIEW) -> Campaign:
    """One campaign. To change it, all its stores lie in scope: nobody plans for a store that is not theirs."""
    require(user, permission)
    found = campaigns_for(user).select_related("owner", "segment", "copied_from").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such campaign, or none of your stores."))
    if permission == CHANGE and not may_change(user, found):
        raise PermissionRefused(_("Stores outside your scope take part. Ask the office to change it."))
    return found


def may_change(user: User, campaign: Campaign) -> bool:
    """Whether a person may change this campaign: the permission, and all its stores in scope."""
    if not user.has_perm(CHANGE):
        return False
    return sees_all(user) or {store.pk for store in campaign.stores.all()} <= set(
        stores_for(user).values_list("pk", flat=True)
    )


def task_for(user: User, pk: int) -> CampaignTask:
    """A task: one's own, or of a campaign one may change."""
    found = CampaignTask.objects.select_related("campaign").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such task."))
    if found.person_id != user.pk:
        campaign_for(user, found.campaign_id, CHANGE)
    return found


def tasks_of(user: User) -> QuerySet[CampaignTask]:
    """What a person still has to do for campaigns."""
    rows = CampaignTask.objects.filter(person=user, state=CampaignTask.State.OPEN)
    over = (Campaign.State.CANCELLED, Campaign.State.CLOSED)
    return rows.exclude(campaign__state__in=over).select_related("campaign")


def cost_for(user: User, pk: int, permission: str = VIEW) -> CostEntry:
    """An entered cost of a campaign in scope."""
    found = CostEntry.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such cost."))
    campaign_for(user, found.campaign_id, permission)
    return found


def gift_for(user: User, pk: int, permission: str = HAND_OUT) -> Offer:
    """A gift of a campaign in scope."""
    require(user, permission)
    rows = Offer.objects.filter(kind=Offer.Kind.GIFT, campaign__in=campaigns_for(user)).select_related("campaign")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such gift, or none of your stores."))
    return found


def handout_for(user: User, pk: int) -> GiftHandout:
    """A gift handed out in a store in scope."""
    require(user, HAND_OUT)
    rows = GiftHandout.objects.filter(store__in=stores_for(user)).select_related("offer", "campaign", "member")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such gift, or none of your stores."))
    return found


def handouts_for(user: User, campaign: Campaign) -> QuerySet[GiftHandout]:
    """The gifts of a campaign handed out in stores in scope."""
    rows = GiftHandout.objects.filter(campaign=campaign)
    return rows if sees_all(user) else rows.filter(store__in=stores_for(user))


def desk_stores(user: User, campaign: Campaign) -> QuerySet[Store]:
    """The stores in which a person may hand out a campaign's gifts."""
    return campaign.stores.filter(pk__in=stores_for(user).values("pk"), is_active=True).order_by("code")


def surveys_for(user: User) -> QuerySet[Survey]:
    """The surveys of the chain and of the stores in scope."""
    rows = Survey.objects.select_related("store", "campaign", "segment", "current")
    return rows if sees_all(user) else rows.filter(Q(store=None) | Q(store__in=stores_for(user)))


def survey_for(user: User, pk: int, permission: str = VIEW_SURVEY) -> Survey:
    """One survey. One of the whole chain is changed by the office, or by who made it."""
    require(user, permission)
    found = surveys_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such survey, or none of your stores."))
    if permission == CHANGE_SURVEY and not (sees_all(user) or found.store_id or found.made_by_id == user.pk):
        raise PermissionRefused(_("This survey is of the whole chain. Ask the office to change it."))
    return found
