"""`receive_bounces < message`: a returned e-mail, as a mail server hands it to a program."""

import sys

from django.core.management.base import BaseCommand

from campaigns.services.callbacks import told_by_bounce
from campaigns.services.inbox import take_callbacks

MOST_BYTES = 5_000_000


class Command(BaseCommand):
    help = "Takes one returned e-mail from standard input: the address is not written to any more."

    def handle(self, *_args: object, **_options: object) -> None:
        told = told_by_bounce(sys.stdin.buffer.read(MOST_BYTES))
        if told is None:
            self.stderr.write("This is no returned message of ours.")
            return
        take_callbacks(provider="smtp", told=[told])
