import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from kit.errors import DomainError
from loyalty.services.imports import apply_batch, load_rules
from sales.services import importing, staging
from sales.services.profiles import load_profile


class Command(BaseCommand):
    help = "Import receipts with their points from a CSV, CSV.GZ or XLSX file."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--profile", required=True, help="name of a saved or shipped profile, or a JSON file")
        parser.add_argument("--dry-run", action="store_true", help="check every line and post nothing")
        parser.add_argument("--errors", type=Path, help="where to write the rejected lines as CSV")

    def handle(self, *args, **options) -> None:
        # Commands and the files they write speak English, whatever the language of the site.
        with translation.override("en"):
            self._import(options["file"], options["profile"], options["dry_run"], options["errors"])

    def _import(self, file: Path, profile: str, dry_run: bool, errors: Path | None) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            found = load_profile(profile)
            batch = staging.stage_file(
                file, profile=found, file_name=file.name, actor=None, report=self._reporter("read")
            )
            if dry_run:
                batch.receipts_new, batch.receipts_unchanged = importing.foresee(batch)
            else:
                load_rules(found)
                apply_batch(batch, actor=None, report=self._reporter("posted"))
            if errors:
                errors.write_text(importing.error_file(batch), "utf-8")
        except DomainError as error:
            raise CommandError(str(error)) from error
        if batch.rejected and not errors:
            self.stdout.write(self.style.WARNING("Rejected lines are listed with --errors FILE."))
        self.stdout.write(
            f"lines {batch.lines}, rejected {batch.rejected},"
            f" receipts {'that would be posted' if dry_run else 'posted'} {batch.receipts_new},"
            f" unchanged {batch.receipts_unchanged}" + (" (dry run: nothing was posted)" if dry_run else "")
        )
        staging.drop_staged(batch)
        if batch.rejected and not errors:
            sys.exit(2)

    def _reporter(self, verb: str):
        def report(done: int, total: int | None = None) -> None:
            of = f" of {total}" if total else ""
            self.stderr.write(f"{verb} {done}{of} lines")

        return report
