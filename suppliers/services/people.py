"""People of suppliers: they enter, change counters, leave."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from kit import phones
from kit.errors import DomainError
from staff.audit import record
from staff.models import User
from stores.models import Counter
from suppliers.exceptions import WrongStatus
from suppliers.locks import lock_party
from suppliers.models import Party, PartyPerson


@transaction.atomic
def enter_person(
    *,
    party_id: int,
    name: str,
    role: str,
    phone: str,
    counter: Counter | None,
    entered_on: date,
    actor: User,
) -> PartyPerson:
    """Somebody of the supplier begins in the store."""
    party = lock_party(party_id)
    if party.status in (Party.Status.LEFT, Party.Status.BLOCKED):
        raise WrongStatus(_("Nobody enters for a supplier that has left or is blocked."))
    person = party.people.create(
        name=name,
        role=role,
        phone=phones.normalise(phone) if phone else "",
        counter=counter,
        entered_on=entered_on,
    )
    record(actor, "suppliers.person_entered", person, party=party.pk, counter=counter)
    return person


@transaction.atomic
def edit_person(
    *, person_id: int, name: str, role: str, phone: str, counter: Counter | None, entered_on: date, actor: User
) -> PartyPerson:
    """Correct somebody's details, or give them another counter."""
    person = _locked(person_id)
    if person.left_on is not None:
        raise WrongStatus(_("This person has left."))
    before = person.counter_id
    person.name, person.role, person.counter, person.entered_on = name, role, counter, entered_on
    person.phone = phones.normalise(phone) if phone else ""
    person.save(update_fields=["name", "role", "counter", "entered_on", "phone"])
    record(actor, "suppliers.person_edited", person, party=person.party_id, counter=counter, counter_before=before)
    return person


@transaction.atomic
def let_person_go(*, person_id: int, left_on: date, actor: User) -> PartyPerson:
    """Somebody left. A second day replaces the first; certificates stay on record."""
    person = _locked(person_id)
    if left_on < person.entered_on:
        raise DomainError(_("The last day lies before the first."), fields={"left_on": True})
    person.left_on = left_on
    person.save(update_fields=["left_on"])
    record(actor, "suppliers.person_left", person, party=person.party_id, left_on=left_on)
    return person


def _locked(person_id: int) -> PartyPerson:
    lock_party(PartyPerson.objects.values_list("party_id", flat=True).get(pk=person_id))
    return PartyPerson.objects.get(pk=person_id)
