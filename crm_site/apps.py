from django.apps import AppConfig


class CrmSiteConfig(AppConfig):
    name = "crm_site"

    def ready(self) -> None:
        from crm_site.dashboard import panels  # noqa: F401
