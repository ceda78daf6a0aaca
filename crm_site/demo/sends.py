"""Two sends that are over, with a holdout, openings and clicks, and one that is planned."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from campaigns.models import Segment, Send, SendRecipient, TrackedLink
from campaigns.services.freezing import make_partition
from campaigns.services.links import store_links
from campaigns.services.provider_profiles import install_providers
from campaigns.services.send_writing import Facts, Words, write_send
from campaigns.services.sends import plan_send
from campaigns.services.tallying import tally_send
from kit.partitions import ensure_months
from members.models import Member
from staff.models import User

SITE: Final = "https://example.com/autumn"


def build_sends(people: dict[str, User]) -> None:
    """What the marketer sent and is about to send. Nothing of it leaves the house."""
    install_providers()
    marketer = people["marketer"]
    segment = Segment.objects.filter(state="active", size__gt=0).order_by("-size", "pk").first()
    if segment is None:
        return
    rng = random.Random(20)  # noqa: S311 - the fixed seed is the point
    mail = write_send(
        facts=Facts("秋季新品预览", "email", segment, holdout=10),
        words=Words("{name|会员}，秋季新品到店", f"{{name|会员}}您好：\n\n秋季新品已到店，欢迎先睹为快。\n\n{SITE}\n\n{{unsubscribe}}",
                    "New for autumn", f"Dear {{name|member}},\n\ncome and see what is new.\n\n{SITE}\n\n{{unsubscribe}}",
                    f"{{name|会员}}您好：\n\n带上会员卡，秋装双倍积分。\n\n{SITE}\n\n{{unsubscribe}}"),
        actor=marketer,
    )  # fmt: skip
    text = write_send(
        facts=Facts("会员日短信", "sms", segment, holdout=10),
        words=Words(body="{name|会员}您好，本周六会员日全场八折", body_en="Dear {name|member}, 20% off this Saturday"),
        actor=marketer,
    )  # fmt: skip
    now = timezone.now()
    for send, days in ((mail, 24), (text, 10)):
        _past(send, now - timedelta(days=days), rng)
    _answers(mail, rng)
    next_one = write_send(
        facts=Facts("圣诞预告", "sms", segment, holdout=10),
        words=Words(body="{name|会员}您好，圣诞好礼即将上架", body_en="Dear {name|member}, Christmas gifts are coming"),
        actor=marketer,
    )  # fmt: skip
    later = timezone.localtime(now + timedelta(days=6)).replace(hour=10, minute=0, second=0, microsecond=0)
    Send.objects.filter(pk=next_one.pk).update(budget=500)
    plan_send(send_id=next_one.pk, planned_at=later, actor=marketer)


def _past(send: Send, at: datetime, rng: random.Random) -> None:
    """The rows of a send as its run would have left them."""
    make_partition(send.pk)
    reach = "email" if send.channel == Send.Channel.EMAIL else "sms"
    members = Member.objects.filter(
        pk__in=_members_of(send), merged_into=None, erased_at=None, status=Member.Status.ACTIVE
    ).order_by("pk")  # fmt: skip
    rows = []
    for member in members:
        allowed = member.allows_email and member.email if reach == "email" else member.allows_sms
        if not allowed:
            row = {"arm": 0, "state": 0, "reason": "no_consent"}
        elif rng.random() < 0.1:
            row = {"arm": 1, "state": 1}
        else:
            arm = 3 if send.content_b_id and rng.random() < 0.5 else 2
            row = {"arm": arm, "state": 6 if rng.random() < 0.96 else 5, "attempt_id": 0, "parts": 1, "tries": 1}
            row |= {"accepted_at": at, "delivered_at": at + timedelta(seconds=40) if row["state"] == 6 else None}
        rows.append(SendRecipient(send=send, member=member, changed_at=at, **row))
    SendRecipient.objects.bulk_create(rows, batch_size=2_000)
    sent = sum(1 for row in rows if row.state >= 5)
    Send.objects.filter(pk=send.pk).update(
        state=Send.State.DONE, frozen_at=at, started_at=at, finished_at=at + timedelta(minutes=4), made_at=at,
        accepted_count=sent, taken_count=sent, spent=send.unit_price * sent,
    )  # fmt: skip
    store_links(send)
    tally_send(send.pk)


def _members_of(send: Send) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id FROM campaigns_segmentmember WHERE segment_id = %s AND is_in", [send.segment_id]
        )
        return [row[0] for row in cursor.fetchall()]


def _answers(send: Send, rng: random.Random) -> None:
    """Some open, fewer click, and machines look at everything at once."""
    link = TrackedLink.objects.filter(send=send, is_trap=False).order_by("number").first()
    rows = SendRecipient.objects.filter(send_id=send.pk, state=SendRecipient.State.DELIVERED).order_by("member_id")
    events = []
    for row in rows:
        draw, at = rng.random(), row.delivered_at + timedelta(minutes=rng.randrange(3, 2_000))
        if draw < 0.06:
            events.append(
                (row.delivered_at + timedelta(seconds=1), row.member_id, 2, link.number, 100, "scanner at_once")
            )
        elif draw < 0.4:
            events.append((at, row.member_id, 1, 0, 0, ""))
            if draw < (0.2 if row.arm == SendRecipient.Arm.B else 0.12):
                events.append((at + timedelta(seconds=30), row.member_id, 2, link.number, 0, ""))
    ensure_months(["campaigns_trackevent"], [timezone.localdate(one[0]) for one in events])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO campaigns_trackevent (at, send_id, member_id, kind, link_no, suspicion, signals)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(at, send.pk, *rest) for at, *rest in events],
        )
