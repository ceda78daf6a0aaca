"""What the member's own pages show of the member."""

from dataclasses import dataclass

from members import wording
from members.models import Consent, ErasureRequest, Member, MemberCard, MemberPhone
from stores.models import Store


@dataclass(frozen=True)
class Switch:
    """One channel: the sentence, and whether it is allowed now."""

    channel: str
    label: object
    sentence: object
    granted: bool


def store_of_code(code: str) -> Store | None:
    """The open store of a QR code."""
    return Store.objects.filter(code=code[:20], is_active=True).first() if code.isprintable() and code else None


def own_card(member: Member) -> MemberCard | None:
    """The card the till reads: the newest usable one that is the member's own."""
    cards = MemberCard.objects.filter(member=member, status=MemberCard.Status.ACTIVE, holder__isnull=True)
    return cards.order_by("-issued_on", "-pk").first()


def switches(member: Member) -> list[Switch]:
    """The consents as switches, from the cached columns."""
    return [
        Switch(channel, Consent.Channel(channel).label, sentence, getattr(member, Consent.cached_in(channel)))
        for channel, sentence in wording.SENTENCES.items()
    ]


def own_phones(member: Member) -> list[MemberPhone]:
    """The numbers, the main one first."""
    return list(MemberPhone.objects.filter(member=member).order_by("-is_primary", "pk"))


def last_erasure(member: Member) -> ErasureRequest | None:
    """The member's newest request to be erased."""
    return ErasureRequest.objects.filter(member=member).order_by("-asked_at", "-pk").first()
