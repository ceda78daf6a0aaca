"""Coupons of running campaigns given to their segment: set-wise, on the first day and each day to who has entered since."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns import campaign_tasks as tasks
from campaigns.campaign_locks import lock_campaign
from campaigns.models import Campaign, Offer, SegmentMember
from campaigns.services.offers import last_moment
from kit.nudge import nudge
from loyalty.services.offers import issue_coupons
from members.models import Member

COUPONS = (Offer.Kind.COUPON, Offer.Kind.DISCOUNT)


def nudge_issue(campaign_id: int) -> None:
    """Ask for the coupons of a campaign after the commit; the sweep finds what is lost on the way."""
    nudge(tasks.issue_campaign, campaign_id)


def due_issues() -> list[int]:
    """Running campaigns whose coupons were not given out today yet."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Campaign.objects.filter(
        Q(offers__issued_at=None) | Q(offers__issued_at__lt=midnight),
        offers__kind__in=COUPONS,
        state=Campaign.State.RUNNING,
        until_on__gte=timezone.localdate(),
        segment__isnull=False,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


@transaction.atomic
def issue_campaign(*, campaign_id: int) -> int:
    """Give each member of the segment each coupon once; returns how many are new. May run again at any time: the cause
    of a coupon is `campaign:<campaign>:<offer>:<member>`."""
    campaign = lock_campaign(campaign_id)
    if campaign.state != Campaign.State.RUNNING or campaign.segment_id is None:
        return 0
    chosen = SegmentMember.objects.filter(segment_id=campaign.segment_id, is_in=True).values("member_id")
    issued = 0
    for offer in campaign.offers.filter(kind__in=COUPONS, coupon_kind__isnull=False).order_by("pk"):
        issued += issue_coupons(
            kind_id=offer.coupon_kind_id,
            members=Member.objects.filter(pk__in=chosen),
            source=f"campaign:{campaign.pk}",
            key_prefix=f"campaign:{campaign.pk}:{offer.pk}",
            expires_at=last_moment(campaign.until_on),
            actor=None,
        )
        offer.issued_at = timezone.now()
        offer.save(update_fields=["issued_at"])
    return issued
