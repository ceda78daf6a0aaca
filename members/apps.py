from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Who shops here: identity, cards, phones, consent, care, search, merge."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from members import grants, panels  # noqa: F401
        from members.services import erase_policies, merge_policies, proofs, self_export  # noqa: F401
        from members.services.imports import running  # noqa: F401

        merge_policies.register_policies()
        erase_policies.register_policies()
        self_export.register_sections()
