"""Surveys on pages of others: what may be asked at the desk or on the phone, and in the member's own pages."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.campaign_access import TAKE_SURVEY
from campaigns.selectors.offers_now import Asked, Suggestion, register_source
from campaigns.selectors.surveys import surveys_to_answer
from kit import panels
from members.models import Member


@register_source("surveys")
def surveys_to_ask(asked: Asked) -> Iterator[Suggestion]:
    """Surveys the member has not answered, for who may ask them."""
    if not asked.user.has_perm(TAKE_SURVEY):
        return
    for one in surveys_to_answer(asked.member):
        url = reverse("campaigns:survey_take", args=[one.pk, asked.member.pk])
        yield Suggestion(70, one.label, _("Survey, not answered yet"), url=url, until=one.until_on, kind="survey")


@panels.register("me.main", name="surveys", order=5)
def own_surveys(request: HttpRequest, member: Member) -> str | None:
    """Surveys that wait for the member's answer."""
    surveys = surveys_to_answer(member)
    return render_to_string("campaigns/me_surveys.html", {"surveys": surveys}, request) if surveys else None
