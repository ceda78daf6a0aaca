"""How rows of segments are locked."""

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import Segment
from campaigns.segment_exceptions import SegmentRefused


def lock_segment(segment_id: int) -> Segment:
    """One segment, held until the transaction ends."""
    found = Segment.objects.select_for_update(no_key=True, of=("self",)).select_related("current").filter(pk=segment_id)
    if (segment := found.first()) is None:
        raise SegmentRefused(_("There is no such segment."))
    return segment


def lock_references() -> None:
    """Rules that refer to segments are written one after another: two writers could each close half a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.segment_references'))")
