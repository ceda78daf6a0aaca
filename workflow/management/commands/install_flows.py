"""Give every kind of thing that has no approval flow its standard one."""

from django.core.management.base import BaseCommand

from workflow.services.flows import install_standard_flows


class Command(BaseCommand):
    help = "Install the standard approval flows that are missing; flows that are there stay as they are."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{install_standard_flows()} flows installed")
