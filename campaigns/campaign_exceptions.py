"""What campaigns, gifts and surveys refuse."""

from kit.errors import Conflict, DomainError


class CampaignRefused(DomainError):
    """A plan that does not hold; the text says what to change."""

    code = "campaign_refused"


class CampaignState(Conflict):
    """Not in this state: already submitted, running, closed …"""

    code = "campaign_state"


class GiftRefused(Conflict):
    """No gift now: none left, handed out already, not entitled."""

    code = "gift_refused"


class SurveyRefused(Conflict):
    """A survey that cannot be changed or answered like this now."""

    code = "survey_refused"


class AlreadyAnswered(SurveyRefused):
    """The member has answered; the first answer counts."""

    code = "already_answered"
