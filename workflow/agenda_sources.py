"""The days of the office: tasks, claims that are due, bulletins that end."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.money import format_yuan
from staff.models import User
from workflow import access
from workflow.models import OfficeTask
from workflow.services.agenda import MOST_A_SOURCE, Entry, register_agenda
from workflow.services.terms import UNPAID


@register_agenda("tasks")
def tasks(user: User, since: date, until: date) -> Iterator[Entry]:
    """Open tasks, own ones and those given to others."""
    due = access.office_tasks_for(user).filter(status=OfficeTask.Status.OPEN, due_on__range=(since, until))
    today = timezone.localdate()
    for task in due.order_by("due_on", "pk")[:MOST_A_SOURCE]:
        url = reverse("workflow:task_detail", args=[task.pk])
        yield Entry(task.due_on, task.title, url, _("Task"), task.due_on < today)


@register_agenda("claims")
def claims(user: User, since: date, until: date) -> Iterator[Entry]:
    """Claims to be paid."""
    due = access.claims_for(user).filter(status__in=UNPAID, due_on__range=(since, until))
    today = timezone.localdate()
    for claim in due.order_by("due_on", "pk")[:MOST_A_SOURCE]:
        url = reverse("workflow:claim_detail", args=[claim.pk])
        title = f"{claim.purpose} {format_yuan(claim.total)}"
        yield Entry(claim.due_on, title, url, _("Payment"), claim.due_on < today)
