import sys
from pathlib import Path

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from kit.errors import DomainError
from members.models import MemberImport
from members.services.imports import running
from members.services.imports.applying import State, apply_import
from members.services.imports.profiles import load_profile
from members.services.imports.reporting import write_error_file


class Command(BaseCommand):
    help = "Import members from a CSV, CSV.GZ or XLSX file: new ones are made, known ones changed, each row judged."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--profile", required=True, help="name of a saved or shipped profile, or a JSON file")
        parser.add_argument("--dry-run", action="store_true", help="judge every row and write nothing")
        parser.add_argument("--errors", type=Path, help="where to write the rows that were not taken as CSV")

    def handle(self, *args, **options) -> None:
        # Commands and the files they write speak English, whatever the language of the site.
        with translation.override("en"):
            try:
                self._import(options["file"], options["profile"], options["dry_run"], options["errors"])
            except DomainError as error:
                raise CommandError(str(error)) from error

    def _import(self, path: Path, profile_name: str, dry_run: bool, errors: Path | None) -> None:
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        profile = load_profile(profile_name)
        with path.open("rb") as opened:
            batch = running.upload_import(file=File(opened, path.name), actor=None, spec=profile.spec, profile=profile)
        try:
            running.check(batch, self._reporter("checked"))
        except DomainError:
            running.discard_import(import_id=batch.pk, actor=None)
            raise
        MemberImport.objects.filter(pk=batch.pk).update(state=State.CHECKED)
        batch.state = State.CHECKED
        if not dry_run:
            apply_import(batch, actor=None, report=self._reporter("applied"))
        figures = batch.counts if dry_run else batch.results
        refused = sum(figures[verdict] for verdict in ("duplicate", "ambiguous", "error"))
        if errors:
            write_error_file(batch, errors)
        self.stdout.write(f"rows {batch.rows}, " + ", ".join(f"{name} {value}" for name, value in figures.items())
                          + (" (dry run: nothing was written)" if dry_run else ""))  # fmt: skip
        if dry_run:
            running.discard_import(import_id=batch.pk, actor=None)
        else:
            running.keep_error_file(batch)
            running.forget_file(batch)
        accounted = sum(figures[v] for v in ("new", "update", "unchanged")) + refused == batch.rows
        if not accounted or (refused and not errors):
            self.stdout.write(self.style.WARNING("The rows that were not taken are listed with --errors FILE."))
            sys.exit(2)

    def _reporter(self, verb: str):
        def report(done: int, total: int = 0) -> None:
            self.stderr.write(f"{verb} {done}" + (f" of {total}" if total else "") + " rows")

        return report
