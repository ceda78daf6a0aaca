"""Where a member is reached over each channel, and the keyed hash by which an address is known without being kept."""

import hashlib
import secrets
from collections.abc import Sequence

from campaigns.models import Send, SendingDesk
from kit.remembered import Remembered

Channel = Send.Channel

# Where the address stands in the row of a member `m`: the same three columns as below.
OWN = {
    Channel.EMAIL: """
        SELECT lower(m.email) AS address, false AS said_no, m.email NOT LIKE '%%_@_%%' AS is_bad WHERE m.email <> ''""",
    Channel.POST: """
        SELECT concat_ws('|', m.province, m.city, m.district, m.street) AS address, false AS said_no,
            m.city = '' AND m.province = '' AS is_bad WHERE m.street <> ''""",
}
_OWN_REACH = """
        SELECT member_id, own.* FROM audience JOIN members_member m ON m.id = member_id AND m.id > %(low)s AND m.id <= %(high)s
        CROSS JOIN LATERAL ({}) AS own"""
# `low` and `high` enclose the audience, so that a piece of a million reads its piece of the members only.
# One row a member of the audience: the best address, whether the member keeps it free of messages, whether it works.
REACH = {
    Channel.SMS: """
        SELECT DISTINCT ON (p.member_id) p.member_id, p.e164 AS address, p.opt_out_sms AS said_no, p.invalid AS is_bad
        FROM audience JOIN members_memberphone p USING (member_id) WHERE p.kind <> 'landline'
            AND p.member_id > %(low)s AND p.member_id <= %(high)s
        ORDER BY p.member_id, p.invalid, p.opt_out_sms, p.is_primary DESC, p.id""",
    Channel.PHONE: """
        SELECT DISTINCT ON (p.member_id) p.member_id, p.e164 AS address, p.opt_out_call AS said_no, p.invalid AS is_bad
        FROM audience JOIN members_memberphone p USING (member_id)
        WHERE p.member_id > %(low)s AND p.member_id <= %(high)s
        ORDER BY p.member_id, p.invalid, p.opt_out_call, p.is_primary DESC, p.id""",
    Channel.EMAIL: _OWN_REACH.format(OWN[Channel.EMAIL]),
    Channel.POST: _OWN_REACH.format(OWN[Channel.POST]),
    Channel.SITE: "SELECT member_id, NULL::text AS address, false AS said_no, false AS is_bad FROM audience",
}
# The column of the member that holds the last word about offers; own pages need none.
CONSENT = {
    Channel.SMS: "m.allows_sms",
    Channel.PHONE: "m.allows_phone",
    Channel.EMAIL: "m.allows_email",
    Channel.POST: "m.allows_post",
    Channel.SITE: "true",
}
# Service messages need no yes, but a no is heard: the last word about them, over this channel. Own pages are never pushed.
_NOT_REFUSED = """coalesce((SELECT c.granted FROM members_consent c WHERE c.member_id = m.id AND c.channel = '{}'
    AND c.purpose = 'service' ORDER BY c.at DESC, c.id DESC LIMIT 1), true)"""
NOT_REFUSED = {
    channel: "true" if channel == Channel.SITE else _NOT_REFUSED.format(channel.value) for channel in Channel
}


def agreement(channel: str, *, marketing: bool) -> tuple[str, str]:
    """The condition over a member `m` that lets messages of a purpose pass, and the reason of who does not."""
    return (CONSENT[channel], "no_consent") if marketing else (NOT_REFUSED[channel], "no_service")


def enclosed(ids: Sequence[int]) -> dict[str, int]:
    """The bounds of an audience given by numbers."""
    return {"low": min(ids, default=0) - 1, "high": max(ids, default=0)}


HASH = "('x' || encode(substring(sha256(convert_to(%(key)s || {}, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint"


def _key() -> str:
    desk, _made = SendingDesk.objects.get_or_create(
        pk=1, defaults={"installation": "", "address_key": secrets.token_hex(32)}
    )
    return desk.address_key


# Kept in the database and not in the settings: a changed secret must not make every suppressed address unknown.
address_key = Remembered(_key)


def hash_address(channel: str, address: str) -> int:
    """The same number as `HASH` in the database: eight bytes of SHA-256 over key and address."""
    plain = address.lower() if channel == Channel.EMAIL else address
    digest = hashlib.sha256((address_key.get() + plain).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
