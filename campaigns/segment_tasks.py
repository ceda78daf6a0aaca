"""Work of segments that waits for nobody: each task is one call of a service and may run twice."""

from celery import shared_task


@shared_task(time_limit=3600)
def rebuild_segment(segment_id: int) -> None:
    """Compute one segment."""
    from campaigns.services.segment_builds import rebuild_segment as rebuild

    rebuild(segment_id=segment_id)


@shared_task(time_limit=4 * 3600)
def rebuild_segments() -> None:
    """The nightly run over all segments, after figures and birthdays have moved on; then the sample is drawn anew."""
    from campaigns.services.segment_builds import rebuild_all
    from campaigns.services.segment_sample import draw_sample

    rebuild_all()
    draw_sample()


@shared_task(time_limit=1800)
def refresh_segments() -> None:
    """Ask again about members something happened to; compute what a lost nudge left."""
    from campaigns.services.segment_builds import rebuild_stale
    from campaigns.services.segment_watch import refresh_changed

    rebuild_stale()
    refresh_changed()
