from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    """What was sold: receipts, returns, imports and the figures kept beside them."""

    name = "sales"
    verbose_name = _("Sales")

    def ready(self) -> None:
        from members.access import register_associate_scope
        from sales import grants, panels, receivers, self_panels  # noqa: F401
        from sales.access import buyers_at_own_counters, buyers_of_own_counters
        from sales.services.merging import register_policies

        register_policies()
        register_associate_scope(buyers_at_own_counters, buyers_of_own_counters)
