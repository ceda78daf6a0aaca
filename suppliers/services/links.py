"""The supplier's link: a signed address without a login, good for one sending and for some days."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Busy
from suppliers.exceptions import LinkRefused
from suppliers.models import Settlement

SALT: Final = "suppliers.settlement"
GOOD_FOR: Final = timedelta(days=30)
TRIES: Final = 60
MINUTE: Final = 60


def link_of(settlement: Settlement) -> str:
    """The path of the page, the same in the text message and on the page; empty while nothing was sent."""
    if not settlement.link_nonce:
        return ""
    token = signing.Signer(salt=SALT).sign_object([settlement.pk, settlement.link_nonce], compress=True)
    return reverse("suppliers_link:answer", args=[token])


def settlement_of_link(token: str, who: str) -> Settlement:
    """The settlement a link opens. Every wrong one is refused alike; too many tries have to wait."""
    key = f"supplier-link:{who}"
    cache.add(key, 0, MINUTE)
    if cache.incr(key) > TRIES:
        raise Busy(_("Too many tries; please wait a minute."))
    try:
        pk, nonce = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError) as exc:
        raise _refusal() from exc
    related = ("contract", "party", "store")
    sent = Settlement.objects.select_related(*related).exclude(link_nonce="")
    found = sent.filter(pk=pk, link_nonce=nonce, sent_at__gte=timezone.now() - GOOD_FOR).first()
    if found is None:
        raise _refusal()
    return found


def _refusal() -> LinkRefused:
    return LinkRefused(_("This link is not valid any more. Please ask the store for a new one."))


def days_left(settlement: Settlement) -> int:
    """Days until the answer is due; negative when it is over."""
    return (settlement.answer_by_on - timezone.localdate()).days if settlement.answer_by_on else 0
