"""Pokes: everything here may run twice, or be lost."""

from celery import shared_task

PUMP_SECONDS = 10.0


@shared_task(time_limit=900, soft_time_limit=840)
def prepare_send(send_id: int) -> None:
    """Draw up the recipients of a send that was just started, then send."""
    from campaigns.services.ticking import prepare

    prepare(send_id=send_id)
    pump_sends.apply_async(retry=False)


@shared_task(time_limit=300, soft_time_limit=240)
def pump_sends() -> None:
    """Work on running sends for some seconds, then let other work have its turn."""
    from campaigns.services.pumping import pump

    if pump(seconds=PUMP_SECONDS):
        pump_sends.apply_async(retry=False)


@shared_task(time_limit=900, soft_time_limit=840)
def tick_sends() -> None:
    """Start what is due, repair what was left behind, send."""
    from campaigns.services.ticking import tick

    if tick():
        pump_sends.apply_async(retry=False)


@shared_task(time_limit=300, soft_time_limit=240)
def work_inbox() -> None:
    """Work on what providers told us."""
    from campaigns.services.inbox import work_on_inbox

    work_on_inbox()


@shared_task(time_limit=600, soft_time_limit=540)
def clear_callbacks() -> None:
    """Forget the words of old callbacks."""
    from campaigns.services.inbox import forget_old_words

    forget_old_words()
