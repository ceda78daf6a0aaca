import sys

from django.core.management.base import BaseCommand

from loyalty.services.verification import CHECKS, find_breaches


class Command(BaseCommand):
    help = "Check every invariant of the points ledger over the whole database; exit 1 when one is broken."

    def handle(self, *args, **options) -> None:
        found = 0
        for breach in find_breaches():
            found += 1
            self.stdout.write(self.style.ERROR(f"invariant {breach.invariant}: {breach.rule}: {breach.subject}"))
        if found:
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(f"{len(CHECKS)} checks of 10 invariants, nothing found."))
