"""What becomes of segments' rows when members become one or are erased."""

from django.db import connection

from campaigns.models import SegmentMember
from members.services import erasing
from members.services.erasing import Gone
from members.services.merging import keep, move, register


def _out_of_segments(gone: Gone) -> int:
    """Out of every segment, and out of the sample estimates are made of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('segment_sample.members_member') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("DELETE FROM segment_sample.members_member WHERE id = ANY(%s)", [gone.ids])
    return SegmentMember.objects.filter(member_id__in=gone.ids).delete()[0]


def register_policies() -> None:
    """Pins and lists name whom they were said of, and are followed to who lives on when they are read; services had
    become the winner's."""
    register("campaigns.SegmentPin.member", keep)
    register("campaigns.SegmentListEntry.member", keep)
    register("campaigns.SegmentMove.member", keep)
    register("campaigns.PackageUse.member", move("campaigns.PackageUse", "member"))
    erasing.register("campaigns.SegmentMember", _out_of_segments)
    erasing.rows_gone("campaigns.SegmentPin", "member")
    erasing.rows_gone("campaigns.SegmentListEntry", "member")
    erasing.stays("campaigns.SegmentMove", "numbers only: when somebody without a name came and went")
    erasing.rows_emptied("campaigns.PackageUse", "member", note="")
