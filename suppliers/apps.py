from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuppliersConfig(AppConfig):
    """Who sells here: prospects, suppliers, licences, contracts, settlement, scores of counters."""

    name = "suppliers"
    verbose_name = _("Suppliers")

    def ready(self) -> None:
        from suppliers import agenda_sources, approvals, grants, panels  # noqa: F401
        from suppliers.services import settlement_jobs  # noqa: F401
