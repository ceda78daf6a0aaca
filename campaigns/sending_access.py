"""Who sees and changes what sends rest on: wordings, suppressed addresses, the control group.

What holds for the whole chain is changed by those whose scope is the chain.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.campaign_access import sees_all
from campaigns.models import ControlGroup, MessageTemplate, Suppression
from kit.errors import NotFound, PermissionRefused
from staff.access import require, stores_for
from staff.models import User

VIEW_WORDING, CHANGE_WORDING = "campaigns.view_send", "campaigns.change_send"
# Service messages pass by consent and caps: not everybody who writes offers writes them.
WRITE_SERVICE = "campaigns.write_service_message"
VIEW_SUPPRESSION, CHANGE_SUPPRESSION = "campaigns.view_suppression", "campaigns.change_suppression"
VIEW_CONTROL, MANAGE_CONTROL = "campaigns.view_result", "campaigns.manage_control_group"


def may_manage(user: User, permission: str) -> bool:
    """Whether a person may change something of the whole chain."""
    return user.has_perm(permission) and sees_all(user)


def wordings_for(user: User) -> QuerySet[MessageTemplate]:
    """Wordings of the chain and of the own stores, and one's own."""
    require(user, VIEW_WORDING)
    rows = MessageTemplate.objects.select_related("store", "made_by")
    if sees_all(user):
        return rows
    return rows.filter(Q(store=None) | Q(store__in=stores_for(user).values("pk")) | Q(made_by=user))


def wording_for(user: User, pk: int, permission: str = VIEW_WORDING) -> MessageTemplate:
    """One wording. That of the chain is changed by whoever made it, and by those whose scope is the chain."""
    require(user, permission)
    found = wordings_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such wording, or it belongs to another store."))
    if permission == CHANGE_WORDING and not may_change_wording(user, found):
        raise PermissionRefused(_("This wording is used by the whole chain. Ask the office to change it."))
    return found


def may_change_wording(user: User, template: MessageTemplate) -> bool:
    if not user.has_perm(CHANGE_WORDING) or (template.purpose == "service" and not user.has_perm(WRITE_SERVICE)):
        return False
    return sees_all(user) or template.store_id is not None or template.made_by_id == user.pk


def suppressions_for(user: User) -> QuerySet[Suppression]:
    require(user, VIEW_SUPPRESSION)
    return Suppression.objects.all()


def suppression_for(user: User, pk: int) -> Suppression:
    """A suppressed address to be written to again: for those whose scope is the chain."""
    require(user, CHANGE_SUPPRESSION)
    _require_chain(user)
    found = suppressions_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("This address is not suppressed any more."))
    return found


def control_groups_for(user: User) -> QuerySet[ControlGroup]:
    require(user, VIEW_CONTROL)
    return ControlGroup.objects.order_by("-from_on", "-pk")


def require_control(user: User) -> None:
    require(user, MANAGE_CONTROL)
    _require_chain(user)


def _require_chain(user: User) -> None:
    if not sees_all(user):
        raise PermissionRefused(_("This holds for the whole chain. Ask the office to change it."))
