"""Members signed in on their phones. The key is the session: signed, stamped, and known here only by its digest.

Nothing is written while pages are read: inactivity is measured by the stamp of the cookie, which pages renew; the row
is there so that leaving, closing and erasing end it.
"""

import secrets
from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from members.models import Member, MemberSession
from staff.audit import record

COOKIE: Final = "atrium_me"
PATH: Final = "/me/"
IDLE: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=180)
_SIGNER: Final = signing.TimestampSigner(salt="members.session")


@transaction.atomic
def open_session(*, member: Member) -> str:
    """Sign a member in; returns the key for the cookie. Each call opens another session."""
    key = secrets.token_urlsafe(32)
    MemberSession.objects.create(member=member, digest=_digest(key))
    record(None, "members.self_signed_in", member, store=member.home_store_id)
    return stamped(key)


def stamped(key: str) -> str:
    """The key as the cookie holds it, with the time of now."""
    return _SIGNER.sign(key)


def key_of(cookie: str) -> str | None:
    """The key in a cookie; None for a forged one and for one not shown for thirty days."""
    try:
        return _SIGNER.unsign(cookie, max_age=IDLE)
    except signing.BadSignature:
        return None


def session_of(cookie: str) -> MemberSession | None:
    """The standing session of a cookie, with its member, in one query."""
    key = key_of(cookie)
    if key is None:
        return None
    since = timezone.now() - LONGEST
    rows = MemberSession.objects.select_related("member__home_store")
    standing = rows.filter(digest=_digest(key), ended_at__isnull=True, opened_at__gt=since)
    session = standing.exclude(member__status=Member.Status.CLOSED).first()
    return session if session and not session.member.is_merged and not session.member.is_erased else None


@transaction.atomic
def end_session(*, session: MemberSession) -> None:
    """Sign out. A second call changes nothing."""
    if MemberSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=timezone.now()):
        record(None, "members.self_signed_out", session.member, store=session.member.home_store_id)


def drop_old_sessions() -> int:
    """Forget sessions that can never count again; returns how many. A second run finds none."""
    return MemberSession.objects.filter(opened_at__lt=timezone.now() - LONGEST).delete()[0]


def _digest(key: str) -> str:
    return salted_hmac("members.session", key, algorithm="sha256").hexdigest()
