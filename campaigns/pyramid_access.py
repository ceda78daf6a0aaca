"""Whose pyramids a person may look at."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Pyramid
from kit.errors import NotFound
from staff.access import stores_for
from staff.models import User
from staff.roles import Role


def pyramids_for(user: User) -> QuerySet[Pyramid]:
    """The chain's pictures and those of the person's stores, newest first."""
    pictures = Pyramid.objects.select_related("store", "scheme")
    if user.all_stores or user.role == Role.ADMIN:
        return pictures
    return pictures.filter(Q(store=None) | Q(store__in=stores_for(user)))


def pyramid_for(user: User, pk: int) -> Pyramid:
    """One picture a person may look at."""
    picture = pyramids_for(user).filter(pk=pk).first()
    if picture is None:
        raise NotFound(_("There is no such picture of the pyramid, or it is of a store outside your scope."))
    return picture
