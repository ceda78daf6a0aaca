"""Identity papers: recorded by a digest, found by it, never kept in clear."""

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from kit import identity_numbers
from kit.errors import Conflict
from kit.identity_numbers import Identity
from members.locks import lock_member
from members.models import MemberIdentity
from staff.audit import record
from staff.models import User


def digest_of(identity: Identity) -> str:
    """The keyed digest by which a number is found again; the key comes from the installation's secret."""
    return salted_hmac("members.identity", f"{identity.kind}:{identity.number}", algorithm="sha256").hexdigest()


def find_identity(identity: Identity) -> MemberIdentity | None:
    """Whose paper this is, if somebody showed it before."""
    found = MemberIdentity.objects.filter(kind=identity.kind, digest=digest_of(identity))
    return found.select_related("member").first()


@transaction.atomic
def record_identity(*, member_id: int, number: str, actor: User | None, kind: str = "") -> MemberIdentity:
    """Note that a member showed a paper; a further paper of the same kind takes the place of the first.

    The same number again changes nothing. A number that belongs to another member is refused.
    """
    identity = identity_numbers.parse(number, kind)
    member = lock_member(member_id)
    if known := find_identity(identity):
        if known.member_id == member.pk:
            return known
        raise Conflict(
            _("This number already belongs to member %(number)s.") % {"number": known.member.member_no},
            fields={"identity": ""},
        )
    member.identities.filter(kind=identity.kind).delete()
    row = MemberIdentity.objects.create(
        member=member, kind=identity.kind, digest=digest_of(identity), shown=identity.shown, recorded_by=actor
    )
    record(actor, "members.identity_recorded", member, store=member.home_store_id, kind=row.kind, shown=row.shown)
    return row


@transaction.atomic
def forget_identity(*, identity_id: int, actor: User | None) -> None:
    """Remove a paper. A second call finds nothing to do."""
    row = MemberIdentity.objects.filter(pk=identity_id).first()
    if row is None:
        return
    member = lock_member(row.member_id)
    row.delete()
    record(actor, "members.identity_forgotten", member, store=member.home_store_id, kind=row.kind, shown=row.shown)
