"""A send and its words from one form: the template, its wordings, the send."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, ContentVersion, MessageTemplate, Segment, SegmentMember, Send, SendRecipient
from campaigns.providers.protocol import Message
from campaigns.send_exceptions import SendRefused
from campaigns.services import addresses
from campaigns.services.contents import make_template, write_content
from campaigns.services.rendering import written
from campaigns.services.sends import ask_for_send, change_send, make_send
from staff.models import User
from stores.models import Store
from workflow.services.requests import submit

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed: the message in both languages, and a second wording to test against it."""

    subject: str = ""
    body: str = ""
    subject_en: str = ""
    body_en: str = ""
    body_b: str = ""
    provider_template: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything else about a send. `holdout` is in per cent."""

    name: str
    channel: str
    segment: Segment | None = None
    campaign: Campaign | None = None
    store: Store | None = None
    planned_at: datetime | None = None
    holdout: int = 0
    budget: Decimal | None = None
    defers_capped: bool = False


@transaction.atomic
def write_send(*, facts: Facts, words: Words, actor: User) -> Send:
    """Make a send with its words. Each call makes another."""
    template = make_template(name=facts.name, channel=facts.channel, store=facts.store, actor=actor)
    first, second = _contents(template, words, actor)
    send = make_send(
        name=facts.name, channel=facts.channel, content=first, content_b=second, segment=facts.segment,
        campaign=facts.campaign, store=facts.store, planned_at=facts.planned_at, holdout_share=facts.holdout * 100,
        budget=facts.budget, actor=actor,
    )  # fmt: skip
    if facts.defers_capped:
        Send.objects.filter(pk=send.pk).update(defers_capped=True)
    return send


@transaction.atomic
def rewrite_send(*, send_id: int, facts: Facts, words: Words, actor: User) -> Send:
    """Change a send that has not begun: other words become further wordings of its template."""
    send = Send.objects.select_related("content__template").get(pk=send_id)
    if facts.channel != send.channel:
        raise SendRefused(_("The channel stays; make another send."), fields={"channel": True})
    template = send.content.template if send.content else make_template(
        name=facts.name, channel=facts.channel, store=facts.store, actor=actor
    )  # fmt: skip
    first, second = _contents(template, words, actor)
    return change_send(
        send_id=send_id, actor=actor, name=facts.name, segment=facts.segment, campaign=facts.campaign,
        store=facts.store, planned_at=facts.planned_at, holdout_share=facts.holdout * 100, budget=facts.budget,
        defers_capped=facts.defers_capped, content=first, content_b=second,
    )  # fmt: skip


def _contents(
    template: MessageTemplate, words: Words, actor: User
) -> tuple[ContentVersion | None, ContentVersion | None]:
    if template.channel == Send.Channel.PHONE and not words.body:
        return None, None
    common = {"template_id": template.pk, "subject": words.subject, "subject_en": words.subject_en, "actor": actor,
              "provider_template": words.provider_template}  # fmt: skip
    first = write_content(body=words.body, body_en=words.body_en, **common)
    second = write_content(body=words.body_b, **common) if words.body_b.strip() else None
    return first, second


@transaction.atomic
def submit_send(*, send_id: int, actor: User) -> Send:
    """Ask for approval."""
    send = ask_for_send(send_id=send_id, actor=actor)
    submit(subject=send, actor=actor)
    return send


def previews_of(send: Send) -> list[Message]:
    """The messages as three members of the segment would get them: the first who may be written to."""
    if send.segment_id is None or send.content is None:
        return []
    some = list(
        SegmentMember.objects.filter(segment_id=send.segment_id, is_in=True).order_by("member_id")
        .values_list("member_id", flat=True)[:200]
    )  # fmt: skip
    agreed, _refusal = addresses.agreement(send.channel, marketing=send.purpose == "marketing")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH audience AS (SELECT unnest(%(ids)s::bigint[]) AS member_id)"
            f" SELECT reach.member_id, address FROM ({addresses.REACH[send.channel]}) AS reach"
            " JOIN members_member m ON m.id = reach.member_id"
            f" WHERE NOT is_bad AND {agreed} ORDER BY reach.member_id LIMIT %(most)s",
            {"ids": some, "most": SAMPLES, **addresses.enclosed(some)},
        )
        people = cursor.fetchall()
    arms = (SendRecipient.Arm.A, SendRecipient.Arm.B if send.content_b_id else SendRecipient.Arm.A, SendRecipient.Arm.A)
    return list(
        written(send, send.provider, [(pk, to or "", arm) for (pk, to), arm in zip(people, arms, strict=False)])
    )
