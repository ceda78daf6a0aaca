"""Counting where the recipients of a send stand."""

from django.db import connection, transaction

from campaigns.models import SendTally


@transaction.atomic
def tally_send(send_id: int) -> list[SendTally]:
    """Count anew and keep the counts, for pages that must not count a million rows. A second call counts again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.tally'), %s)", [send_id % 2**31])
        cursor.execute(
            "SELECT state, reason, arm, count(*) FROM campaigns_sendrecipient WHERE send_id = %s GROUP BY 1, 2, 3",
            [send_id],
        )
        counts = [
            SendTally(send_id=send_id, state=state, reason=reason, arm=arm, count=count)
            for state, reason, arm, count in cursor.fetchall()
        ]
    SendTally.objects.filter(send_id=send_id).delete()
    SendTally.objects.bulk_create(counts)
    return counts
