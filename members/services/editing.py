"""Changing what a member is: name, birthday, address, category, status."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import names
from kit.errors import DomainError
from members.birthdays import NO_BIRTHDAY, Birthday
from members.locks import lock_member
from members.models import Member
from members.services.search_rows import write_search_row
from staff.audit import record
from staff.models import User
from stores.models import Store


@dataclass(frozen=True)
class Address:
    """Where the member lives or, for a company, is."""

    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


@transaction.atomic
def edit_member(
    *,
    member_id: int,
    actor: User | None,
    name: str,
    name_en: str,
    gender: str,
    birthday: Birthday | None,
    email: str,
    language: str,
    home_store: Store | None,
    address: Address,
) -> Member:
    """Correct a member's details. The audit trail keeps which fields changed; the same details again change nothing."""
    member = lock_member(member_id)
    name, name_en = names.tidy(name), names.tidy(name_en)
    if not name and not name_en and not member.external_no:
        raise DomainError(_("Please give a name."), fields={"name": ""})
    birth = birthday.columns(timezone.localdate()) if birthday else NO_BIRTHDAY
    wanted = {
        "name": name,
        "name_en": name_en,
        "gender": gender,
        "email": email.strip(),
        "language": language,
        "home_store_id": home_store.pk if home_store else None,
        **address.__dict__,
        **birth,
    }
    changed = [field for field, value in wanted.items() if getattr(member, field) != value]
    if not changed:
        return member
    for field in changed:
        setattr(member, field, wanted[field])
    member.updated_at = timezone.now()
    member.save(update_fields=[*(f.removesuffix("_id") for f in changed), "updated_at"])
    if {"name", "name_en"} & set(changed):
        write_search_row(member)
    record(actor, "members.member_edited", member, store=member.home_store_id, fields=sorted(changed))
    return member


@transaction.atomic
def categorise_member(*, member_id: int, category: str, actor: User | None) -> Member:
    """Make somebody a big customer, or an ordinary member again. A second call changes nothing."""
    member = lock_member(member_id)
    if (category == Member.Category.GROUP) != member.is_group:
        raise DomainError(_("Companies are group members; people are not."), fields={"category": ""})
    if member.category != category:
        before, member.category = member.category, Member.Category(category)
        member.updated_at = timezone.now()
        member.save(update_fields=["category", "updated_at"])
        record(actor, "members.member_categorised", member, store=member.home_store_id, before=before, after=category)
    return member


@transaction.atomic
def freeze_member(*, member_id: int, reason: str, actor: User | None) -> Member:
    """Nothing is earned or redeemed until the member is reactivated. A second call changes nothing."""
    return _to_status(member_id, Member.Status.FROZEN, reason, actor)


@transaction.atomic
def close_member(*, member_id: int, reason: str, actor: User | None) -> Member:
    """The member left the programme; what happened stays on record. A second call changes nothing."""
    return _to_status(member_id, Member.Status.CLOSED, reason, actor)


@transaction.atomic
def reactivate_member(*, member_id: int, reason: str, actor: User | None) -> Member:
    """A frozen or closed member takes part again. A second call changes nothing."""
    return _to_status(member_id, Member.Status.ACTIVE, reason, actor)


def _to_status(member_id: int, status: Member.Status, reason: str, actor: User | None) -> Member:
    member = lock_member(member_id)
    if member.status != status:
        before, member.status = member.status, status
        member.updated_at = timezone.now()
        member.save(update_fields=["status", "updated_at"])
        record(
            actor,
            "members.member_status_changed",
            member,
            store=member.home_store_id,
            before=before,
            after=status,
            reason=reason,
        )
    return member
