"""The worker and the clock. Everything in the schedule may run twice; each entry names a task by its full name."""

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
os.environ.setdefault("CRM_STATEMENT_TIMEOUT_MS", "0")

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_ready

# bin/run works as root too (containers); the worker runs only our own tasks.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("atrium")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    # Long jobs have a worker of their own: an import must not hold up a message.
    # So have the sends: a million messages must not hold up one code.
    task_routes={"staff.tasks.run_job": {"queue": "jobs"}, "campaigns.send_tasks.*": {"queue": "sends"}},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    # Nothing that matters waits in the broker: rows are the truth, tasks are nudges.
    broker_transport_options={"visibility_timeout": 3600},
    timezone="Asia/Shanghai",
    enable_utc=True,
)
app.conf.beat_schedule = {
    "staff-outbox-sweep": {"task": "staff.tasks.sweep_outbox", "schedule": 20.0},
    "staff-jobs-sweep": {"task": "staff.tasks.sweep_jobs", "schedule": 20.0},
    "staff-heartbeat": {"task": "staff.tasks.beat", "schedule": 15.0},
    "workflow-expenses": {"task": "workflow.tasks.raise_expenses", "schedule": crontab(hour="6,9,13", minute=20)},
    "workflow-timers": {"task": "workflow.tasks.run_timers", "schedule": 60.0},
    "loyalty-holds": {"task": "loyalty.tasks.lapse_holds", "schedule": 60.0},
    "loyalty-night": {"task": "loyalty.tasks.run_night", "schedule": crontab(hour=0, minute=10)},
    "suppliers-contracts": {"task": "suppliers.tasks.tend_contracts", "schedule": crontab(hour=0, minute=50)},
    "suppliers-night": {"task": "suppliers.tasks.run_night", "schedule": crontab(hour=0, minute=40)},
    "campaigns-sends": {"task": "campaigns.send_tasks.tick_sends", "schedule": 15.0},
    "campaigns-journeys": {"task": "campaigns.journey_tasks.run_journeys", "schedule": 60.0},
    "campaigns-results": {"task": "campaigns.journey_tasks.measure_results", "schedule": crontab(hour=1, minute=30)},
    "campaigns-moves": {"task": "campaigns.campaign_tasks.move_campaigns", "schedule": 60.0},
    "campaigns-inbox": {"task": "campaigns.send_tasks.work_inbox", "schedule": 60.0},
    "campaigns-callbacks": {"task": "campaigns.send_tasks.clear_callbacks", "schedule": crontab(hour=4, minute=25)},
    "callcenter-clocks": {"task": "callcenter.tasks.watch_service", "schedule": 60.0},
    "callcenter-silence": {"task": "callcenter.tasks.close_silent", "schedule": crontab(minute=15)},
    "callcenter-calls": {"task": "callcenter.tasks.sweep_calls", "schedule": 60.0},
    "callcenter-sends": {"task": "callcenter.tasks.tell_sends", "schedule": 60.0},
    "callcenter-events": {"task": "callcenter.tasks.clear_call_events", "schedule": crontab(hour=4, minute=10)},
    "sales-figures": {"task": "sales.tasks.roll_figures", "schedule": crontab(hour=0, minute=5)},
    "members-birthdays": {"task": "members.tasks.roll_birthdays", "schedule": crontab(hour=0, minute=2)},
    "members-search": {"task": "members.tasks.reconcile_search", "schedule": crontab(hour=3, minute=30)},
    "members-duplicates": {"task": "members.tasks.scan_duplicates", "schedule": crontab(hour=3, minute=50)},
    "members-erasure": {"task": "members.tasks.erase_members", "schedule": crontab(hour=4, minute=30)},
    "members-imports": {"task": "members.tasks.drop_import_rows", "schedule": crontab(hour=4, minute=10)},
    "workflow-exports": {"task": "workflow.tasks.drop_exports", "schedule": crontab(hour=4, minute=20)},
    "campaigns-segments": {"task": "campaigns.segment_tasks.refresh_segments", "schedule": 30.0},
    "campaigns-segments-night": {
        "task": "campaigns.segment_tasks.rebuild_segments",
        "schedule": crontab(hour=1, minute=20),
    },
    "staff-housekeeping": {"task": "staff.tasks.clear_old_rows", "schedule": crontab(hour=4, minute=40)},
}
app.autodiscover_tasks()


@worker_ready.connect
def say_it_lives(**_kwargs: object) -> None:
    """/readyz need not wait for the first tick of the clock."""
    from staff.tasks import beat

    beat()
