"""What becomes of segments and sends when members become one or are erased."""

from django.utils import timezone

from campaigns import segment_receivers
from campaigns.models import JourneyEnrolment
from campaigns.services.archive import forget_values
from members.services import erasing
from members.services.merge_log import MergeLog
from members.services.merging import keep, register


def journeys_end(log: MergeLog) -> int:
    """Journeys: what the loser went through stays with the loser; one under way ends, the winner has ways of their own."""
    under_way = JourneyEnrolment.objects.filter(member_id=log.loser_id, state=JourneyEnrolment.State.UNDER_WAY)
    # Whole seconds: the log of the merge keeps moments as text.
    now = timezone.now().replace(microsecond=0)
    ended = list(under_way)
    for one in ended:
        log.change(one, state="left", step="", due_at=None, ended_at=now, why="merged")
    return len(ended)


def journeys_of_the_erased_end(gone: erasing.Gone) -> int:
    """Somebody who is erased goes no further; that they were on the way names nobody."""
    under_way = JourneyEnrolment.objects.filter(member_id__in=gone.ids, state=JourneyEnrolment.State.UNDER_WAY)
    return under_way.update(state="left", step="", due_at=None, ended_at=timezone.now(), why="erased")


def register_policies() -> None:
    """Who belongs where is computed anew for the member who lives on; what was sent to whom stays as it was."""
    segment_receivers.register_policies()
    register("campaigns.SegmentMember.member", keep)
    register("campaigns.SendRecipient.member", keep)
    register("campaigns.ContactLedger.member", keep)
    register("campaigns.TrackEvent.member", keep)
    register("campaigns.PyramidMember.member", keep)
    register("campaigns.JourneyEnrolment.member", journeys_end)
    erasing.register("campaigns.JourneyEnrolment", journeys_of_the_erased_end)
    erasing.stays("campaigns.SendRecipient", "numbers only: that something was sent, to a member who has no name")
    erasing.register("campaigns.SentValues", lambda gone: forget_values(gone.ids))
    erasing.stays("campaigns.JourneyPass", "which steps somebody passed; the words are the journey's")
    erasing.stays("campaigns.PyramidMember", "sums of a period, of a member who has no name")
    erasing.rows_gone("campaigns.ContactLedger", "member")
    erasing.stays(
        "campaigns.TrackEvent", "numbers only, append-only: that a message was opened, by a member without a name"
    )
