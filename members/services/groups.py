"""Group members: companies with people to talk to, buyers under their own cards, an agreed discount."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import names, phones
from kit.errors import DomainError, NotFound
from members.exceptions import NotAGroup
from members.locks import lock_member
from members.models import AuthorisedBuyer, GroupContact, Member, MemberCard
from members.services.cards import issue_card
from staff.audit import record
from staff.models import User


@transaction.atomic
def add_group_contact(
    *, group_id: int, name: str, actor: User | None, title: str = "", phone: str = "", email: str = ""
) -> GroupContact:
    """Note somebody to talk to. The same name again brings the other details up to date."""
    group = _group(group_id)
    name = names.tidy(name)
    if not name:
        raise DomainError(_("Please give a name."), fields={"name": ""})
    contact, _created = GroupContact.objects.update_or_create(
        group=group,
        name=name,
        is_active=True,
        defaults={"title": title, "phone": phones.reachable(phone) if phone else "", "email": email},
    )
    record(actor, "members.group_contact_saved", group, store=group.home_store_id, contact=contact.pk)
    return contact


@transaction.atomic
def retire_group_contact(*, contact_id: int, actor: User | None) -> GroupContact:
    """Somebody no longer works there. A second call changes nothing."""
    group_id = GroupContact.objects.filter(pk=contact_id).values_list("group_id", flat=True).first()
    if group_id is None:
        raise NotFound(_("There is no such contact."))
    group = _group(group_id)
    contact = GroupContact.objects.get(pk=contact_id)
    if contact.is_active:
        contact.is_active = False
        contact.save(update_fields=["is_active"])
        record(actor, "members.group_contact_retired", group, store=group.home_store_id, contact=contact.pk)
    return contact


@transaction.atomic
def add_buyer(*, group_id: int, name: str, actor: User | None, id_note: str = "") -> AuthorisedBuyer:
    """Authorise somebody to buy on the group's account, with a card of their own. A second call returns the buyer."""
    group = _group(group_id)
    name = names.tidy(name)
    if not name:
        raise DomainError(_("Please give a name."), fields={"name": ""})
    if buyer := AuthorisedBuyer.objects.filter(group=group, name=name, is_active=True).first():
        return buyer
    buyer = AuthorisedBuyer.objects.create(group=group, name=name, id_note=id_note)
    issue_card(member_id=group.pk, actor=actor, holder_id=buyer.pk)
    record(actor, "members.buyer_added", group, store=group.home_store_id, buyer=buyer.pk)
    return buyer


@transaction.atomic
def retire_buyer(*, buyer_id: int, actor: User | None) -> AuthorisedBuyer:
    """Withdraw the authority and close the buyer's cards. A second call changes nothing."""
    group_id = AuthorisedBuyer.objects.filter(pk=buyer_id).values_list("group_id", flat=True).first()
    if group_id is None:
        raise NotFound(_("There is no such authorised buyer."))
    group = _group(group_id)
    buyer = AuthorisedBuyer.objects.get(pk=buyer_id)
    if buyer.is_active:
        buyer.is_active = False
        buyer.save(update_fields=["is_active"])
        open_cards = buyer.cards.exclude(status__in=[MemberCard.Status.CLOSED, MemberCard.Status.REPLACED])
        closed = open_cards.update(status=MemberCard.Status.CLOSED, changed_at=timezone.now())
        record(actor, "members.buyer_retired", group, store=group.home_store_id, buyer=buyer.pk, cards=closed)
    return buyer


@transaction.atomic
def agree_discount(*, group_id: int, discount: Decimal | None, actor: User | None) -> Member:
    """Set the share of the price the group pays (0.85 is 8.5 折), or none. A second call changes nothing."""
    group = _group(group_id)
    if discount is not None and not Decimal("0") < discount <= Decimal("1"):
        raise DomainError(_("The discount is a share of the price between 0 and 1."), fields={"discount": ""})
    if group.agreed_discount != discount:
        before, group.agreed_discount = group.agreed_discount, discount
        group.updated_at = timezone.now()
        group.save(update_fields=["agreed_discount", "updated_at"])
        record(actor, "members.discount_agreed", group, store=group.home_store_id, before=before, after=discount)
    return group


def _group(group_id: int) -> Member:
    group = lock_member(group_id)
    if not group.is_group:
        raise NotAGroup(_("Only companies have contacts, authorised buyers and an agreed discount."))
    return group
