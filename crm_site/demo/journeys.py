"""Journeys of the demo: the birthday and the welcome under way, one for those who fell asleep still a plan; the wordings
the store says again and again."""

from typing import Final

from campaigns.services.journey_running import run_journeys
from campaigns.services.journey_starters import make_starter
from campaigns.services.journeys import start_journey
from campaigns.services.wordings import write_wording
from staff.models import User

RUNNING: Final = (("birthday", "生日关怀", "Birthday care"), ("welcome", "新会员欢迎", "Welcome"))
PLANNED: Final = (("sleeping", "沉睡会员唤醒", "Waking the sleeping"),)
WORDINGS: Final = (
    ("会员日提醒", "sms", "{name|会员}您好，本周六会员日，全场双倍积分。", "Dear {name|member}, double points this Saturday."),
    ("新品到店", "email", "{name|会员}您好：\n\n当季新品已到店，期待您的光临。\n\n{unsubscribe}",
     "Dear {name|member},\n\nthe new season has arrived.\n\n{unsubscribe}"),
)  # fmt: skip


def build_journeys(people: dict[str, User]) -> None:
    """Members are on their way at once; their messages follow in the file of the demo."""
    marketer = people["marketer"]
    for trigger, name, name_en in (*RUNNING, *PLANNED):
        journey = make_starter(trigger=trigger, name=name, name_en=name_en, actor=marketer)
        if (trigger, name, name_en) in RUNNING:
            start_journey(journey_id=journey.pk, actor=marketer)
    run_journeys()
    for name, channel, body, body_en in WORDINGS:
        subject = {"subject": name, "subject_en": "New at the store"} if channel == "email" else {}
        write_wording(
            name=name, channel=channel, purpose="marketing", store=None, in_library=True,
            words={"body": body, "body_en": body_en, **subject}, actor=marketer,
        )  # fmt: skip
