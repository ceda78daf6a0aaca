"""Who may see and touch which member. The only way from a request to a member's row.

A person in scope sees a member's name and details; outside the scope both are masked and nothing can be changed.
"""

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import NotFound, PermissionRefused
from staff.access import counters_for, require, stores_for
from staff.models import ImportProfile, User
from staff.roles import Role
from stores.models import Chain

from .models import (
    AuthorisedBuyer,
    Contact,
    DuplicatePair,
    ErasureRequest,
    GroupContact,
    Household,
    HouseholdMember,
    Member,
    MemberCard,
    MemberCare,
    MemberIdentity,
    MemberImport,
    MemberPhone,
    MergeOperation,
    StagedMember,
)

ScopeCheck = Callable[[User, set[int]], set[int]]
ScopeIds = Callable[[User], QuerySet]

_associate_checks: list[ScopeCheck] = []
_associate_ids: list[ScopeIds] = []


def register_associate_scope(check: ScopeCheck, ids: ScopeIds | None = None) -> None:
    """Let an app above widen an associate's scope ("bought at my counter").

    `check(user, member_ids)` returns those of the ids the associate may see unmasked; the optional `ids(user)`
    returns a queryset of member ids (one column) that lists add to the associate's own customers.
    """
    if check not in _associate_checks:
        _associate_checks.append(check)
    if ids is not None and ids not in _associate_ids:
        _associate_ids.append(ids)


def care_in_scope(user: User) -> QuerySet[MemberCare]:
    """The members a person looks after today; for an associate those of the own counters too."""
    today = timezone.localdate()
    mine = Q(associate_id=user.pk)
    if user.role == Role.ASSOCIATE:
        # A list, not a subquery: Postgres joins two index scans for an OR of constants only.
        mine |= Q(counter_id__in=list(counters_for(user).values_list("pk", flat=True)))
    return MemberCare.objects.filter(mine, from_on__lte=today).filter(Q(until_on__isnull=True) | Q(until_on__gte=today))


def unmasked_ids(user: User, members: Iterable[tuple[int, int | None]]) -> set[int]:
    """Of (member id, home store id) pairs, the ids this person sees unmasked. At most a few queries for any number."""
    pairs = list(members)
    ids = {pk for pk, _store in pairs}
    if not ids:
        return set()
    if user.role == Role.ASSOCIATE:
        seen = set(care_in_scope(user).filter(member_id__in=ids).values_list("member_id", flat=True))
        for check in _associate_checks:
            if ids - seen:
                seen |= check(user, ids - seen)
        return seen
    if user.role == Role.ADMIN or user.all_stores or Chain.get().shares_member_base:
        return ids
    stores = set(stores_for(user).values_list("pk", flat=True))
    return {pk for pk, store_id in pairs if store_id is None or store_id in stores}


def sees_unmasked(user: User, member: Member) -> bool:
    """Whether this person sees the member's name and details in clear."""
    return member.pk in unmasked_ids(user, [(member.pk, member.home_store_id)])


def members_visible(user: User) -> QuerySet[Member]:
    """The living members this person may list: all of them where the base is shared, else those in scope."""
    members = Member.objects.filter(merged_into__isnull=True)
    if user.role == Role.ASSOCIATE:
        # One IN over a union: with an OR of two the whole base would be walked to find a few customers.
        mine = care_in_scope(user).order_by().values_list("member_id")
        others = [ids(user).order_by() for ids in _associate_ids]
        return members.filter(pk__in=mine.union(*others) if others else mine)
    if user.role == Role.ADMIN or user.all_stores or Chain.get().shares_member_base:
        return members
    return members.filter(Q(home_store__in=stores_for(user).values("pk")) | Q(home_store__isnull=True))


def member_for(user: User, pk: int, permission: str = "members.view_member") -> Member:
    """The member, if this person may do that with them. Looking is allowed outside the scope, masked."""
    require(user, permission)
    member = Member.objects.select_related("home_store", "enrolled_by", "merged_into").filter(pk=pk).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    if permission != "members.view_member" and not member.is_merged:
        require_scope(user, member)
    return member


def require_scope(user: User, member: Member) -> None:
    """Raise `PermissionRefused` unless the member lies in the person's scope."""
    if not sees_unmasked(user, member):
        raise PermissionRefused(
            _("This member belongs to another store or counter. Ask a colleague there, or your manager.")
        )


def card_for(user: User, pk: int, permission: str) -> MemberCard:
    """One card of a member in scope."""
    card = MemberCard.objects.select_related("member", "holder").filter(pk=pk).first()
    if card is None:
        raise NotFound(_("There is no such card."))
    require(user, permission)
    require_scope(user, card.member)
    return card


def phone_for(user: User, pk: int, permission: str) -> MemberPhone:
    """One phone of a member in scope."""
    phone = MemberPhone.objects.select_related("member").filter(pk=pk).first()
    if phone is None:
        raise NotFound(_("There is no such phone number."))
    require(user, permission)
    require_scope(user, phone.member)
    return phone


def identity_for(user: User, pk: int, permission: str) -> MemberIdentity:
    """One identity paper of a member in scope."""
    row = MemberIdentity.objects.select_related("member").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such identity paper."))
    require(user, permission)
    require_scope(user, row.member)
    return row


def care_for(user: User, pk: int, permission: str) -> MemberCare:
    """One care assignment of a member in scope."""
    care = MemberCare.objects.select_related("member", "associate", "counter").filter(pk=pk).first()
    if care is None:
        raise NotFound(_("There is no such assignment."))
    require(user, permission)
    require_scope(user, care.member)
    return care


