"""A member's phone numbers. Families may share one; each member has one main number.

A number is locked before its member: an import that writes a piece holds all numbers, then locks members.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import phones
from kit.errors import Conflict, NotFound
from members.locks import lock_member, lock_phone
from members.models import Member, MemberPhone
from staff.audit import record
from staff.models import User


@transaction.atomic
def add_phone(
    *, member_id: int, phone: str, actor: User | None, make_primary: bool = False, source: str = "desk"
) -> MemberPhone:
    """Give a member one more number; the first becomes the main one. A second call returns the number there is."""
    e164 = phones.reachable(phone)
    lock_phone(e164)
    member = lock_member(member_id)
    existing = list(member.phones.all())
    for row in existing:
        if row.e164 == e164:
            return row
    is_primary = make_primary or not any(row.is_primary for row in existing)
    if is_primary:
        member.phones.filter(is_primary=True).update(is_primary=False)
    row = MemberPhone.objects.create(member=member, e164=e164, is_primary=is_primary, source=source, **_derived(e164))
    record(actor, "members.phone_added", member, store=member.home_store_id, phone=row.masked)
    return row


@transaction.atomic
def change_phone(*, phone_id: int, phone: str, actor: User | None) -> MemberPhone:
    """Correct a number; it has to be verified anew. The same number again changes nothing."""
    e164 = phones.reachable(phone)
    lock_phone(e164)
    row, member = _locked(phone_id)
    if row.e164 == e164:
        return row
    if member.phones.filter(e164=e164).exists():
        raise Conflict(_("The member has this number already."), fields={"phone": ""})
    before = row.masked
    row.e164 = e164
    row.verified_at = None
    row.invalid = False
    for field, value in _derived(e164).items():
        setattr(row, field, value)
    row.save(update_fields=["e164", "tail", "kind", "verified_at", "invalid"])
    record(actor, "members.phone_changed", member, store=member.home_store_id, before=before, after=row.masked)
    return row


@transaction.atomic
def remove_phone(*, phone_id: int, actor: User | None) -> None:
    """Forget a number; when it was the main one the next one becomes it. A second call finds nothing to do."""
    if not MemberPhone.objects.filter(pk=phone_id).exists():
        return
    row, member = _locked(phone_id)
    was_primary, masked = row.is_primary, row.masked
    row.delete()
    if was_primary and (following := member.phones.order_by("invalid", "pk").first()):
        following.is_primary = True
        following.save(update_fields=["is_primary"])
    record(actor, "members.phone_removed", member, store=member.home_store_id, phone=masked)


@transaction.atomic
def make_phone_primary(*, phone_id: int, actor: User | None) -> MemberPhone:
    """Make this the main number. A second call changes nothing."""
    row, member = _locked(phone_id)
    if row.is_primary:
        return row
    member.phones.filter(is_primary=True).update(is_primary=False)
    row.is_primary = True
    row.save(update_fields=["is_primary"])
    record(actor, "members.phone_made_primary", member, store=member.home_store_id, phone=row.masked)
    return row


@transaction.atomic
def verify_phone(*, phone_id: int, actor: User | None) -> MemberPhone:
    """The member proved that the number is theirs. A second call keeps the first time."""
    row, member = _locked(phone_id)
    if row.verified_at is None:
        row.verified_at = timezone.now()
        row.invalid = False
        row.save(update_fields=["verified_at", "invalid"])
        record(actor, "members.phone_verified", member, store=member.home_store_id, phone=row.masked)
    return row


@transaction.atomic
def mark_phone_invalid(*, phone_id: int, actor: User | None) -> MemberPhone:
    """The number does not work. A second call changes nothing."""
    row, member = _locked(phone_id)
    if not row.invalid:
        row.invalid = True
        row.save(update_fields=["invalid"])
        record(actor, "members.phone_marked_invalid", member, store=member.home_store_id, phone=row.masked)
    return row


@transaction.atomic
def refuse_calls(*, member_id: int, actor: User | None) -> int:
    """The member wants no calls at any number; how many numbers said otherwise. A second call changes nothing."""
    member = lock_member(member_id)
    changed = member.phones.filter(opt_out_call=False).update(opt_out_call=True)
    if changed:
        record(actor, "members.calls_refused", member, store=member.home_store_id, numbers=changed)
    return changed


@transaction.atomic
def reveal_phone(*, phone_id: int, reason: str, actor: User) -> str:
    """Show a number in full, to somebody who says why. Every call is written into the audit trail."""
    row = MemberPhone.objects.select_related("member").filter(pk=phone_id).first()
    if row is None:
        raise NotFound(_("There is no such phone number."))
    record(actor, "members.phone_revealed", row.member, store=row.member.home_store_id, phone=row.masked, reason=reason)
    return phones.national(row.e164)


def _derived(e164: str) -> dict[str, str]:
    kind = MemberPhone.Kind.MOBILE if phones.is_mobile(e164) else MemberPhone.Kind.LANDLINE
    return {"tail": phones.tail(e164), "kind": kind}


def _locked(phone_id: int) -> tuple[MemberPhone, Member]:
    member_id = MemberPhone.objects.filter(pk=phone_id).values_list("member_id", flat=True).first()
    if member_id is None:
        raise NotFound(_("There is no such phone number."))
    member = lock_member(member_id)
    row = MemberPhone.objects.filter(pk=phone_id).first()
    if row is None:
        raise NotFound(_("There is no such phone number."))
    return row, member
