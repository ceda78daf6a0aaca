"""The member's link to a solved case: signed, without a login, good for fourteen days from its sending."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import CaseLinkRefused
from callcenter.models import Case
from kit.errors import Busy

SALT: Final = "callcenter.case"
GOOD_FOR: Final = timedelta(days=14)
TRIES: Final = 60
MINUTE: Final = 60


def link_of(case: Case) -> str:
    """The path of the member's page; empty while nothing was sent."""
    if not case.link_nonce:
        return ""
    token = signing.Signer(salt=SALT).sign_object([case.pk, case.link_nonce])
    return reverse("callcenter_link:case_answer", args=[token])


def case_of_link(token: str, who: str) -> Case:
    """The case a link opens. Every wrong one is refused alike; too many tries have to wait."""
    key = f"case-link:{who}"
    cache.add(key, 0, MINUTE)
    if cache.incr(key) > TRIES:
        raise Busy(_("Too many tries; please wait a minute."))
    try:
        pk, nonce = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as exc:
        raise _refusal() from exc
    since = timezone.now() - GOOD_FOR
    related = ("store", "member", "counter")
    found = Case.objects.select_related(*related).filter(pk=pk, link_nonce=nonce, link_sent_at__gt=since)
    case = found.exclude(link_nonce="").first()
    if case is None:
        raise _refusal()
    return case


def _refusal() -> CaseLinkRefused:
    return CaseLinkRefused(_("This link is not valid any more. Please call us, we are glad to help."))
