"""Coming in by a proved number: signing in, choosing among a family, applying for a card."""

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict, NotFound
from members import wording
from members.birthdays import Birthday
from members.locks import lock_member, lock_phone
from members.models import Consent, DuplicatePair, Member, MemberPhone, ProofCode
from members.services.consent import append_consent
from members.services.enrolment import enrol_member, members_with_phone
from members.services.phones import verify_phone
from members.services.proofs import open_proof, spend_proof
from members.services.self_sessions import open_session
from staff.audit import record
from stores.models import Store

PROVED_BY_ANOTHER: Final = "number_proved"
_WEIGHT: Final = 40


def owners_of(e164: str) -> list[Member]:
    """The members who proved this number before: one person, or a family that shares it."""
    return [member for member, verified in members_with_phone(e164) if verified]


@transaction.atomic
def enter(*, proof_id: int, member_id: int) -> str:
    """Sign in one of the members who proved this number; returns the key of the session. A proof opens one session;
    a double click gets another key for the same member."""
    proof = _locked(proof_id)
    owner = next((one for one in owners_of(proof.e164) if one.pk == member_id), None)
    if owner is None or (proof.spent_at and proof.member_id != owner.pk):
        raise NotFound(_("There is no such member."))
    spend_proof(proof, owner.pk)
    return open_session(member=owner)


@transaction.atomic
def apply_for_card(
    *,
    proof_id: int,
    name: str,
    gender: str,
    birthday: Birthday | None,
    store: Store | None,
    language: str,
    consents: Iterable[str],
) -> tuple[Member, str]:
    """Make the holder of a proved number a member, and sign them in; returns the member and the key of the session.

    A member with this number and this name, never proved until now, is the same person: they are joined. A member of
    another name with this number becomes a possible duplicate to look at. A second call with the same proof (a double
    click) returns the same member.
    """
    proof = _locked(proof_id)
    if proof.spent_at:
        member = Member.objects.get(pk=proof.member_id)
        return member, open_session(member=member)
    if owners := owners_of(proof.e164):
        if len(owners) > 1:
            raise Conflict(_("Several members share this number. Please choose who you are."))
        spend_proof(proof, owners[0].pk)
        return owners[0], open_session(member=owners[0])
    found = enrol_member(
        name=name,
        phone=proof.e164,
        store=store,
        actor=None,
        gender=gender,
        birthday=birthday,
        language=language,
        source=Member.Source.WEB,
        phone_is_verified=True,
        shares_phone=True,
    )
    member = lock_member(found.member.pk)
    if found.created:
        _note_possible_duplicates(member, proof.e164)
    else:
        verify_phone(phone_id=MemberPhone.objects.get(member=member, e164=proof.e164).pk, actor=None)
    for channel in dict.fromkeys(consents):
        append_consent(
            member,
            channel=channel,
            granted=True,
            actor=None,
            source=Consent.Source.WEB,
            evidence=wording.evidence_of(channel),
        )
    record(None, "members.terms_accepted", member, store=member.home_store_id, version=wording.VERSION)
    spend_proof(proof, member.pk)
    return member, open_session(member=member)


def _locked(proof_id: int) -> ProofCode:
    e164 = ProofCode.objects.filter(pk=proof_id).values_list("e164", flat=True).first()
    if e164 is not None:
        lock_phone(e164)
    proof = open_proof(proof_id) if e164 is not None else None
    if proof is None:
        raise Conflict(_("This took too long. Please prove your number again."), code="proof-lapsed")
    return proof


def _note_possible_duplicates(member: Member, e164: str) -> None:
    """Others with this number, of other names: somebody at the desk looks whether they are one person."""
    for other, _verified in members_with_phone(e164):
        if other.pk == member.pk:
            continue
        first, second = sorted((member.pk, other.pk))
        DuplicatePair.objects.get_or_create(
            first_id=first,
            second_id=second,
            defaults={
                "likeness": DuplicatePair.Likeness.LIKELY,
                "evidence": [PROVED_BY_ANOTHER],
                "weight": _WEIGHT,
                "found_at": timezone.now(),
            },
        )
