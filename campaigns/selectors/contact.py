"""What a member has agreed to, for the page of choices; how a provider is carried."""

from dataclasses import dataclass

from campaigns.models import ProviderProfile
from members.models import Consent, Member

OFFERED = (Consent.Channel.SMS, Consent.Channel.EMAIL, Consent.Channel.PHONE, Consent.Channel.POST)


@dataclass(frozen=True, slots=True)
class Choice:
    """One channel and whether offers may come over it."""

    channel: str
    label: str
    granted: bool


def choices_of(member_id: int) -> list[Choice] | None:
    """The choices of a member; None when there is none any more."""
    member = Member.objects.filter(pk=member_id, erased_at=None, merged_into=None).first()
    if member is None:
        return None
    return [
        Choice(one.value, str(one.label), getattr(member, Consent.cached_in(one))) for one in OFFERED
    ]  # fmt: skip


def provider_backend(key: str) -> str | None:
    """How a provider is carried; None when there is none of this name."""
    return ProviderProfile.objects.filter(key=key).values_list("backend", flat=True).first()
