from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    """Points, stars, rewards and coupons, the till's one call, imports of receipts with their points."""

    name = "loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        from loyalty import approvals, grants, panels, reasons, receivers, self_panels  # noqa: F401
        from loyalty.services import import_jobs, opening  # noqa: F401

        receivers.register_policies()
        opening.register()
