from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    """Points, stars, rewards and coupons, the till's one call, imports of receipts with their points."""

    name = "loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        from loyalty import approvals, grants, panels, reasons, receivers, self_panels  # noqa: F401
        from loyalty.services import erasing, import_jobs, opening, own_export  # noqa: F401

        receivers.register_policies()
        erasing.register_policies()
        own_export.register_sections()
        opening.register()
