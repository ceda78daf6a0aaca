from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    """What was sold: receipts, returns, imports and the figures kept beside them."""

    name = "sales"
    verbose_name = _("Sales")

    def ready(self) -> None:
        from members.access import register_associate_scope
        from members.services.self_export import register
        from sales import grants, panels, receivers, self_panels  # noqa: F401
        from sales.access import buyers_at_own_counters, buyers_of_own_counters
        from sales.selectors.own_slips import exported_receipts
        from sales.services import erasing, merging

        merging.register_policies()
        erasing.register_policies()
        register("receipts", _("Receipts"), exported_receipts)
        register_associate_scope(buyers_at_own_counters, buyers_of_own_counters)
