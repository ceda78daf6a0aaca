"""What the pages of wordings, suppressed addresses and the control group show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from campaigns.models import ContentVersion, ControlGroup, MessageTemplate, Send
from kit.remembered import Remembered
from members.models import Member

MOST_SENDS = 10


@dataclass(frozen=True, slots=True)
class WordingRow:
    """A wording in the library: its newest version and how many sends say it."""

    template: MessageTemplate
    newest: ContentVersion | None
    sends: int


def with_newest(templates: Sequence[MessageTemplate]) -> list[WordingRow]:
    """Templates with their newest version and their sends, in two queries."""
    ids = [one.pk for one in templates]
    newest = {
        one.template_id: one
        for one in ContentVersion.objects.filter(template__in=ids).order_by("template", "-number").distinct("template")
    }
    counts = dict(
        Send.objects.filter(content__template__in=ids).values_list("content__template").annotate(n=Count("pk"))
    )
    return [WordingRow(one, newest.get(one.pk), counts.get(one.pk, 0)) for one in templates]


def versions_of(template: MessageTemplate) -> list[ContentVersion]:
    return list(template.versions.select_related("made_by").order_by("-number")[:20])


def sends_with(template: MessageTemplate, sends: QuerySet[Send]) -> list[Send]:
    """Of these sends the newest that say a wording of the template."""
    said = Q(content__template=template) | Q(content_b__template=template)
    return list(sends.filter(said).order_by("-made_at")[:MOST_SENDS])


class Draw(Func):
    """The number between 0 and 9,999 drawn for a member and a salt, as the recipients of sends are drawn by."""

    template = "mod(hashint8extended(%(expressions)s) & 9223372036854775807, 10000)"
    output_field = BigIntegerField()


def members_drawn(group: ControlGroup, members: QuerySet[Member]) -> QuerySet[Member]:
    """Of these members those the group was drawn to hold."""
    salt = Cast(Value(group.salt), BigIntegerField())
    return members.annotate(draw=Draw(F("pk"), salt)).filter(draw__lt=group.share)


def is_drawn(group: ControlGroup, member_id: int) -> bool:
    return members_drawn(group, Member.objects.filter(pk=member_id)).exists()


# Members who live; a minute more or less does not matter here.
living: Remembered[int] = Remembered(
    lambda: Member.objects.filter(merged_into=None, erased_at=None).exclude(status=Member.Status.CLOSED).count()
)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A control group: its days, and how many members it holds of those who live today, about."""

    group: ControlGroup
    members: int
    since: date


def group_rows(groups: Sequence[ControlGroup]) -> list[GroupRow]:
    total = living.get() if groups else 0
    return [GroupRow(one, total * one.share // 10_000, one.from_on) for one in groups]
