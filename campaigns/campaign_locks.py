"""How campaigns are locked: the campaign before the stock of its gifts; members before both."""

from django.utils.translation import gettext as _

from campaigns.models import Campaign, GiftHandout, GiftStock, Survey
from kit.errors import NotFound


def lock_campaign(campaign_id: int) -> Campaign:
    """Lock one campaign. NO KEY: gifts and sends that point at it need not wait."""
    found = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def lock_stock(offer_id: int, store_id: int) -> GiftStock | None:
    """Lock a gift's stock in one store; None where the store never had any."""
    return GiftStock.objects.select_for_update(no_key=True).filter(offer_id=offer_id, store_id=store_id).first()


def lock_handout(handout_id: int) -> GiftHandout:
    """Lock one gift handed out; its stock is locked after it."""
    rows = GiftHandout.objects.select_for_update(no_key=True, of=("self",)).select_related("offer", "campaign")
    found = rows.filter(pk=handout_id).first()
    if found is None:
        raise NotFound(_("There is no such gift."))
    return found


def lock_survey(survey_id: int) -> Survey:
    """Lock one survey."""
    found = Survey.objects.select_for_update(no_key=True).filter(pk=survey_id).first()
    if found is None:
        raise NotFound(_("There is no such survey."))
    return found
