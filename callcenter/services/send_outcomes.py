"""What came of the calls of a send, told back to it: at once where somebody noted a result, else within a minute."""

from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from callcenter.models import CallList
from campaigns.services.call_results import CallResult, record_calls

PREFIX = "send:"
# Lists that were closed are looked at for so long.
CLOSED_SINCE = timedelta(days=2)

# Recipients who wait for their call, under the number they have today, and what their entry says. Who could not be put
# on the list has none.
_ENDED = """
SELECT r.member_id, CASE
    WHEN e.id IS NULL THEN 'call_not'
    WHEN e.last_outcome = 'never' THEN 'call_never'
    WHEN e.last_outcome = 'wrong' THEN 'call_wrong'
    WHEN e.last_outcome = 'declined' THEN 'call_no'
    WHEN e.last_outcome IN ('no_answer', 'busy') THEN 'call_none'
    WHEN e.last_outcome = '' THEN 'call_not'
    ELSE 'call_yes' END, e.last_at
FROM campaigns_sendrecipient r JOIN members_member m ON m.id = r.member_id
LEFT JOIN callcenter_calllistentry e ON e.call_list_id = %(list)s AND e.member_id = coalesce(m.merged_into_id, m.id)
WHERE r.send_id = %(send)s AND r.state = 5 AND (e.id IS NULL OR e.state IN ('done', 'dropped'))
    AND (%(only)s::bigint IS NULL OR e.member_id = %(only)s)
"""


def tell_send(*, call_list: CallList, member_id: int | None = None) -> int:
    """Tell the send a list was made for how calls ended: all of them, or those to one member. Returns how many were new;
    a list of another origin tells nobody."""
    send_id = send_of(call_list)
    if send_id is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, {"list": call_list.pk, "send": send_id, "only": member_id})
        results = [CallResult(*row) for row in cursor.fetchall()]
    return record_calls(send_id=send_id, results=results)


def tell_sends() -> int:
    """The same for every list of a send that is worked, or was closed lately: entries dropped by a rule, closed lists."""
    fresh = Q(closed_at=None) | Q(closed_at__gte=timezone.now() - CLOSED_SINCE)
    return sum(tell_send(call_list=one) for one in CallList.objects.filter(fresh, source_key__startswith=PREFIX))


def send_of(call_list: CallList) -> int | None:
    """The send a list was made for."""
    _prefix, found, number = (call_list.source_key or "").partition(PREFIX)
    return int(number) if found and number.isdigit() else None
