from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    """Where we sell: the chain, its stores, floors, departments, counters, brands and products."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "stores"
    verbose_name = _("Stores")
