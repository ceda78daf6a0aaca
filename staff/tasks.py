"""Nudges and sweeps; each may run twice."""

from celery import shared_task
from django.core.cache import cache

HEARTBEAT_KEY = "worker-heartbeat"
HEARTBEAT_SECONDS = 60


@shared_task(ignore_result=True)
def beat() -> None:
    """Say that a worker lives: /readyz looks at this."""
    cache.set(HEARTBEAT_KEY, 1, HEARTBEAT_SECONDS)
