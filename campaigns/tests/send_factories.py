"""Sends for tests: members who may be written to, segments of them, wordings, a provider that keeps its own book."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import time
from itertools import count

from campaigns.models import ContentVersion, ProviderProfile, Segment, SegmentListEntry, SegmentMember, Send
from campaigns.providers import registry
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.services.contents import make_template, write_content
from campaigns.services.provider_profiles import provider_for
from campaigns.services.sends import make_send, start_send
from members.models import Member
from members.tests.factories import make_member
from stores.models import Chain

_numbers = count(1)


class Book:
    """A provider that takes everything, keeps its own book, and misbehaves as it is told."""

    is_repeatable = False

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.says: Callable[[Message], Verdict] = lambda _message: Verdict.ACCEPTED
        self.before: Callable[[Sequence[Message]], None] = lambda _messages: None
        self.knows: Callable[[Question], Verdict] = lambda _question: Verdict.UNKNOWN

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        self.before(messages)
        outcomes = [Outcome(self.says(one), one.key) for one in messages]
        self.taken += [
            one for one, out in zip(messages, outcomes, strict=True)
            if out.verdict in (Verdict.ACCEPTED, Verdict.DELIVERED, Verdict.UNKNOWN)
        ]  # fmt: skip
        return outcomes

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(self.knows(one)) for one in questions]

    @property
    def times(self) -> Counter[int]:
        return Counter(one.member_id for one in self.taken)


def open_always(**fields: object) -> ProviderProfile:
    """The provider of text messages, open at any hour; the chain has no quiet hours."""
    profile = provider_for("sms")
    values = {"window_from": time(0), "window_until": time(0), "signature": "海信广场", "rate": 100_000, **fields}
    ProviderProfile.objects.filter(pk=profile.pk).update(**values)
    Chain.objects.update_or_create(pk=1, defaults={"name": "海信广场", "settings": {"quiet_hours": None}})
    Chain.forget()
    profile.refresh_from_db()
    return profile


def keep_book(monkeypatch, profile: ProviderProfile) -> Book:
    """Let a book stand in for the provider."""
    book = Book()
    registry.forget_providers()
    monkeypatch.setattr("campaigns.services.pumping.open_provider", lambda _profile: book)
    monkeypatch.setattr("campaigns.services.reconciling.open_provider", lambda _profile: book)
    return book


def make_people(number: int, store=None, **fields: object) -> list[Member]:
    """Members who agreed to every channel."""
    agreed = {"allows_sms": True, "allows_email": True, "allows_phone": True, "allows_post": True}
    return [
        make_member(store=store, card=False, **{"email": f"m{next(_numbers)}@example.org", **agreed, **fields})
        for _n in range(number)
    ]


def make_audience(members: Sequence[Member], **fields: object) -> Segment:
    values = {"kind": Segment.Kind.LIST, **fields}
    segment = Segment.objects.create(name=f"客群 {next(_numbers)}", size=len(members), **values)
    SegmentListEntry.objects.bulk_create([SegmentListEntry(segment=segment, member=one) for one in members])
    SegmentMember.objects.bulk_create([SegmentMember(segment=segment, member=one) for one in members])
    return segment


def make_content(channel: str = "sms", body: str = "周末全场八折，欢迎光临", **fields: str) -> ContentVersion:
    template = make_template(name=f"模板 {next(_numbers)}", channel=channel, actor=None)
    subject = {"subject": "周末活动"} if channel == "email" else {}
    return write_content(template_id=template.pk, body=body, actor=None, **{**subject, **fields})


def make_sending(members: Sequence[Member], channel: str = "sms", **fields: object) -> Send:
    """A send that has been started and whose recipients are drawn up."""
    from campaigns.services.freezing import freeze_send

    content = fields.pop("content", None) or make_content(channel)
    send = make_send(
        name=f"群发 {next(_numbers)}", channel=channel, content=content, segment=make_audience(members), actor=None,
        **fields,
    )  # fmt: skip
    start_send(send_id=send.pk, actor=None)
    return freeze_send(send_id=send.pk)
