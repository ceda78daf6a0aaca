"""Is every string translated? With --fill, merge translations from a JSON file first."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from crm_site import translations


class Command(BaseCommand):
    help = "Fails when a string has no Chinese, a doubtful one, or one with other placeholders."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fill", metavar="FILE.json", help='{"English msgid": "中文", "context|msgid": "中文"}')
        parser.add_argument("--missing", action="store_true", help="print what is missing as JSON to fill in")
        parser.add_argument("--prune", action="store_true", help="take out strings that no code uses")

    def handle(self, *args: object, **options: object) -> None:
        if options["fill"]:
            try:
                given = json.loads(Path(str(options["fill"])).read_text(encoding="utf-8"))
            except (OSError, ValueError) as exc:
                raise CommandError(f"{options['fill']} cannot be read: {exc}") from exc
            changed, unused = translations.fill(given)
            self.stdout.write(f"{changed} translations changed; {len(unused)} given strings are not in the code.")
        if options["prune"]:
            self.stdout.write(f"{len(translations.prune())} strings taken out.")
        catalogue = translations.load()
        wrong = translations.problems(catalogue)
        if options["missing"]:
            missing = {
                (f"{found.context}|{found.msgid}" if found.context else found.msgid): ""
                for found in translations.strings()
                if not (message := catalogue.get(found.msgid, found.context)) or not message.string
            }
            self.stdout.write(json.dumps(missing, ensure_ascii=False, indent=1))
            return
        translations.compile_catalogues()
        if wrong:
            raise CommandError("\n".join(wrong) + f"\n{len(wrong)} strings need work.")
        self.stdout.write(f"{len(catalogue)} strings, all translated.")
