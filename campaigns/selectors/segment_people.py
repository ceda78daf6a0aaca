"""Whom a number means."""

from kit import phones
from members.models import Member, MemberCard, MemberPhone


def meant_by(text: str) -> set[int]:
    """The living members a member number, a card or a phone means."""
    text = text.replace("\x00", "").strip()[:60]
    found = set(Member.objects.filter(member_no=text).values_list("pk", flat=True))
    found |= set(MemberCard.objects.filter(number=text).values_list("member_id", flat=True))
    try:
        number = phones.normalise(text)
    except phones.InvalidPhone:
        number = ""
    if number:
        found |= set(MemberPhone.objects.filter(e164=number).values_list("member_id", flat=True))
    return set(Member.objects.filter(pk__in=found, merged_into=None, erased_at=None).values_list("pk", flat=True))
