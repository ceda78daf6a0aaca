"""The product's own Celery application, with a provider that misbehaves, and minutes made seconds."""

from crm_site.celery import app  # noqa: I001 - sets up Django's settings first
from celery.signals import worker_process_init, worker_init


def _in_haste(**_kwargs: object) -> None:
    from datetime import timedelta

    from bench.stub_provider import take_the_place_of
    from campaigns import send_tasks
    from campaigns.models import ProviderProfile
    from campaigns.services import calling, leasing, reconciling, recording

    take_the_place_of(ProviderProfile.Backend.SMTP, "BookProvider")
    leasing.LEASE = reconciling.LEASE = calling.LEASE = timedelta(seconds=8)
    reconciling.GRACE = timedelta(seconds=2)
    reconciling.GIVE_UP_ASKING = timedelta(seconds=30)
    recording.WAITS = (timedelta(seconds=1),)
    send_tasks.PUMP_SECONDS = 3.0


worker_process_init.connect(_in_haste, weak=False)
worker_init.connect(_in_haste, weak=False)
__all__ = ["app"]
