"""Cards: issued, blocked, lost, replaced, closed. A number is never used twice."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError, NotFound
from members.exceptions import CardNotChangeable
from members.locks import lock_member
from members.models import AuthorisedBuyer, Member, MemberCard
from members.services.numbering import take_card_numbers
from staff.audit import record
from staff.models import User

Status = MemberCard.Status


@transaction.atomic
def issue_card(*, member_id: int, actor: User | None, number: str = "", holder_id: int | None = None) -> MemberCard:
    """Give a member (or an authorised buyer of a group) a card.

    With a pre-printed `number` a second call returns the card of the first; without one it issues another card.
    """
    member = lock_member(member_id)
    number = number.replace(" ", "").strip()
    if number and (taken := MemberCard.objects.filter(number=number).first()):
        if taken.member_id == member.pk:
            return taken
        raise CardNotChangeable(_("This card number is already in use."), fields={"number": ""})
    if number and not (number.isascii() and number.isalnum() and 4 <= len(number) <= 32):
        raise DomainError(_("A card number has 4 to 32 letters or digits."), fields={"number": ""})
    if holder_id and not AuthorisedBuyer.objects.filter(pk=holder_id, group=member, is_active=True).exists():
        raise NotFound(_("There is no such authorised buyer."))
    card = MemberCard.objects.create(
        member=member, number=number or take_card_numbers()[0], issued_by=actor, holder_id=holder_id
    )
    record(actor, "members.card_issued", member, store=member.home_store_id, card=card.masked, holder=holder_id)
    return card


@transaction.atomic
def block_card(*, card_id: int, reason: str, actor: User | None) -> MemberCard:
    """The till refuses the card until it is unblocked. A second call changes nothing."""
    return _change(card_id, Status.BLOCKED, {Status.ACTIVE}, reason, actor)


@transaction.atomic
def unblock_card(*, card_id: int, actor: User | None) -> MemberCard:
    """A blocked or found card works again. A second call changes nothing."""
    return _change(card_id, Status.ACTIVE, {Status.BLOCKED, Status.LOST}, "", actor)


@transaction.atomic
def lose_card(*, card_id: int, actor: User | None) -> MemberCard:
    """The member lost the card; nobody can use it. A second call changes nothing."""
    return _change(card_id, Status.LOST, {Status.ACTIVE, Status.BLOCKED}, "", actor)


@transaction.atomic
def close_card(*, card_id: int, reason: str, actor: User | None) -> MemberCard:
    """The card is given back for good. A second call changes nothing."""
    return _change(card_id, Status.CLOSED, {Status.ACTIVE, Status.BLOCKED, Status.LOST}, reason, actor)


@transaction.atomic
def replace_card(*, card_id: int, actor: User | None, number: str = "") -> MemberCard:
    """Issue a new card in place of this one, for the same holder. A second call returns the first successor."""
    card, member = _locked(card_id)
    if card.status == Status.REPLACED and card.replaced_by_id:
        return card.replaced_by
    if card.status == Status.CLOSED:
        raise CardNotChangeable(_("A closed card cannot be replaced. Issue a new one."))
    successor = issue_card(member_id=member.pk, actor=actor, number=number, holder_id=card.holder_id)
    if successor.pk == card.pk:
        raise CardNotChangeable(_("A card cannot replace itself. Take a new card."), fields={"number": ""})
    card.status = Status.REPLACED
    card.replaced_by = successor
    card.changed_at = timezone.now()
    card.save(update_fields=["status", "replaced_by", "changed_at"])
    record(
        actor, "members.card_replaced", member, store=member.home_store_id, card=card.masked, by_card=successor.masked
    )
    return successor


def _change(
    card_id: int, to: MemberCard.Status, allowed: set[MemberCard.Status], reason: str, actor: User | None
) -> MemberCard:
    card, member = _locked(card_id)
    if card.status == to:
        return card
    if card.status not in allowed:
        raise CardNotChangeable(
            _("The card is “%(status)s”; this is not possible any more.") % {"status": card.get_status_display()}
        )
    before, card.status = card.status, to
    card.blocked_reason = reason[:200]
    card.changed_at = timezone.now()
    card.save(update_fields=["status", "blocked_reason", "changed_at"])
    record(
        actor,
        "members.card_status_changed",
        member,
        store=member.home_store_id,
        card=card.masked,
        before=before,
        after=to,
        reason=reason,
    )
    return card


def _locked(card_id: int) -> tuple[MemberCard, Member]:
    """The card with its member locked; the member is locked first, so cards need no lock of their own."""
    member_id = MemberCard.objects.filter(pk=card_id).values_list("member_id", flat=True).first()
    if member_id is None:
        raise NotFound(_("There is no such card."))
    member = lock_member(member_id)
    return MemberCard.objects.select_related("replaced_by").get(pk=card_id), member
