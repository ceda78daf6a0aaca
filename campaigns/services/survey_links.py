"""The member's link to a survey: signed for one member, without a login, as long as the survey is open."""

from typing import Final

from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Survey
from kit.errors import Busy, NotFound
from members.models import Member

SALT: Final = "campaigns.survey"
TRIES: Final = 60
MINUTE: Final = 60


def link_of(survey_id: int, member_id: int) -> str:
    """The path at which this member answers this survey."""
    token = signing.Signer(salt=SALT).sign_object([survey_id, member_id])
    return reverse("survey_link:answer", args=[token])


def opened(token: str, who: str) -> tuple[Survey, Member]:
    """The survey and the member of a link. Every wrong one is refused alike; too many tries have to wait. A member who
    was merged answers as the one who lives on."""
    key = f"survey-link:{who}"
    cache.add(key, 0, MINUTE)
    if cache.incr(key) > TRIES:
        raise Busy(_("Too many tries; please wait a minute."))
    try:
        survey_id, member_id = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as exc:
        raise _refusal() from exc
    survey = Survey.objects.select_related("current", "store").filter(pk=survey_id).first()
    member = Member.objects.select_related("merged_into").filter(pk=member_id).first()
    if survey is None or member is None:
        raise _refusal()
    member = member.merged_into or member
    if member.is_erased:
        raise _refusal()
    return survey, member


def _refusal() -> NotFound:
    return NotFound(_("This link is not valid any more. Please call us, we are glad to help."))
