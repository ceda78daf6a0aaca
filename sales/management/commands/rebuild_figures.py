from django.core.management.base import BaseCommand
from django.utils import timezone

from sales.services.figures import rebuild_figures


class Command(BaseCommand):
    help = "Compute the figures of members, counters and stores anew from all receipts, set-wise."

    def handle(self, *args, **options) -> None:
        rebuild_figures(as_of_on=timezone.localdate())
        self.stdout.write("Figures rebuilt.")
