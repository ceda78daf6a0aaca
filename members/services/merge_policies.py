"""What a merge does with our own tables."""

from django.utils import timezone

from members.models import AuthorisedBuyer, HouseholdMember, Member, MemberCard, MemberCare, MemberPhone
from members.services.duplicates import pairs_are_settled
from members.services.merge_consent import stricter_consent_wins
from members.services.merge_log import MergeLog
from members.services.merging import keep, move, register


def phones_become_one_list(log: MergeLog) -> int:
    """Phones: the union. A number both have keeps the proof of one and every refusal of the other."""
    theirs = {phone.e164: phone for phone in MemberPhone.objects.filter(member_id=log.winner_id)}
    has_primary = any(phone.is_primary for phone in theirs.values())
    moved = 0
    for phone in MemberPhone.objects.filter(member_id=log.loser_id).order_by("-is_primary", "pk"):
        moved += 1
        if same := theirs.get(phone.e164):
            log.change(
                same,
                verified_at=same.verified_at or phone.verified_at,
                invalid=same.invalid and phone.invalid,
                opt_out_call=same.opt_out_call or phone.opt_out_call,
                opt_out_sms=same.opt_out_sms or phone.opt_out_sms,
            )
            log.remove(phone)
            continue
        log.change(phone, member_id=log.winner_id, is_primary=phone.is_primary and not has_primary)
        has_primary = has_primary or phone.is_primary
    return moved


def care_moves(log: MergeLog) -> int:
    """Care: the loser's assignments move; one the winner has open already is ended instead of doubled."""
    open_ones = set(
        MemberCare.objects.filter(member_id=log.winner_id, until_on__isnull=True).values_list(
            "associate_id", "counter_id"
        )
    )
    moved = 0
    for care in MemberCare.objects.filter(member_id=log.loser_id).order_by("pk"):
        doubled = care.until_on is None and (care.associate_id, care.counter_id) in open_ones
        log.change(care, member_id=log.winner_id, until_on=care.from_on if doubled else care.until_on)
        moved += 1
    return moved


def household_places_move(log: MergeLog) -> int:
    """Households: the loser's places move; an open one ends where the winner has a place, in the same household or in
    another."""
    today = timezone.localdate()
    has_place = HouseholdMember.objects.filter(member_id=log.winner_id, left_on__isnull=True).exists()
    moved = 0
    for place in HouseholdMember.objects.filter(member_id=log.loser_id).order_by("pk"):
        ends = place.left_on is None and has_place
        log.change(place, left_on=max(today, place.joined_on) if ends else place.left_on, member_id=log.winner_id)
        moved += 1
    return moved


def buyers_move(log: MergeLog) -> int:
    """Authorised buyers: they move; a buyer both companies name becomes one, with all cards."""
    by_name = {buyer.name: buyer for buyer in AuthorisedBuyer.objects.filter(group_id=log.winner_id, is_active=True)}
    moved = 0
    for buyer in AuthorisedBuyer.objects.filter(group_id=log.loser_id).order_by("pk"):
        same = by_name.get(buyer.name) if buyer.is_active else None
        for card in MemberCard.objects.filter(holder=buyer) if same else ():
            log.change(card, holder_id=same.pk)
        log.change(buyer, group_id=log.winner_id, is_active=buyer.is_active and not same)
        moved += 1
    return moved


def tombstones_point_at_the_winner(log: MergeLog) -> int:
    """Members merged into the loser earlier now lead straight to the winner."""
    return log.repoint(Member.objects.all(), "merged_into")


def register_policies() -> None:
    """Declare the policies of our own tables."""
    register("members.Member.merged_into", tombstones_point_at_the_winner)
    register("members.MemberCard", move("members.MemberCard", "member"))
    register("members.MemberPhone", phones_become_one_list)
    register("members.MemberNote", move("members.MemberNote", "member"))
    register("members.MemberCare", care_moves)
    register("members.HouseholdMember", household_places_move)
    register("members.MemberIdentity", move("members.MemberIdentity", "member"))
    register("members.MemberImportTrace", keep)
    register("members.Consent", stricter_consent_wins)
    register("members.GroupContact", move("members.GroupContact", "group"))
    register("members.AuthorisedBuyer", buyers_move)
    register("members.Contact.came_with", move("members.Contact", "came_with"))
    register("members.Contact.converted_to", move("members.Contact", "converted_to"))
    # The search row is dropped by the merge itself; who won and lost stays as it was.
    register("members.MemberSearch", keep)
    register("members.MergeOperation", keep)
    register("members.DuplicatePair", pairs_are_settled)
    register("members.MemberSession", move("members.MemberSession", "member"))
    register("members.ProofCode", keep)
    register("members.ErasureRequest", keep)
