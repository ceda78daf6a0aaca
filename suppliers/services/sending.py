"""The supplier's main contact gets the link to a settlement by text and e-mail, in Chinese."""

from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from kit import phones
from staff.models import Outbox, User
from staff.services.outbox import enqueue
from suppliers.models import PartyContact, Settlement
from suppliers.services.links import link_of

PURPOSE: Final = "settlement"


def send_link(settlement: Settlement) -> PartyContact | None:
    """Write the messages of one sending; a second call writes none. Returns who gets them; None when no contact is
    the main one."""
    main = PartyContact.objects.filter(party=settlement.party_id, is_active=True, is_primary=True).first()
    if main is None:
        return None
    key = _key(settlement)
    with translation.override(User.Language.CHINESE):
        text = _(
            "%(store)s: settlement %(number)s, payable %(payable)s yuan. Please confirm or dispute by %(day)s: %(link)s"
        ) % {
            "store": settlement.store.label,
            "number": settlement.number,
            "payable": f"{settlement.payable:,.2f}",
            "day": f"{settlement.answer_by_on:%Y-%m-%d}",
            "link": settings.BASE_URL + link_of(settlement),
        }
        subject = _("Settlement %(number)s") % {"number": settlement.number}
    if phones.is_mobile(main.phone):
        enqueue(channel="sms", to=main.phone, body=text, purpose=PURPOSE, dedupe_key=f"{key}:sms")
    if main.email:
        enqueue(channel="email", to=main.email, subject=subject, body=text, purpose=PURPOSE, dedupe_key=f"{key}:email")
    return main


def messages_of(settlement: Settlement) -> list[Outbox]:
    """The messages of the last sending: to whom the link went, and whether it has gone out."""
    if not settlement.link_nonce:
        return []
    keys = [f"{_key(settlement)}:{channel}" for channel in ("email", "sms")]
    return list(Outbox.objects.filter(dedupe_key__in=keys).order_by("channel"))


def _key(settlement: Settlement) -> str:
    return f"settlement:{settlement.pk}:{settlement.link_nonce}"
