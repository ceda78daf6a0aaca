"""Finding members by the numbers other systems and tills know them by. Tombstones answer with their winner."""

from collections.abc import Iterable

from django.db import connection

from members.models import Consent, Member, MemberCard, MemberPhone


def _living(member: Member | None) -> Member | None:
    return member.merged_into if member and member.merged_into_id else member


def member_by_card(number: str) -> MemberCard | None:
    """The card with its member and holder, whatever its status; the caller decides what a blocked one may do."""
    return MemberCard.objects.select_related("member", "holder").filter(number=number.replace(" ", "")).first()


def card_owner(number: str) -> tuple[str, str, int] | None:
    """Status, number and member id of a card, for tills: a plain statement, half the work of a queryset."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, number, member_id FROM members_membercard WHERE number = %s", [number.replace(" ", "")]
        )
        return cursor.fetchone()


def member_by_member_no(member_no: str) -> Member | None:
    """The member with this number, or the one it was merged into."""
    found = Member.objects.select_related("merged_into").filter(member_no=member_no.strip().upper()).first()
    return _living(found)


def member_by_external_no(source: str, number: str) -> Member | None:
    """The member another system knows by this number, or the one it was merged into."""
    found = Member.objects.select_related("merged_into").filter(external_no=number, external_source=source).first()
    return _living(found)


def members_by_external_no(source: str, numbers: Iterable[str]) -> dict[str, int]:
    """Ids by the numbers of another system, merged ones under their winner's id."""
    rows = Member.objects.filter(external_source=source, external_no__in=list(numbers))
    return {number: merged or pk for number, pk, merged in rows.values_list("external_no", "pk", "merged_into_id")}


def members_by_phone(e164: str) -> list[Member]:
    """Every living member with this number: a set, never simply the first."""
    rows = MemberPhone.objects.filter(e164=e164, member__merged_into__isnull=True).select_related("member")
    return [row.member for row in rows.order_by("member_id")[:50]]


def consent_state(member: Member) -> dict[tuple[str, str], Consent]:
    """The answer that counts now, per channel and purpose."""
    rows = Consent.objects.filter(member=member).select_related("recorded_by")
    latest = rows.order_by("channel", "purpose", "-at", "-id").distinct("channel", "purpose")
    return {(row.channel, row.purpose): row for row in latest}


def head_card(member: Member) -> MemberCard | None:
    """The card to show at the head of the page: the newest that works, else the newest."""
    cards = sorted(member.cards.all(), key=lambda card: (card.is_usable, card.pk))
    return cards[-1] if cards else None
