"""Contacts without a card: onlookers who left a number, asked for something, or came along."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import names, phones
from kit.errors import DomainError, NotFound
from members.locks import lock_phone
from members.models import Contact, Member
from members.services.enrolment import EnrolResult, enrol_member
from staff.audit import record
from staff.models import User
from stores.models import Counter, Store


@transaction.atomic
def note_contact(
    *,
    store: Store,
    actor: User | None,
    name: str = "",
    phone: str = "",
    gender: str = "",
    asked_for: str = "",
    came_with: Member | None = None,
    counter: Counter | None = None,
) -> Contact:
    """Note somebody without a card. The same words of the same person within a minute are one contact."""
    name, asked_for = names.tidy(name), asked_for.strip()
    if not (name or phone or asked_for):
        raise DomainError(_("Note at least a name, a phone number or what was asked for."))
    e164 = phones.reachable(phone) if phone else ""
    if counter and counter.store_id != store.pk:
        raise DomainError(_("This counter belongs to another store."), fields={"counter": ""})
    recent = Contact.objects.filter(
        store=store,
        noted_by=actor,
        name=name,
        phone=e164,
        asked_for=asked_for,
        noted_at__gte=timezone.now() - timedelta(minutes=1),
    ).first()
    if recent:
        return recent
    contact = Contact.objects.create(
        name=name,
        phone=e164,
        gender=gender,
        asked_for=asked_for,
        came_with=came_with,
        store=store,
        counter=counter,
        noted_by=actor,
    )
    record(actor, "members.contact_noted", contact, store=store)
    return contact


@transaction.atomic
def convert_contact(
    *,
    contact_id: int,
    name: str,
    phone: str = "",
    store: Store,
    actor: User | None,
    gender: str = "",
    shares_phone: bool = False,
) -> EnrolResult:
    """Enrol a contact, with the number noted down where none is given. A second call returns the member of the first."""
    phone = phone or Contact.objects.filter(pk=contact_id).values_list("phone", flat=True).first() or ""
    # The number before the contact, as enrolment does: the other way round two clerks could deadlock.
    lock_phone(phones.reachable(phone))
    contact = Contact.objects.select_for_update(no_key=True, of=("self",)).filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    if contact.converted_to_id:
        return EnrolResult(contact.converted_to, created=False)
    result = enrol_member(
        name=name,
        phone=phone,
        store=store,
        actor=actor,
        gender=gender or contact.gender,
        shares_phone=shares_phone,
    )
    Contact.objects.filter(pk=contact.pk, converted_to__isnull=True).update(
        converted_to=result.member, converted_at=timezone.now()
    )
    return result
