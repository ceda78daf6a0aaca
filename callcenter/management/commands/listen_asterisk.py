"""The listener at Asterisk's manager port: `manage.py listen_asterisk --system CODE`."""

import asyncio
import json
import logging
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.asterisk import Account, Listener
from callcenter.models import PhoneSystem
from callcenter.services.phone_systems import signature

logger = logging.getLogger("atrium.asterisk")


class Command(BaseCommand):
    help = "Listen at Asterisk's manager port (CRM_AMI_…) and post what it says to the webhook of a phone system."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--system", required=True, help="the code of the phone system")
        parser.add_argument("--site", default=settings.BASE_URL, help="where the site answers")

    def handle(self, *args: object, system: str, site: str, **options: object) -> None:
        account = Account.from_settings()
        if account is None:
            raise CommandError("CRM_AMI_HOST is not set.")
        found = PhoneSystem.objects.filter(code=system, is_active=True).first()
        if found is None:
            raise CommandError(f"There is no active phone system {system!r}.")
        asyncio.run(Listener(account, Poster(found, site)).run())


class Poster:
    """Posts events to the webhook, signed; one that the site does not take is tried until it does."""

    def __init__(self, system: PhoneSystem, site: str) -> None:
        self.system = system
        self.address = f"{site.rstrip('/')}/api/v1/calls/{system.code}/events"

    async def __call__(self, event: dict[str, object]) -> None:
        wait = 0.2
        until = time.monotonic() + 120
        while not await asyncio.to_thread(self._posted, event):
            if time.monotonic() > until:
                logger.error("event %s of call %s was not taken for two minutes", event["event"], event["call_id"])
                return
            await asyncio.sleep(wait)
            wait = min(5.0, wait * 2)

    def _posted(self, event: dict[str, object]) -> bool:
        body, timestamp = json.dumps(event).encode(), str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Atrium-Timestamp": timestamp,
            "X-Atrium-Signature": signature(self.system, timestamp, body),
        }
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address, body, headers), timeout=5):
                return True
        except (urllib.error.URLError, OSError) as error:
            logger.warning("an event was not taken: %s", error)
            return False
