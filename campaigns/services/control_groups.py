"""The control group of the chain: members who get no offers for some time, so that all offers together can be measured."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import ControlGroup
from campaigns.send_exceptions import SendRefused
from staff.audit import record
from staff.models import User
from stores.models import Chain

LARGEST = 2_000


@transaction.atomic
def begin_control_group(*, share: int, actor: User) -> ControlGroup:
    """Draw a control group of so many ten-thousandths of the members from today on; the one of before ends. The same
    share on the same day returns the group there is."""
    if not 1 <= share <= LARGEST:
        raise SendRefused(_("Between 0.01 and 20 per cent of the members."), fields={"percent": True})
    _lock()
    today = timezone.localdate()
    current = ControlGroup.objects.filter(until_on=None).first()
    if current is not None and current.share == share and current.from_on == today:
        return current
    if current is not None:
        _end(current)
    made = ControlGroup.objects.create(salt=secrets.randbits(62), share=share, from_on=today)
    record(actor, "campaigns.control_group_begun", made, share=share)
    return made


@transaction.atomic
def end_control_group(*, actor: User) -> ControlGroup | None:
    """End the control group: its members get offers again. A second call finds none."""
    _lock()
    current = ControlGroup.objects.filter(until_on=None).first()
    if current is not None:
        _end(current)
        record(actor, "campaigns.control_group_ended", current, share=current.share)
    return current


def _end(group: ControlGroup) -> None:
    """Its last day is yesterday; one that began today was never in force for a whole day."""
    group.until_on = max(timezone.localdate() - timedelta(days=1), group.from_on)
    group.save(update_fields=["until_on"])


def _lock() -> None:
    """One change at a time: the row of the chain stands for all of it."""
    Chain.objects.select_for_update(no_key=True).filter(pk=1).first()
