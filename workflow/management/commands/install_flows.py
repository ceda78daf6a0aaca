"""Give every kind of thing that has no approval flow its standard one; ask for what has been waiting for one."""

from django.core.management.base import BaseCommand

from workflow.services.flows import install_standard_flows
from workflow.services.waiting import ask_for_waiting


class Command(BaseCommand):
    help = "Install the standard approval flows that are missing, and submit what waits for approval without a request."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{install_standard_flows()} flows installed")
        self.stdout.write(f"{ask_for_waiting()} requests begun for what was waiting")
