"""What a merge does with our own tables."""

from django.db import connection

from members.models import AuthorisedBuyer, Consent, Member, MemberCard, MemberCare, MemberPhone
from members.services.consent import append_consent, last_word
from members.services.merging import keep, move, register


def phones_become_one_list(winner_id: int, loser_id: int) -> int:
    """Phones: the union. A number both have keeps the proof of one and every refusal of the other."""
    theirs = {phone.e164: phone for phone in MemberPhone.objects.filter(member_id=winner_id)}
    has_primary = any(phone.is_primary for phone in theirs.values())
    moved = 0
    for phone in MemberPhone.objects.filter(member_id=loser_id).order_by("-is_primary", "pk"):
        moved += 1
        if same := theirs.get(phone.e164):
            same.verified_at = same.verified_at or phone.verified_at
            same.invalid = same.invalid and phone.invalid
            same.opt_out_call = same.opt_out_call or phone.opt_out_call
            same.opt_out_sms = same.opt_out_sms or phone.opt_out_sms
            same.save(update_fields=["verified_at", "invalid", "opt_out_call", "opt_out_sms"])
            phone.delete()
            continue
        phone.member_id = winner_id
        phone.is_primary = phone.is_primary and not has_primary
        has_primary = has_primary or phone.is_primary
        phone.save(update_fields=["member", "is_primary"])
    return moved


def stricter_consent_wins(winner_id: int, loser_id: int) -> int:
    """Consent: a refusal of either counts; a yes carries over where the other never answered.

    Both histories stay as they are: the rows are append-only, so the outcome is appended to the winner's.
    """
    winner, loser = Member.objects.get(pk=winner_id), Member.objects.get(pk=loser_id)
    appended = 0
    for channel in Consent.Channel.values:
        for purpose in Consent.Purpose.values:
            ours, theirs = last_word(winner, channel, purpose), last_word(loser, channel, purpose)
            if theirs is None or (ours and (not ours.granted or theirs.granted)):
                continue
            append_consent(
                winner,
                channel=channel,
                purpose=purpose,
                granted=theirs.granted,
                actor=theirs.recorded_by,
                source=Consent.Source.MERGE,
                evidence=f"{loser.member_no}: {theirs.at:%Y-%m-%d}",
            )
            appended += 1
    return appended


def care_moves(winner_id: int, loser_id: int) -> int:
    """Care: the loser's assignments move; one the winner has open already is ended instead of doubled."""
    open_ones = set(
        MemberCare.objects.filter(member_id=winner_id, until_on__isnull=True).values_list("associate_id", "counter_id")
    )
    moved = 0
    for care in MemberCare.objects.filter(member_id=loser_id):
        if care.until_on is None and (care.associate_id, care.counter_id) in open_ones:
            care.until_on = care.from_on
        care.member_id = winner_id
        care.save(update_fields=["member", "until_on"])
        moved += 1
    return moved


def buyers_move(winner_id: int, loser_id: int) -> int:
    """Authorised buyers: they move; a buyer both companies name becomes one, with all cards."""
    by_name = {buyer.name: buyer for buyer in AuthorisedBuyer.objects.filter(group_id=winner_id, is_active=True)}
    moved = 0
    for buyer in AuthorisedBuyer.objects.filter(group_id=loser_id):
        if buyer.is_active and (same := by_name.get(buyer.name)):
            MemberCard.objects.filter(holder=buyer).update(holder=same)
            buyer.is_active = False
        buyer.group_id = winner_id
        buyer.save(update_fields=["group", "is_active"])
        moved += 1
    return moved


def tombstones_point_at_the_winner(winner_id: int, loser_id: int) -> int:
    """Members merged into the loser earlier now lead straight to the winner."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET merged_into_id = %s WHERE merged_into_id = %s", [winner_id, loser_id])
        return cursor.rowcount


def register_policies() -> None:
    """Declare the policies of our own tables."""
    register("members.Member.merged_into", tombstones_point_at_the_winner)
    register("members.MemberCard", move("members.MemberCard", "member"))
    register("members.MemberPhone", phones_become_one_list)
    register("members.MemberNote", move("members.MemberNote", "member"))
    register("members.MemberCare", care_moves)
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
