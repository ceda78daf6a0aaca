"""What goes on with a supplier: contacts, the log, tasks with a day."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import phones
from kit.errors import Conflict, DomainError
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from suppliers.locks import lock_party
from suppliers.models import Party, PartyContact, PartyEvent, PartyTask

Kind = PartyEvent.Kind
Stage = Party.Stage

# What happened moves a prospect at least this far along the pipeline.
REACHES = {
    Kind.CALL: Stage.CONTACTED,
    Kind.MEETING: Stage.CONTACTED,
    Kind.VISIT: Stage.VISITED,
    Kind.SAMPLE: Stage.QUOTED,
    Kind.QUOTATION: Stage.QUOTED,
}


@transaction.atomic
def add_contact(
    *, party_id: int, name: str, job_title: str, phone: str, email: str, is_primary: bool, actor: User
) -> PartyContact:
    """Add somebody who answers for the company. The first one is the main contact."""
    party = lock_party(party_id)
    number = phones.reachable(phone) if phone else ""
    first = not party.contacts.filter(is_active=True, is_primary=True).exists()
    if is_primary:
        party.contacts.filter(is_primary=True).update(is_primary=False)
    contact = party.contacts.create(
        name=name, job_title=job_title, phone=number, email=email, is_primary=is_primary or first
    )
    record(actor, "suppliers.contact_added", party, contact=contact.pk)
    return contact


@transaction.atomic
def edit_contact(
    *, contact_id: int, name: str, job_title: str, phone: str, email: str, is_primary: bool, actor: User
) -> PartyContact:
    """Correct a contact. Taking the mark of the main contact away is done by giving it to another."""
    party = lock_party(_party_of(contact_id))
    contact = party.contacts.get(pk=contact_id)
    if is_primary and not contact.is_primary:
        party.contacts.filter(is_primary=True).update(is_primary=False)
        contact.is_primary = True
    contact.name, contact.job_title, contact.email = name, job_title, email
    contact.phone = phones.reachable(phone) if phone else ""
    contact.save(update_fields=["name", "job_title", "phone", "email", "is_primary"])
    record(actor, "suppliers.contact_edited", party, contact=contact.pk)
    return contact


@transaction.atomic
def retire_contact(*, contact_id: int, actor: User) -> PartyContact:
    """Somebody left the company. The log keeps the name; a second call changes nothing."""
    party = lock_party(_party_of(contact_id))
    contact = party.contacts.get(pk=contact_id)
    if not contact.is_active:
        return contact
    was_main = contact.is_primary
    contact.is_active = contact.is_primary = False
    contact.save(update_fields=["is_active", "is_primary"])
    heir = party.contacts.filter(is_active=True).order_by("pk").first() if was_main else None
    if heir is not None:
        heir.is_primary = True
        heir.save(update_fields=["is_primary"])
    record(actor, "suppliers.contact_retired", party, contact=contact.pk)
    return contact


def _party_of(contact_id: int) -> int:
    return PartyContact.objects.values_list("party_id", flat=True).get(pk=contact_id)


@transaction.atomic
def log_event(
    *,
    party_id: int,
    kind: str,
    happened_on: date,
    summary: str,
    actor: User,
    contact: PartyContact | None = None,
    pieces: int | None = None,
    rate: Decimal | None = None,
    guarantee: Decimal | None = None,
) -> PartyEvent:
    """Write down a call, meeting, visit, samples or a quotation. A prospect moves along by it, never back."""
    party = lock_party(party_id)
    if happened_on > timezone.localdate():
        raise DomainError(_("This day has not come yet. Note what is planned as a task."), fields={"happened_on": True})
    entry = party.events.create(
        kind=kind,
        happened_on=happened_on,
        summary=summary,
        contact=contact,
        pieces=pieces,
        rate=rate,
        guarantee=guarantee,
        written_by=actor,
    )
    _move_along(party, kind, actor)
    record(actor, "suppliers.event_logged", party, kind=kind)
    return entry


def _move_along(party: Party, kind: str, actor: User) -> None:
    reached = REACHES.get(Kind(kind))
    order = list(Stage)
    if party.status != Party.Status.PROSPECT or reached is None or party.stage == Stage.GIVEN_UP:
        return
    if order.index(Stage(party.stage)) >= order.index(reached):
        return
    party.events.create(kind=Kind.STAGE, summary="", stage_from=party.stage, stage_to=reached, written_by=actor)
    party.stage, party.stage_since_on = reached, timezone.localdate()
    party.save(update_fields=["stage", "stage_since_on"])


@transaction.atomic
def add_task(*, party_id: int, title: str, due_on: date, owner: User, actor: User) -> PartyTask:
    """Note what is to be done by whom and when; somebody else's task is told to them."""
    party = lock_party(party_id)
    task = party.tasks.create(title=title, due_on=due_on, owner=owner, created_by=actor)
    if owner.pk != actor.pk:
        notify(
            users=[owner],
            text=_("%(who)s asks you by %(day)s: %(task)s (%(supplier)s)")
            % {"who": actor, "day": f"{due_on:%Y-%m-%d}", "task": title, "supplier": party.label},
            url=reverse("suppliers:party_detail", args=[party.pk]),
        )
    record(actor, "suppliers.task_added", party, task=task.pk, due_on=due_on, owner=owner.pk)
    return task


@transaction.atomic
def finish_task(*, task_id: int, actor: User) -> PartyTask:
    """Mark a task as done. A second time is refused with who did it."""
    task = PartyTask.objects.select_for_update(no_key=True, of=("self",)).select_related("done_by").get(pk=task_id)
    if task.done_at is not None:
        raise Conflict(_("%(who)s has done this already.") % {"who": task.done_by})
    task.done_at, task.done_by = timezone.now(), actor
    task.save(update_fields=["done_at", "done_by"])
    record(actor, "suppliers.task_done", task, party=task.party_id)
    return task
