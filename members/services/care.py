"""Who looks after a member, from when until when."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError, NotFound
from members.locks import lock_member
from members.models import MemberCare
from staff.audit import record
from staff.models import User
from stores.models import Counter


@transaction.atomic
def assign_care(
    *,
    member_id: int,
    associate: User,
    actor: User | None,
    counter: Counter | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
) -> MemberCare:
    """Let an associate look after a member. While an assignment of the two is open a second call returns it."""
    member = lock_member(member_id)
    from_on = from_on or timezone.localdate()
    if until_on and until_on < from_on:
        raise DomainError(_("The last day lies before the first."), fields={"until_on": ""})
    open_care = MemberCare.objects.filter(
        member=member, associate=associate, counter=counter, until_on__isnull=True
    ).first()
    if open_care:
        return open_care
    care = MemberCare.objects.create(
        member=member, associate=associate, counter=counter, from_on=from_on, until_on=until_on, created_by=actor
    )
    record(actor, "members.care_assigned", member, store=member.home_store_id, associate=associate.pk, counter=counter)
    return care


@transaction.atomic
def end_care(*, care_id: int, actor: User | None, until_on: date | None = None) -> MemberCare:
    """End an assignment today, or on the day given. A second call keeps the first end."""
    member_id = MemberCare.objects.filter(pk=care_id).values_list("member_id", flat=True).first()
    if member_id is None:
        raise NotFound(_("There is no such assignment."))
    member = lock_member(member_id)
    care = MemberCare.objects.get(pk=care_id)
    if care.until_on is not None:
        return care
    care.until_on = max(until_on or timezone.localdate(), care.from_on)
    care.save(update_fields=["until_on"])
    record(actor, "members.care_ended", member, store=member.home_store_id, associate=care.associate_id)
    return care
