"""The list of addresses nothing is sent to: entered by hand, lifted with a reason. Addresses are never kept, only their keyed
hashes; whoever looks for one has to know it."""

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Send, Suppression
from campaigns.send_exceptions import SendRefused
from campaigns.services.addresses import hash_address
from kit import phones
from kit.errors import DomainError
from staff.audit import record
from staff.models import User

Channel = Send.Channel
BY_HAND = (Channel.SMS, Channel.PHONE, Channel.EMAIL)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"\+?\d[\d \-]{5,}\d")


@transaction.atomic
def suppress_by_hand(*, channel: str, address: str, note: str, actor: User) -> Suppression:
    """Send nothing to an address any more, whoever has it. One that is suppressed already stays as it is."""
    if channel not in BY_HAND:
        raise SendRefused(_("Only numbers and e-mail addresses are suppressed."), fields={"channel": True})
    if not note.strip():
        raise SendRefused(_("Please say why."), fields={"note": True})
    row, is_new = Suppression.objects.get_or_create(
        channel=channel, address_hash=hash_address(channel, plain_address(channel, address)),
        defaults={
            "reason": Suppression.Reason.HAND, "evidence": without_addresses(note.strip())[:200], "at": timezone.now(),
        },
    )  # fmt: skip
    if is_new:
        record(actor, "campaigns.address_suppressed", row, channel=channel, reason=row.reason, note=row.evidence)
    return row


@transaction.atomic
def lift_suppression(*, suppression_id: int, reason: str, actor: User) -> bool:
    """Let an address be written to again; consent is another matter and stays as it is. A second call finds nothing.
    Returns whether there was one."""
    if not reason.strip():
        raise SendRefused(_("Please say why."), fields={"reason": True})
    row = Suppression.objects.select_for_update().filter(pk=suppression_id).first()
    if row is None:
        return False
    record(
        actor, "campaigns.suppression_lifted", row, channel=row.channel, was=row.reason, since=row.at,
        reason=without_addresses(reason.strip())[:200], code=code_of(row.address_hash),
    )  # fmt: skip
    row.delete()
    return True


def plain_address(channel: str, typed: str) -> str:
    """A number or e-mail address as it is hashed; raises in words where it is none."""
    if channel == Channel.EMAIL:
        plain = typed.strip().lower()
        if not _EMAIL.fullmatch(plain):
            raise SendRefused(_("This is no e-mail address."), fields={"address": True})
        return plain
    return phones.reachable(typed)


def hashes_of(typed: str) -> list[tuple[str, int]]:
    """What somebody typed, as channel and hash of every channel it can be an address of."""
    found = []
    for channel in BY_HAND:
        try:
            found.append((channel.value, hash_address(channel, plain_address(channel, typed))))
        except DomainError:
            continue
    return found


def code_of(address_hash: int) -> str:
    """A short name of an address that says nothing about it: the same address always has the same."""
    return f"{address_hash & 0xFFFFFFFF:08X}"


def without_addresses(text: str) -> str:
    """A note without the addresses somebody wrote into it."""
    return _NUMBER.sub(lambda found: phones.mask(found[0]) if len(found[0]) > 6 else found[0], _EMAIL.sub("…@…", text))
