"""What members said about being contacted. The last word per channel and purpose counts."""

from django.db import transaction
from django.utils import timezone

from members.locks import lock_member
from members.models import Consent, Member
from staff.audit import record
from staff.models import User


@transaction.atomic
def record_consent(
    *,
    member_id: int,
    channel: str,
    granted: bool,
    actor: User | None,
    purpose: str = Consent.Purpose.MARKETING,
    source: str = Consent.Source.DESK,
    evidence: str = "",
) -> Consent:
    """Write down a yes or a no. The same answer again, without new evidence, returns the standing one."""
    member = lock_member(member_id)
    standing = last_word(member, channel, purpose)
    if standing and standing.granted == granted and not evidence:
        return standing
    return append_consent(
        member, channel=channel, granted=granted, actor=actor, purpose=purpose, source=source, evidence=evidence
    )


def last_word(member: Member, channel: str, purpose: str = Consent.Purpose.MARKETING) -> Consent | None:
    """The answer that counts now."""
    return Consent.objects.filter(member=member, channel=channel, purpose=purpose).order_by("-at", "-id").first()


def append_consent(
    member: Member,
    *,
    channel: str,
    granted: bool,
    actor: User | None,
    purpose: str = Consent.Purpose.MARKETING,
    source: str = Consent.Source.DESK,
    evidence: str = "",
) -> Consent:
    """Append one answer of a member who is locked already, and bring the cached column in step."""
    consent = Consent.objects.create(
        member=member,
        channel=channel,
        purpose=purpose,
        granted=granted,
        at=timezone.now(),
        source=source,
        evidence=evidence,
        recorded_by=actor,
    )
    if purpose == Consent.Purpose.MARKETING:
        setattr(member, Consent.cached_in(channel), granted)
        member.updated_at = consent.at
        member.save(update_fields=[Consent.cached_in(channel), "updated_at"])
    record(
        actor,
        "members.consent_recorded",
        member,
        store=member.home_store_id,
        channel=channel,
        purpose=purpose,
        granted=granted,
    )
    return consent
