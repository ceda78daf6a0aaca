"""Fill an empty database with a believable store."""

import gc
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from crm_site.demo.building import build_demo
from stores.models import Store

TOKEN_FILE = "demo-till-token.txt"  # noqa: S105 - a file name


class Command(BaseCommand):
    help = "Make the demo store (three stores in Qingdao, 3,000 members, 40,000 receipts) in an empty database."

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("CRM_DEMO is 0: the demo store is only for demonstrations.")
        if Store.objects.exists():
            self.stdout.write("There are stores already; the demo store is only built in an empty database.")
            return
        began = time.monotonic()
        # Nothing made here is thrown away before the end: looking for garbage takes a tenth of the time.
        gc.disable()
        try:
            with translation.override("zh-hans"):
                token = build_demo(today=timezone.localdate(), say=self.say)
        finally:
            gc.enable()
        Path(settings.DATA_DIR, TOKEN_FILE).write_text(token + "\n", encoding="utf-8")
        self.say(f"done in {time.monotonic() - began:.0f} s")
        self.say(f"token of the demo till: {token}")

    def say(self, text: str) -> None:
        self.stdout.write(f"          demo: {text}")
        self.stdout.flush()
