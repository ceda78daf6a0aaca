"""Warnings before a licence or certificate runs out: 60, 30, 7 and 0 days before its last day, each once.

After the last day nothing more is said: the state on the page, in the list and on the dashboard says it, and the
review of the standing acts. After a stop of the worker only the nearest milestone is told, the ones it passed over are
noted as passed.
"""

import logging
from datetime import date, timedelta
from typing import Final

from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from staff.models import User
from staff.roles import Role
from staff.services.notices import notify
from staff.services.outbox import enqueue
from suppliers.models import Licence, LicenceMilestone, Party, PartyContact
from suppliers.services.licences import settle_papers

logger = logging.getLogger(__name__)

MILESTONES: Final = (60, 30, 7, 0)
PURPOSE: Final = "licence"


def tell_milestones(*, on: date | None = None) -> int:
    """Tell every milestone that is due by a day and was not told. Returns how many were told; again: none."""
    on = on or timezone.localdate()
    begin_renewals(on=on)
    last = on + timedelta(days=max(MILESTONES))
    due = Licence.objects.filter(withdrawn_at=None, replaced_by=None, valid_to__range=(on, last))
    told = 0
    for licence_id in due.order_by("pk").values_list("pk", flat=True):
        try:
            told += _tell(licence_id, on)
        except DatabaseError:
            logger.exception("milestones of licence %s", licence_id)
    return told


def begin_renewals(*, on: date) -> None:
    """A renewed paper that began after a gap replaces the old one from its first day."""
    over = Licence.objects.filter(withdrawn_at=None, replaced_by=None, valid_to__lt=on)
    for group in over.values_list("party_id", "person_id", "type_id").distinct().order_by():
        with transaction.atomic():
            settle_papers(party_id=group[0], person_id=group[1], type_id=group[2], on=on)


@transaction.atomic
def _tell(licence_id: int, on: date) -> int:
    licence = (
        Licence.objects.select_for_update(no_key=True, of=("self",))
        .select_related("party__buyer", "person", "type")
        .get(pk=licence_id)
    )
    if licence.valid_to is None or licence.withdrawn_at or licence.replaced_by_id or licence.valid_to < on:
        return 0
    left = (licence.valid_to - on).days
    known = set(licence.milestones.filter(valid_to=licence.valid_to).values_list("days", flat=True))
    due = [days for days in MILESTONES if days >= left and days not in known]
    if not due:
        return 0
    nearest = min(due)
    is_news = nearest < min(known, default=max(MILESTONES) + 1)
    LicenceMilestone.objects.bulk_create(
        LicenceMilestone(licence=licence, valid_to=licence.valid_to, days=days, told=is_news and days == nearest)
        for days in due
    )
    if is_news:
        _send(licence, nearest, left)
    return int(is_news)


def _send(licence: Licence, days: int, left: int) -> None:
    key = f"licence:{licence.pk}:{licence.valid_to:%Y%m%d}:{days}"
    url = reverse("suppliers:party_detail", args=[licence.party_id])
    for user in buyers_of(licence.party):
        with translation.override(user.language):
            text = _sentence(licence, left)
            notify(users=[user], text=text, url=url)
            _mail(user.email, text, f"{key}:u{user.pk}")
            _sms(user.phone, text, f"{key}:u{user.pk}")
    main = PartyContact.objects.filter(party=licence.party, is_active=True, is_primary=True).first()
    if main is not None:
        with translation.override(User.Language.CHINESE):
            text = _sentence(licence, left)
            _mail(main.email, text, f"{key}:c{main.pk}")
            _sms(main.phone, text, f"{key}:c{main.pk}")


def buyers_of(party: Party) -> list[User]:
    """The buyer in charge; where there is none, the buyers and managers of the supplier's stores."""
    if party.buyer is not None and party.buyer.is_active:
        return [party.buyer]
    staff = User.objects.filter(role__in=[Role.BUYER, Role.MANAGER], is_active=True)
    stores = list(party.stores.values_list("pk", flat=True))
    return list((staff.filter(all_stores=True) | staff.filter(stores__in=stores)).distinct().order_by("pk"))


def _sentence(licence: Licence, left: int) -> str:
    values = {
        "supplier": licence.party.label,
        "type": licence.type.label,
        "who": licence.person.name if licence.person else "",
        "day": f"{licence.valid_to:%Y-%m-%d}",
        "left": left,
    }
    if licence.person:
        if left == 0:
            return _("%(supplier)s: %(type)s of %(who)s ends today (%(day)s).") % values
        return _("%(supplier)s: %(type)s of %(who)s ends on %(day)s, in %(left)s days.") % values
    if left == 0:
        return _("%(supplier)s: %(type)s ends today (%(day)s).") % values
    return _("%(supplier)s: %(type)s ends on %(day)s, in %(left)s days.") % values


def _mail(address: str, text: str, key: str) -> None:
    if address:
        enqueue(channel="email", to=address, subject=text[:200], body=text, purpose=PURPOSE, dedupe_key=f"{key}:email")


def _sms(phone: str, text: str, key: str) -> None:
    if phone:
        enqueue(channel="sms", to=phone, body=text, purpose=PURPOSE, dedupe_key=f"{key}:sms")
