"""One of everything the pages about campaigns may be about."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from campaigns.models import CampaignTask
from campaigns.services.cost_entries import enter_cost
from campaigns.services.gifts import deliver_gifts, hand_out_gift
from campaigns.services.surveys import QuestionFacts, SurveyFacts, make_survey, open_survey
from campaigns.tests.project_factories import GIFT, make_running
from members.models import Member
from staff.models import User
from stores.models import Store


def project_objects(person: User, store: Store, member: Member) -> dict[str, object]:
    """A running campaign of the person's store with a gift handed out, a cost and a task."""
    campaign = make_running(person, [store], [GIFT])
    gift = campaign.offers.get()
    deliver_gifts(offer_id=gift.pk, store_id=store.pk, quantity=2, actor=person)
    handout = hand_out_gift(offer_id=gift.pk, member_id=member.pk, store_id=store.pk, actor=person)
    cost = enter_cost(
        campaign_id=campaign.pk, kind="media", what="海报", amount=Decimal(10), paid_on=date(2026, 11, 20),
        document="1", actor=person,
    )  # fmt: skip
    task = CampaignTask.objects.create(campaign=campaign, what="订气球", person=person, due_on=campaign.from_on)
    survey = make_survey(
        facts=SurveyFacts(name="到店体验", store=store), questions=[QuestionFacts("scale", "满意吗？")], actor=person
    )
    survey = open_survey(survey_id=survey.pk, actor=person)
    return {
        "campaigns:survey_": survey, "campaigns:survey_take": (survey, member),
        "campaigns:campaign_": campaign, "campaigns:work_": campaign, "campaigns:gift_": gift,
        "campaigns:gift_list": campaign, "campaigns:handout_": handout, "campaigns:handout_list": campaign,
        "campaigns:cost_": cost, "campaigns:cost_list": campaign, "campaigns:cost_enter": campaign,
        "campaigns:task_": task, "campaigns:gift_hand_out": (gift, member),
    }  # fmt: skip


def project_address(name: str, objects: dict[str, object]) -> str | None:
    """The pages that need more than one number."""
    if name in ("campaigns:gift_hand_out", "campaigns:survey_take"):
        subject, member = objects[name]
        return reverse(name, args=[subject.pk, member.pk])
    if name == "survey_link:answer":
        return reverse(name, args=["no-such-link"])
    return reverse(name, args=[1]) if name == "me_surveys:answer" else None
