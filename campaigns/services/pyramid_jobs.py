"""Taking a picture in the background, when somebody asks and at the end of every month."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.exceptions import PyramidRefused
from campaigns.services.pyramids import MONTHS, take_pyramid
from staff.models import Job, User
from staff.services.jobs import JobResult, register, start_job
from stores.models import Store

KIND = "campaigns.pyramid"


def start_picture(*, as_of_on: date, months: int, store: Store | None, actor: User) -> Job:
    """Ask for a picture. The job of a picture that was taken before ends at once."""
    if as_of_on > timezone.localdate():
        raise PyramidRefused(_("This day is still to come."), fields={"as_of_on": True})
    return start_job(
        kind=KIND, actor=actor, store=store,
        input={"as_of_on": as_of_on.isoformat(), "months": months, "store": store.pk if store else None},
    )  # fmt: skip


@register(KIND, label=gettext_lazy("Take a picture of the pyramid"), result_template="campaigns/_pyramid_job.html")
def take_picture(job: Job) -> JobResult:
    """Take it; started again it finds the picture taken, or takes it anew."""
    asked = job.input
    picture = take_pyramid(
        as_of_on=date.fromisoformat(asked["as_of_on"]),
        months=asked["months"],
        store=Store.objects.filter(pk=asked["store"]).first() if asked["store"] else None,
        actor=job.created_by,
    )
    return JobResult({"picture": picture.pk, "buyers": picture.buyers})


def take_month_end(*, today: date) -> None:
    """The chain's picture as of the last day of the month before; a second call in a month finds it."""
    last = date.fromordinal(today.replace(day=1).toordinal() - 1)
    take_pyramid(as_of_on=last, months=MONTHS)
