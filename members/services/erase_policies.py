"""What erasing does with our own tables and with the outbox below us."""

from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from members.models import (
    AuthorisedBuyer,
    Contact,
    Household,
    HouseholdMember,
    MemberCard,
    MemberImportTrace,
    MergeMove,
    ProofCode,
    StagedMember,
)
from members.services.erasing import EMPTY, Gone, register, rows_emptied, rows_gone, stays
from staff.models import Outbox


def cards_close(gone: Gone) -> int:
    """The numbers stay taken for ever; the cards work no more and say nothing."""
    cards = MemberCard.objects.filter(member_id__in=gone.ids)
    return cards.update(status=MemberCard.Status.CLOSED, replaced_by=None, blocked_reason="", changed_at=timezone.now())


def buyers_are_nobody(gone: Gone) -> int:
    """Buyers of a company: their cards point at them, so the rows stay, without a name."""
    buyers = AuthorisedBuyer.objects.filter(group_id__in=gone.ids)
    return buyers.update(name=EMPTY, id_note="", is_active=False)


def contacts_are_nobody(gone: Gone) -> int:
    """What the member left before having a card goes; who came along is no longer named with them."""
    left = Q(converted_to__in=gone.ids) | Q(phone__in=gone.numbers)
    emptied = Contact.objects.filter(left).update(name="", phone="", gender="", asked_for="")
    return emptied + Contact.objects.filter(came_with__in=gone.ids).update(came_with=None)


def traces_forget(gone: Gone) -> int:
    """An import's undo passes over the member: neither rows of the file nor before-images are left."""
    traces = MemberImportTrace.objects.filter(member_id__in=gone.ids)
    for batch_id, row_no in traces.values_list("batch_id", "row_no"):
        StagedMember.objects.filter(batch_id=batch_id, row_no=row_no).delete()
    return traces.update(member=None, before={}, after={}, left=["erased"])


def proofs_go(gone: Gone) -> int:
    return ProofCode.objects.filter(Q(member_id__in=gone.ids) | Q(e164__in=gone.numbers)).delete()[0]


def moves_go(gone: Gone) -> int:
    """Before-images of merges; the merges themselves stay and can no longer be taken back."""
    part = Q(operation__winner__in=gone.ids) | Q(operation__loser__in=gone.ids)
    return MergeMove.objects.filter(part).delete()[0]


def places_end(gone: Gone) -> int:
    """The place in a household ends today and says no more how they agreed; a household they head loses its name, which
    is often theirs. Who else belongs keeps their place."""
    places = HouseholdMember.objects.filter(member_id__in=gone.ids)
    Household.objects.filter(places__in=places.filter(role=HouseholdMember.Role.HEAD)).update(name=EMPTY)
    places.filter(left_on__isnull=True).update(left_on=Greatest(timezone.localdate(), F("joined_on")))
    return places.update(agreed=EMPTY)


def messages_are_blank(gone: Gone) -> int:
    """Messages to the member: that one was sent stays, to whom and what does not; a waiting one is not sent."""
    rows = Outbox.objects.filter(Q(member_id__in=gone.ids) | Q(to__in=gone.numbers))
    rows.filter(state__in=[Outbox.State.PENDING, Outbox.State.SENDING]).update(state=Outbox.State.DROPPED)
    return rows.update(to="", subject="", body="", last_error="")


def register_policies() -> None:
    """Declare the policies of our own tables."""
    rows_gone("members.MemberPhone", "member")
    rows_gone("members.MemberIdentity", "member")
    rows_gone("members.MemberNote", "member")
    rows_gone("members.MemberSearch", "member")
    rows_gone("members.MemberCare", "member")
    rows_gone("members.MemberSession", "member")
    rows_gone("members.GroupContact", "group")
    rows_gone("members.DuplicatePair", "first", "second")
    rows_gone("members.StagedMember", "match_id")
    rows_emptied("members.MergeOperation", "winner", "loser", reason="")
    register("members.HouseholdMember", places_end)
    register("members.MemberCard", cards_close)
    register("members.AuthorisedBuyer", buyers_are_nobody)
    register("members.Contact", contacts_are_nobody)
    register("members.MemberImportTrace", traces_forget)
    register("members.ProofCode", proofs_go)
    register("members.MergeMove", moves_go)
    register("staff.Outbox", messages_are_blank)
    stays("members.Member", "erased by the service itself: the row stays without a name, the receipts point at it")
    stays("members.Household", "belongs to all who live there; its name goes with its head")
    stays("members.Consent", "append-only proof that messages were lawful; it names nobody once the member has no name")
    stays("members.ErasureRequest", "proof that the wish was carried out; only dates and a reason of the store")
