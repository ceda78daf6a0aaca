"""The part of some stores in the result of a send that went further: their members, as they were assigned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.exceptions import NothingToMeasure
from campaigns.models import ResultSheet, Send
from campaigns.selectors.results import Cost, Sheet, read_sheet
from campaigns.services.results import fill_sheet, window_of
from kit.money import to_fen

# Nobody waits twice for the same part, and it is as fresh as anybody needs.
KEPT = 15 * 60
_OF_STORES = """
SELECT r.member_id, r.arm, %(first)s::date AS first_on FROM campaigns_sendrecipient r
JOIN members_member m ON m.id = r.member_id
WHERE r.send_id = %(send)s AND r.arm > 0 AND m.home_store_id = ANY(%(homes)s)
"""
_PARTS = """
SELECT coalesce(sum(r.parts), 0) FROM campaigns_sendrecipient r JOIN members_member m ON m.id = r.member_id
WHERE r.send_id = %(send)s AND r.state IN (4, 5, 6, 8) AND m.home_store_id = ANY(%(homes)s)
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet nobody keeps, and what the messages to these members cost, in yuan."""

    sheet: ResultSheet
    cost: Decimal

    def read(self) -> Sheet:
        return read_sheet(self.sheet, costs=[Cost(str(_("Messages")), self.cost)])


def part_of_send(*, send: Send, store_ids: Sequence[int]) -> Part:
    """The result among members whose home is one of these stores; computed at most every quarter of an hour. Raises
    before anything was sent."""
    if send.started_at is None:
        raise NothingToMeasure(_("Nothing has been sent yet."))
    homes = sorted(store_ids)
    key = f"result-part:{send.pk}:{'-'.join(map(str, homes))}"
    return cache.get_or_set(key, lambda: _computed(send, homes), KEPT)


@transaction.atomic
def _computed(send: Send, homes: list[int]) -> Part:
    first_on = timezone.localdate(send.started_at)
    sheet = ResultSheet(send=send)
    days = (first_on, first_on + timedelta(days=window_of(send) - 1))
    who = {"send": send.pk, "sends": [send.pk], "homes": homes}
    fill_sheet(sheet, days, _OF_STORES, who, campaign=send.campaign, attributes=False)
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, who)
        (parts,) = cursor.fetchone()
    return Part(sheet, to_fen(send.unit_price * parts))