def buyer_for(user: User, pk: int, permission: str, *, group: Member | None = None) -> AuthorisedBuyer:
    """One active authorised buyer of a company in scope (of this company, where one is given)."""
    buyers = AuthorisedBuyer.objects.select_related("group")
    if group is not None:
        buyers = buyers.filter(group=group, is_active=True)
    buyer = buyers.filter(pk=pk).first()
    if buyer is None:
        raise NotFound(_("There is no such authorised buyer."))
    require(user, permission)
    require_scope(user, buyer.group)
    return buyer


def group_contact_for(user: User, pk: int, permission: str) -> GroupContact:
    """One contact of a company in scope."""
    contact = GroupContact.objects.select_related("group").filter(pk=pk).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    require(user, permission)
    require_scope(user, contact.group)
    return contact


def contacts_visible(user: User) -> QuerySet[Contact]:
    """Contacts without a card: of the own stores, for an associate of the own counters and notes."""
    contacts = Contact.objects.select_related("store", "counter", "noted_by", "converted_to", "came_with")
    if user.role == Role.ASSOCIATE:
        return contacts.filter(Q(noted_by=user) | Q(counter__in=counters_for(user).values("pk")))
    if user.role == Role.ADMIN or user.all_stores or Chain.get().shares_member_base:
        return contacts
    return contacts.filter(store__in=stores_for(user).values("pk"))


def contact_for(user: User, pk: int, permission: str) -> Contact:
    """One contact without a card this person may see."""
    require(user, permission)
    contact = contacts_visible(user).filter(pk=pk).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    return contact


def member_imports_for(user: User) -> QuerySet[MemberImport]:
    """The imports of members this person may look at: the own ones, for the chain's office all of them."""
    require(user, "members.import_member")
    batches = MemberImport.objects.select_related("created_by", "profile", "job")
    if user.all_stores or user.role == Role.ADMIN:
        return batches
    return batches.filter(created_by=user)


def member_import_for(user: User, pk: int) -> MemberImport:
    """One import of members."""
    batch = member_imports_for(user).filter(pk=pk).first()
    if batch is None:
        raise NotFound(_("There is no such import, or it is not yours."))
    return batch


def staged_rows(batch: MemberImport, verdict: str) -> QuerySet[StagedMember]:
    """The rows of an import with one verdict."""
    return StagedMember.objects.filter(batch=batch, verdict=verdict)


def member_profiles() -> QuerySet[ImportProfile]:
    """The saved mappings of files of members."""
    return ImportProfile.objects.filter(kind="members")


def merges_for(user: User) -> QuerySet[MergeOperation]:
    """Merges of members this person may merge: those of the own stores, or all where the base is shared."""
    require(user, "members.merge_member")
    merges = MergeOperation.objects.select_related("winner__home_store", "loser__home_store", "by", "undone_by")
    if user.role == Role.ADMIN or user.all_stores or Chain.get().shares_member_base:
        return merges
    return merges.filter(Q(winner__home_store__in=stores_for(user).values("pk")) | Q(winner__home_store__isnull=True))


def merge_for(user: User, pk: int) -> MergeOperation:
    """One merge of a member in scope."""
    operation = merges_for(user).filter(pk=pk).first()
    if operation is None:
        raise NotFound(_("There is no such merge."))
    return operation


def erasures_for(user: User) -> QuerySet[ErasureRequest]:
    """Requests to be erased of members this person may erase: those of the own stores, or all where the base is
    shared."""
    require(user, "members.erase_member")
    requests = ErasureRequest.objects.select_related("member__home_store", "decided_by")
    if user.role == Role.ADMIN or user.all_stores or Chain.get().shares_member_base:
        return requests
    return requests.filter(Q(member__home_store__in=stores_for(user).values("pk")) | Q(member__home_store__isnull=True))


def erasure_for(user: User, pk: int) -> ErasureRequest:
    """One such request."""
    request = erasures_for(user).filter(pk=pk).first()
    if request is None:
        raise NotFound(_("There is no such request."))
    return request


def duplicates_for(user: User) -> QuerySet[DuplicatePair]:
    """Pairs of living members, both of which this person may merge."""
    require(user, "members.merge_member")
    pairs = DuplicatePair.objects.select_related("first__home_store", "second__home_store").filter(
        Q(state=DuplicatePair.State.MERGED) | Q(first__merged_into__isnull=True, second__merged_into__isnull=True)
    )
    if user.role == Role.ADMIN or user.all_stores or Chain.get().shares_member_base:
        return pairs
    own = stores_for(user).values("pk")
    return pairs.filter(first__home_store__in=own, second__home_store__in=own)


def duplicate_for(user: User, pk: int) -> DuplicatePair:
    """One such pair."""
    pair = duplicates_for(user).filter(pk=pk).first()
    if pair is None:
        raise NotFound(_("There is no such pair."))
    return pair


def households_for(user: User) -> QuerySet[Household]:
    """The households in which this person may list a member of today."""
    require(user, "members.view_household")
    today = HouseholdMember.objects.filter(left_on__isnull=True, member__in=members_visible(user))
    return Household.objects.filter(pk__in=today.values("household_id"))


def household_for(user: User, pk: int, permission: str = "members.view_household") -> Household:
    """One household a member of which lies, or lay, in the person's scope."""
    require(user, permission)
    pairs = HouseholdMember.objects.filter(household_id=pk).values_list("member_id", "member__home_store_id")
    household = Household.objects.filter(pk=pk).first() if unmasked_ids(user, pairs) else None
    if household is None:
        raise NotFound(_("There is no such household."))
    return household


def household_place_for(user: User, pk: int, permission: str) -> HouseholdMember:
    """The open place of a member in scope."""
    place = HouseholdMember.objects.select_related("member", "household").filter(pk=pk, left_on__isnull=True).first()
    if place is None:
        raise NotFound(_("There is no such place in a household."))
    require(user, permission)
    require_scope(user, place.member)
    return place
