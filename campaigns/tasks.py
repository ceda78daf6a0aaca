"""What workers do for campaigns; each part has its own module."""

from campaigns.campaign_tasks import issue_campaign, move_campaigns  # noqa: F401
from campaigns.journey_tasks import measure_results, run_journeys  # noqa: F401
from campaigns.segment_tasks import rebuild_segment, rebuild_segments, refresh_segments  # noqa: F401
from campaigns.send_tasks import clear_callbacks, prepare_send, pump_sends, tick_sends, work_inbox  # noqa: F401
