from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    """Segments, the customer pyramid, campaigns, sends, journeys, surveys and what they earned."""

    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        from campaigns import (  # noqa: F401
            grants,
            receivers,
            segment_panels,
        )
        from campaigns.rules import fields  # noqa: F401
        from campaigns.services import segment_lists  # noqa: F401

        from campaigns import agenda_sources, approvals, campaign_panels, result_panels  # noqa: F401 # isort: skip
        from campaigns import campaign_reasons, survey_panels  # noqa: F401 # isort: skip
        from campaigns.services import member_policies, promotion_metrics, survey_fields, till_words  # noqa: F401 # isort: skip
        from campaigns import approvals_sends, interest_panels, message_reasons, send_panels  # noqa: F401 # isort: skip
        from campaigns import pyramid_panels  # noqa: F401 # isort: skip
        from campaigns.services import journey_words, send_fields  # noqa: F401 # isort: skip

        receivers.register_policies()
        member_policies.register_policies()
