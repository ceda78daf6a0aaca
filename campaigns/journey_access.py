"""Whose journeys a person may see and change: the chain's for those whose scope it is, and those of the own stores."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.campaign_access import sees_all
from campaigns.models import Journey
from kit.errors import NotFound, PermissionRefused
from staff.access import require, stores_for
from staff.models import User

VIEW, CHANGE = "campaigns.view_journey", "campaigns.change_journey"


def journeys_for(user: User) -> QuerySet[Journey]:
    """Journeys of the whole chain (to read) and of the person's stores."""
    rows = Journey.objects.select_related("store", "segment", "current", "made_by")
    if sees_all(user):
        return rows
    return rows.filter(Q(store=None) | Q(store__in=stores_for(user)))


def journey_for(user: User, pk: int, permission: str = VIEW) -> Journey:
    """One journey. A journey of the chain is changed by those whose scope is the chain, and by who made it."""
    require(user, permission)
    journey = journeys_for(user).filter(pk=pk).first()
    if journey is None:
        raise NotFound(_("There is no such journey, or it is of a store outside your scope."))
    if permission == CHANGE and not may_change(user, journey):
        raise PermissionRefused(_("This journey is for the whole chain. Ask the office to change it."))
    return journey


def may_change(user: User, journey: Journey) -> bool:
    """Whether this person may change the journey."""
    if not user.has_perm(CHANGE):
        return False
    return journey.store_id is not None or sees_all(user) or journey.made_by_id == user.pk
