"""Providers for their page: whether they can be reached, and what was heard of them lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from campaigns.models import InboxEvent, ProviderProfile, Send
from campaigns.providers.registry import why_out_of_reach
from staff.models import AuditEntry

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider, why it cannot be reached (empty: it can), when it last told us something, and how much of what it
    told within a week belongs to nothing we know or could not be worked on."""

    provider: ProviderProfile
    out_of_reach: str
    heard_at: datetime | None
    lost: int


def provider_rows(providers: Sequence[ProviderProfile]) -> list[ProviderRow]:
    """One statement for all that was heard within a week."""
    events = InboxEvent.objects.filter(received_at__gt=timezone.now() - LATELY)
    found = events.values("provider").annotate(
        heard_at=Max("received_at"), lost=Count("pk", filter=Q(state__in=("stray", "broken")))
    )
    heard = {row["provider"]: row for row in found}
    return [
        ProviderRow(one, why_out_of_reach(one), row.get("heard_at"), row.get("lost", 0))
        for one in providers
        for row in (heard.get(one.key, {}),)
    ]


def said_by_provider(send: Send) -> str:
    """What the provider said when it refused everything; empty for a send that is not paused for that."""
    if send.held != Send.Held.PROVIDER:
        return ""
    lines = AuditEntry.objects.filter(
        action="campaigns.send_paused", subject_type=Send._meta.label_lower, subject_id=send.pk
    )
    data = lines.order_by("-pk").values_list("data", flat=True).first() or {}
    return str(data.get("said", ""))
