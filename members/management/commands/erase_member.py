from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from kit.errors import DomainError
from members.selectors import member_by_member_no
from members.services.erasure import erase_member, preview_erasure


class Command(BaseCommand):
    help = "Erase a member: what happened stays in the books, without saying whose it was. There is no way back."

    def add_arguments(self, parser) -> None:
        parser.add_argument("number", help="the member number, like M00012345")
        parser.add_argument("--dry-run", action="store_true", help="say what would be touched and change nothing")
        parser.add_argument("--reason", default="by command", help="kept in the audit trail")

    def handle(self, *args, **options) -> None:
        with translation.override("en"):
            try:
                member = member_by_member_no(options["number"])
                if member is None:
                    raise CommandError(f"There is no member {options['number']}.")
                if options["dry_run"]:
                    done = preview_erasure(member_id=member.pk)
                else:
                    done = erase_member(member_id=member.pk, actor=None, reason=options["reason"])
            except DomainError as error:
                raise CommandError(str(error)) from error
            for label, count in done.items():
                self.stdout.write(f"{label} {count}")
            self.stdout.write("nothing was changed" if options["dry_run"] else f"{options['number']} is erased")
