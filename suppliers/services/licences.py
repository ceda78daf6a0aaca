"""Licences of companies and certificates of people: recorded, renewed, withdrawn."""

from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict, DomainError
from kit.uploads import SCANS, checked_upload, shown_name
from staff.audit import record
from staff.models import User
from suppliers.locks import lock_party
from suppliers.models import Licence, LicenceType, Party, PartyPerson
from suppliers.services.standing import review_standing


@transaction.atomic
def record_licence(
    *,
    party_id: int,
    type: LicenceType,
    number: str,
    valid_from: date | None,
    valid_to: date | None,
    actor: User,
    person: PartyPerson | None = None,
    scan: UploadedFile | None = None,
) -> Licence:
    """Record a paper. One that lasts longer than an earlier one of its kind replaces it; the standing is reviewed."""
    party = lock_party(party_id)
    _check(party, type, person, valid_from, valid_to)
    licence = Licence(
        party=party,
        person=person,
        type=type,
        number=number,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_by=actor,
    )
    if scan is not None:
        licence.scan_name = shown_name(scan)
        licence.scan = checked_upload(scan, SCANS)
    licence.save()
    _settle(licence)
    record(actor, "suppliers.licence_recorded", licence, party=party.pk, type=type.code, valid_to=valid_to)
    review_standing(party_id=party.pk, actor=actor)
    return licence


def _check(
    party: Party, type: LicenceType, person: PartyPerson | None, valid_from: date | None, valid_to: date | None
) -> None:
    if (type.holder == LicenceType.Holder.PERSON) != (person is not None):
        raise DomainError(_("This paper belongs to a person. Record it at the person."), fields={"type": True})
    if person is not None and person.party_id != party.pk:
        raise DomainError(_("This person works for another supplier."), fields={"person": True})
    if valid_from and valid_to and valid_to < valid_from:
        raise DomainError(_("The last day lies before the first."), fields={"valid_to": True})


def _settle(licence: Licence) -> None:
    settle_papers(
        party_id=licence.party_id, person_id=licence.person_id, type_id=licence.type_id, on=timezone.localdate()
    )


def settle_papers(*, party_id: int, person_id: int | None, type_id: int, on: date) -> None:
    """Of the papers of one kind the longest lasting speaks; those it follows without a gap point to it."""
    papers = list(
        Licence.objects.filter(party_id=party_id, person_id=person_id, type_id=type_id, withdrawn_at=None).order_by(
            "pk"
        )
    )
    if not papers:
        return
    speaker = max(papers, key=lambda paper: (paper.valid_to is None, paper.valid_to or on, paper.pk))
    for paper in papers:
        heir = speaker if paper is not speaker and _follows(speaker, paper, on) else None
        if paper.replaced_by_id != (heir and heir.pk):
            paper.replaced_by = heir
            paper.save(update_fields=["replaced_by"])


def _follows(speaker: Licence, paper: Licence, on: date) -> bool:
    """Whether the speaker begins before the other one has been over for a day: else the gap must stay visible."""
    begins = speaker.valid_from
    return (
        begins is None or begins <= on or (paper.valid_to is not None and begins <= paper.valid_to + timedelta(days=1))
    )


@transaction.atomic
def withdraw_licence(*, licence_id: int, reason: str, actor: User) -> Licence:
    """Take a paper out that was entered wrongly or was revoked; what it replaced speaks again."""
    party = lock_party(Licence.objects.values_list("party_id", flat=True).get(pk=licence_id))
    licence = Licence.objects.get(pk=licence_id)
    if licence.withdrawn_at is not None:
        raise Conflict(_("This paper is withdrawn already."))
    licence.withdrawn_at, licence.withdrawn_reason, licence.replaced_by = timezone.now(), reason, None
    licence.save(update_fields=["withdrawn_at", "withdrawn_reason", "replaced_by"])
    licence.replaces.update(replaced_by=None)
    _settle(licence)
    record(actor, "suppliers.licence_withdrawn", licence, party=party.pk, reason=reason)
    review_standing(party_id=party.pk, actor=actor)
    return licence
