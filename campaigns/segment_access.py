"""Which segments and service packages a person may see and change."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Segment, ServicePackage
from kit.errors import NotFound
from staff.access import require, stores_for
from staff.models import User
from staff.roles import Role

VIEW, CHANGE, SQL = "campaigns.view_segment", "campaigns.change_segment", "campaigns.view_segment_sql"
OFFERS, HAND_OUT = "campaigns.view_offers", "campaigns.use_package"


def _here(user: User) -> Q:
    if user.all_stores or user.role == Role.ADMIN:
        return Q()
    return Q(store__isnull=True) | Q(store__in=stores_for(user).values("pk"))


def segments_for(user: User) -> QuerySet[Segment]:
    """Segments of the whole chain and of the person's stores."""
    require(user, VIEW)
    return Segment.objects.filter(_here(user)).select_related("store", "made_by", "current")


def segment_for(user: User, pk: int, permission: str = VIEW) -> Segment:
    """One segment this person may see, or with another permission change."""
    require(user, permission)
    segment = segments_for(user).filter(pk=pk).first()
    if segment is None:
        raise NotFound(_("There is no such segment, or it belongs to another store."))
    return segment


def packages_for(user: User) -> QuerySet[ServicePackage]:
    """Packages of the whole chain and of the person's stores."""
    return ServicePackage.objects.filter(_here(user)).select_related("store")


def package_for(user: User, pk: int, permission: str = VIEW) -> ServicePackage:
    """One package this person may see, or with another permission change or use."""
    require(user, permission)
    package = packages_for(user).filter(pk=pk).first()
    if package is None:
        raise NotFound(_("There is no such package, or it belongs to another store."))
    return package
