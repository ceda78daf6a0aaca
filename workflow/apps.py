from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    """Approvals, expenses, office collaboration."""

    name = "workflow"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from workflow import approvals, grants, guards  # noqa: F401
