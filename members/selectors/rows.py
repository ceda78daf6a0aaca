"""The rows of member lists."""

from collections.abc import Sequence

from members.models import Member, MemberCard, MemberPhone
from members.selectors.found import FoundMember, as_found
from staff.models import User

MemberRow = FoundMember


def member_rows(user: User, members: Sequence[Member]) -> list[MemberRow]:
    """Members (with `home_store` loaded) as rows this person may see: a fixed number of queries."""
    ids = [member.pk for member in members]
    phones = dict(
        MemberPhone.objects.filter(member_id__in=ids).order_by("is_primary", "-pk").values_list("member_id", "e164")
    )
    cards: dict[int, str] = {}
    for pk, number, status in (
        MemberCard.objects.filter(member_id__in=ids).order_by("pk").values_list("member_id", "number", "status")
    ):
        if pk not in cards or status == MemberCard.Status.ACTIVE:
            cards[pk] = number
    return as_found(
        user,
        [
            {
                "id": member.pk,
                "member_no": member.member_no,
                "name": member.name,
                "name_en": member.name_en,
                "external_no": member.external_no,
                "home_store_id": member.home_store_id,
                "status": member.status,
                "category": member.category,
                "enrolled_on": member.enrolled_on,
                "store": member.home_store.name if member.home_store else "",
                "store_en": member.home_store.name_en if member.home_store else "",
                "phone": phones.get(member.pk, ""),
                "card": cards.get(member.pk, ""),
            }
            for member in members
        ],
    )
