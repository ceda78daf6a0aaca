"""Costs entered by hand, each with its document; a wrong one is undone by a second entry."""

from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.campaign_exceptions import CampaignRefused, CampaignState
from campaigns.campaign_locks import lock_campaign
from campaigns.models import Campaign, CostEntry
from kit.uploads import checked_upload, shown_name
from staff.audit import record
from staff.models import User


@transaction.atomic
def enter_cost(
    *, campaign_id: int, kind: str, what: str, amount: Decimal, paid_on: date, document: str = "",
    file: UploadedFile | None = None, actor: User,
) -> CostEntry:  # fmt: skip
    """Write a cost down, with the number of its invoice or the paper itself. Each call writes another one."""
    campaign = _open(campaign_id)
    if amount <= 0:
        raise CampaignRefused(_("The amount is more than nothing."), fields={"amount": True})
    if not document.strip() and file is None:
        raise CampaignRefused(
            _("Give the number of the invoice or contract, or add the paper."), fields={"document": True}
        )
    name = shown_name(file) if file else ""
    entry = CostEntry.objects.create(
        campaign=campaign, kind=kind, what=what, amount=amount, paid_on=paid_on, document=document.strip(),
        file=checked_upload(file) if file else "", file_name=name, entered_by=actor,
    )  # fmt: skip
    record(actor, "campaigns.cost_entered", entry, campaign=campaign.pk, amount=amount)
    return entry


@transaction.atomic
def undo_cost(*, entry_id: int, actor: User) -> CostEntry:
    """Take an entry back by a second one. A second call returns that one and changes nothing."""
    wrong = CostEntry.objects.get(pk=entry_id)
    campaign = _open(wrong.campaign_id)
    if wrong.undoes_id:
        raise CampaignRefused(_("This entry takes another one back itself."))
    if done := CostEntry.objects.filter(undoes=wrong).first():
        return done
    entry = CostEntry.objects.create(
        campaign=campaign, kind=wrong.kind, what=wrong.what, amount=-wrong.amount, paid_on=wrong.paid_on,
        document=wrong.document, undoes=wrong, entered_by=actor,
    )  # fmt: skip
    record(actor, "campaigns.cost_undone", entry, campaign=campaign.pk, amount=wrong.amount)
    return entry


def _open(campaign_id: int) -> Campaign:
    campaign = lock_campaign(campaign_id)
    if campaign.state in (Campaign.State.CLOSED, Campaign.State.CANCELLED):
        raise CampaignState(_("This campaign is closed."))
    return campaign
