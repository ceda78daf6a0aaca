from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallCenterConfig(AppConfig):
    """The service desk: calls and who is shown them, cases, visits."""

    name = "callcenter"
    verbose_name = _("Service desk")

    def ready(self) -> None:
        from callcenter import (  # noqa: F401
            agenda_sources,
            approvals,
            grants,
            journey_triggers,
            member_panels,
            panels,
            receivers,
            segment_fields,
            self_panels,
        )
        from callcenter.services import complaint_metric, erasing, messages, own_cases  # noqa: F401

        receivers.register_policies()
        erasing.register_policies()
