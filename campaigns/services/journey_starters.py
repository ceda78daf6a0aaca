"""Journeys a store begins with: for each trigger the steps that usually do, to be reworded before they run."""

from typing import Final

from django.db import transaction

from campaigns.journeys.steps import Step
from campaigns.models import Journey, Segment
from campaigns.services.contents import make_template, write_content
from campaigns.services.journeys import add_step, make_journey
from staff.models import User
from stores.models import Store

TEN = 10
# For each trigger: a text (Chinese, English) and what is said at the desk, days shown.
TEXTS: Final = {
    "birthday": ("{name|顾客}，祝您生日快乐！本周到店有一份心意相送。", "Happy birthday, {name|friend}! A small gift waits for you this week."),
    "welcome": ("欢迎加入会员！首次消费即可累积积分。", "Welcome! Your first purchase already earns points."),
    "second_purchase": ("感谢您的首次光临，期待再次见到您。", "Thank you for your first visit; we hope to see you again."),
    "points_expiring": ("您有积分即将到期，请及时使用。", "Some of your points are about to expire."),
    "star_at_risk": ("您的星级即将到期，近期消费可保级。", "Your star ends soon; a purchase keeps it."),
    "sleeping": ("好久不见，店里有许多新品等您来看。", "It has been a while; there is much new to see."),
    "after_return": ("退货已办妥，如有不满意请告诉我们。", "Your return is settled; tell us if anything was wrong."),
    "after_complaint": ("感谢您的反馈，希望这次的处理让您满意。", "Thank you for telling us; we hope it is settled well."),
}  # fmt: skip
DESK: Final = {
    "birthday": ("祝会员生日快乐，赠送生日礼品。", "Wish a happy birthday and hand over the birthday gift.", 7),
    "welcome": ("新会员，介绍积分和本月活动。", "A new member: explain points and this month's campaigns.", 30),
    "second_purchase": ("只买过一次，推荐当季新品。", "Bought once only: show what is new this season.", 30),
    "points_expiring": ("有积分即将到期，提醒兑换。", "Points expire soon: remind them of the gifts.", 30),
    "star_at_risk": ("星级即将到期，说明保级条件。", "The star ends soon: say what keeps it.", 45),
    "sleeping": ("久未到店，热情欢迎。", "Has not been here for long: a warm welcome.", 60),
    "after_return": ("最近退过货，多问一句是否满意。", "Returned something lately: ask whether all is well.", 30),
    "after_complaint": ("最近有投诉，请多加关照。", "Complained lately: take good care.", 30),
}
# Where promotional texts are restricted (recall), a colleague calls whoever cannot be written to.
CALLS: Final = ("sleeping", "after_complaint", "star_at_risk")


@transaction.atomic
def make_starter(
    *, trigger: str, name: str, actor: User | None, name_en: str = "", store: Store | None = None, days: int | None = None,
    segment: Segment | None = None, holdout_share: int = 1000, rest_days: int = 30,
) -> Journey:  # fmt: skip
    """Make a journey with the steps that usually do: the text at ten in the morning, words at the desk, and a call where a
    text may not be sent. It does not run yet. Each call makes another."""
    journey = make_journey(
        name=name, trigger=trigger, actor=actor, name_en=name_en, store=store, days=days, segment=segment,
        holdout_share=holdout_share, rest_days=rest_days,
    )  # fmt: skip
    for step in _steps(journey, trigger, actor):
        add_step(journey_id=journey.pk, step=step, actor=actor)
    journey.refresh_from_db()
    return journey


def _steps(journey: Journey, trigger: str, actor: User | None) -> list[Step]:
    steps = []
    if trigger in DESK:
        words, words_en, days = DESK[trigger]
        steps.append(Step("", "desk", words=words, words_en=words_en, days=days))
    if trigger in TEXTS:
        body, body_en = TEXTS[trigger]
        template = make_template(name=journey.name, channel="sms", actor=actor, store=journey.store)
        content = write_content(template_id=template.pk, body=body, body_en=body_en, actor=actor)
        call = {"instead": "phone", "script": body, "script_en": body_en} if trigger in CALLS else {}
        steps += [Step("", "wait", hour=TEN), Step("", "message", channel="sms", content=content.pk, **call)]
    return steps
