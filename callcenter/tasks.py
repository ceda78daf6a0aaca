"""The clock of the service desk; everything here may run twice."""

from celery import shared_task


@shared_task(time_limit=300, soft_time_limit=240)
def watch_service() -> None:
    """Store and hand up what fell due within the last minute, or since the clock last came round."""
    from callcenter.services.watching import watch_clocks

    watch_clocks()


@shared_task(time_limit=600, soft_time_limit=540)
def close_silent() -> None:
    """Close what was solved a week ago without objection."""
    from callcenter.services.solving import close_silent_cases

    close_silent_cases()


@shared_task(time_limit=300, soft_time_limit=240)
def sweep_calls() -> None:
    """End calls whose hang-up never came, and settle missed ones."""
    from callcenter.services.call_sweeping import end_forgotten_calls

    end_forgotten_calls()


@shared_task(time_limit=600, soft_time_limit=540)
def clear_call_events() -> None:
    """Delete old lines of the log of events."""
    from callcenter.services.call_sweeping import clear_old_events

    clear_old_events()


@shared_task(time_limit=300, soft_time_limit=240)
def tell_sends() -> None:
    """Tell sends over the telephone what came of their calls."""
    from callcenter.services.send_outcomes import tell_sends

    tell_sends()
