"""Channels that end in the house: the service desk's call lists, letters to be printed, the members' own pages."""

from collections.abc import Sequence

from campaigns.models import ProviderProfile, Send
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.signals import phone_recipients_ready


class HouseProvider:
    """Accepts at once. Phone calls are announced to the floor above, which answers by putting them on a list."""

    is_repeatable = True

    def __init__(self, profile: ProviderProfile) -> None:
        self.channel = profile.channel

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        if self.channel == Send.Channel.PHONE and messages:
            phone_recipients_ready.send(
                sender=Send, send_id=messages[0].send_id, member_ids=[one.member_id for one in messages]
            )
        arrived = Verdict.DELIVERED if self.channel == Send.Channel.SITE else Verdict.ACCEPTED
        return [Outcome(arrived) for _one in messages]

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(Verdict.ABSENT) for _one in questions]
