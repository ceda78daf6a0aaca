"""The days of the service desk on the office's calendar: promises that fall due."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.access import VIEW
from callcenter.models import Promise
from staff.models import User
from workflow.services.agenda import MOST_A_SOURCE, Entry, register_agenda


@register_agenda("promises")
def promises(user: User, since: date, until: date) -> Iterator[Entry]:
    """What the person has promised members and not settled."""
    first = timezone.make_aware(datetime.combine(since, time()))
    last = timezone.make_aware(datetime.combine(until + timedelta(days=1), time()))
    due = Promise.objects.unsettled().filter(owner_id=user.pk, due_at__gte=first, due_at__lt=last)
    for one in due.order_by("due_at", "pk")[:MOST_A_SOURCE]:
        sees = one.case_id and user.has_perm(VIEW)
        url = reverse("callcenter:case_detail", args=[one.case_id]) if sees else reverse("workflow:in_tray")
        yield Entry(timezone.localdate(one.due_at), one.what, url, _("Promise"), one.due_at < timezone.now())
