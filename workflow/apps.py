from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    """Approvals, expenses, office collaboration."""

    name = "workflow"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from workflow import agenda_sources, approvals, grants, guards, panels  # noqa: F401
        from workflow.services import export_files  # noqa: F401
