"""A message from the mail server's pipe: `manage.py receive_mail < message`."""

import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.services.mail import MOST_BYTES, receive_mail
from callcenter.services.mail_signatures import mail_secret
from kit.errors import DomainError


class Command(BaseCommand):
    """Turns one e-mail into a case, or an entry of the case its subject names."""

    help = "Take one e-mail from standard input; --secret prints what the mail server signs its requests with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--secret", action="store_true", help="print the secret and do nothing else")

    def handle(self, *args: object, **options: object) -> None:
        if options["secret"]:
            self.stdout.write(mail_secret())
            return
        try:
            mail = receive_mail(sys.stdin.buffer.read(MOST_BYTES + 1))
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{mail.outcome} {mail.case.number if mail.case else ''}".strip())
