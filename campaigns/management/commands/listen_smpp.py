"""The listener at the SMPP gateway: `manage.py listen_smpp`; a process of its own, one is enough."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from campaigns.models import ProviderProfile
from campaigns.providers.smpp_listener import Listener
from campaigns.services.callbacks_smpp import told_by_delivery
from campaigns.services.inbox import take_callbacks


class Command(BaseCommand):
    help = "Listen at the SMPP gateway (CRM_SMPP_…) and put receipts and replies into the inbox."

    def handle(self, *args: object, **options: object) -> None:
        if not settings.SMPP_HOST:
            raise CommandError("CRM_SMPP_HOST is not set.")
        profile = ProviderProfile.objects.filter(backend=ProviderProfile.Backend.SMPP).order_by("pk").first()
        if profile is None:
            raise CommandError("There is no provider over SMPP.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: stop.set())
        Listener(lambda pdu: write_down(profile.key, pdu), stop.wait).run()


def write_down(provider: str, pdu: object) -> None:
    """Into the inbox. A connection that broke is opened anew at the next delivery."""
    told = told_by_delivery(pdu)
    if told is None:
        return
    try:
        take_callbacks(provider=provider, told=[told])
    except DatabaseError:
        connection.close()
        raise
