"""Wake a worker after the commit. The row is the truth and a sweep repairs: a lost nudge only costs time."""

import logging
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)


def nudge(task: Any, *args: int | str) -> None:
    """Send the task once the transaction has committed; a broker that is away must not spoil what was committed."""

    def send() -> None:
        try:
            task.apply_async(args=args, retry=False)
        except (OSError, task.OperationalError):
            logger.warning("broker unreachable, %s waits for the sweep", task.name)

    transaction.on_commit(send, robust=True)
