"""The desk's day: who waits, who is served, who has left, and for how long."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.models import Visit, VisitReason
from callcenter.selectors.desk import names_of
from kit.errors import DomainError
from kit.remembered import Remembered
from staff.access import stores_for
from staff.models import User
from stores.models import Store

MOST = 300


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with the visitor's name as this person may see it, and how long it has taken in minutes."""

    visit: Visit
    who: str
    waited: int
    stayed: int


@dataclass(frozen=True, slots=True)
class DeskDay:
    """The day of one desk, or of all desks in scope."""

    on: date
    is_today: bool
    stores: list[Store]
    store: Store | None
    waiting: list[VisitRow]
    served: list[VisitRow]
    left: list[VisitRow]
    reasons: list[tuple[VisitReason, int]]


def desk_today(user: User, visits: QuerySet[Visit], on: str, store: str) -> DeskDay:
    """The visits of a day (today where the text is none), of one store if it is named."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(on) if on else today
    except ValueError:
        day = today
    stores = list(stores_for(user).filter(is_active=True).order_by("code"))
    chosen = next((one for one in stores if str(one.pk) == store), None)
    first = timezone.make_aware(datetime.combine(day, time()))
    rows = visits.filter(arrived_at__gte=first, arrived_at__lt=first + timedelta(days=1))
    if chosen:
        rows = rows.filter(store=chosen)
    found = list(rows.order_by("arrived_at", "pk")[:MOST])
    names = names_of(user, [visit.member for visit in found if visit.member])
    now = timezone.now()
    dressed = [_row(visit, names, now) for visit in found]
    counts: dict[int, int] = {}
    for visit in found:
        counts[visit.reason_id] = counts.get(visit.reason_id, 0) + 1
    reasons = [(reason, counts.get(reason.pk, 0)) for reason in VisitReason.objects.filter(is_active=True)]
    return DeskDay(
        on=day, is_today=day == today, stores=stores, store=chosen,
        waiting=[row for row in dressed if row.visit.state == Visit.State.WAITING],
        served=[row for row in dressed if row.visit.state == Visit.State.SERVED],
        left=[row for row in reversed(dressed) if row.visit.state == Visit.State.LEFT],
        reasons=reasons,
    )  # fmt: skip


def _row(visit: Visit, names: dict[int, str], now: datetime) -> VisitRow:
    who = names.get(visit.member_id, "") if visit.member_id else visit.visitor_name or visit.masked_phone
    waited = (visit.served_at or visit.left_at or now) - visit.arrived_at
    stayed = (visit.left_at or now) - visit.arrived_at
    return VisitRow(visit, who, int(waited.total_seconds() // 60), int(stayed.total_seconds() // 60))


def store_of_visits(user: User) -> Store:
    """Where somebody works; of several stores the first."""
    store = stores_for(user).filter(is_active=True).order_by("code").first()
    if store is None:
        raise DomainError(_("You have no store, so nobody can come to you."))
    return store


# The reasons in use, in their order: the keys of the member's page.
visit_reasons = Remembered(lambda: list(VisitReason.objects.filter(is_active=True)))
