"""Running a month as a long job: progress on its page, what was left alone in a file."""

import csv
import io
from datetime import date

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.access import stores_for
from staff.models import Job, User
from staff.services.jobs import JobResult, progress, register, start_job
from suppliers.services.settlement import run_month

KIND = "suppliers.settlement"


def start_run(*, month_on: date, actor: User) -> Job:
    """Ask for the settlements of a month, of every contract of the own stores."""
    stores = list(stores_for(actor).order_by("pk").values_list("pk", flat=True))
    return start_job(kind=KIND, actor=actor, input={"month": month_on.isoformat(), "stores": stores})


@register(KIND, label=gettext_lazy("Settle a month"), result_template="suppliers/_settlement_job.html")
def settle_month(job: Job) -> JobResult:
    """Calculate every draft of the month; calling it again calculates them anew."""
    outcome = run_month(
        month_on=date.fromisoformat(job.input["month"]),
        actor=job.created_by,
        store_ids=job.input["stores"],
        say=lambda done, total: progress(job, done, total),
    )
    file = None
    if outcome.skipped:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([_("Contract"), _("Reason")])
        writer.writerows(outcome.skipped)
        file = ContentFile(out.getvalue().encode("utf-8-sig"), name="skipped.csv")
    return JobResult(
        {"calculated": outcome.calculated, "skipped": len(outcome.skipped)},
        message=_("%(calculated)s settlements calculated, %(skipped)s left as they are.")
        % {"calculated": outcome.calculated, "skipped": len(outcome.skipped)},
        error_file=file,
    )
