"""Suppliers in a few figures, for pages of other floors."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet, Subquery

from suppliers.models import BottomNotice, ContractCounter, CounterScore, Licence, Party, PartyPerson
from suppliers.selectors.papers import SOON_DAYS


@dataclass(frozen=True)
class Overview:
    """What a manager asks about suppliers in one look; three queries."""

    suppliers: int
    prospects: int
    expiring: int
    expired: int
    in_grace: int
    stopped: int
    bottom_month: date | None
    bottom: list[BottomNotice]


def overview(
    parties: QuerySet[Party], licences: QuerySet[Licence], scores: QuerySet[CounterScore], on: date
) -> Overview:
    """The figures of the suppliers, papers and scores somebody may see."""
    active = Q(status__in=[Party.Status.SUPPLIER, Party.Status.LEAVING])
    counts = parties.order_by().aggregate(
        suppliers=Count("pk", filter=active),
        prospects=Count("pk", filter=Q(status=Party.Status.PROSPECT) & ~Q(stage=Party.Stage.GIVEN_UP)),
        in_grace=Count("pk", filter=active & Q(selling=Party.Selling.GRACE)),
        stopped=Count("pk", filter=active & Q(selling=Party.Selling.STOPPED)),
    )
    papers = licences.order_by().aggregate(
        expiring=Count("pk", filter=Q(valid_to__range=(on, on + timedelta(days=SOON_DAYS)))),
        expired=Count("pk", filter=Q(valid_to__lt=on)),
    )
    counters = scores.order_by().values("counter_id")
    notices = BottomNotice.objects.filter(counter__in=counters)
    latest = notices.order_by("-month").values("month")[:1]
    bottom = list(
        notices.filter(month=Subquery(latest))
        .select_related("counter__store")
        .order_by("rule", "counter__store", "counter__code")[:8]
    )
    return Overview(**counts, **papers, bottom_month=bottom[0].month if bottom else None, bottom=bottom)


@dataclass(frozen=True)
class AtCounter:
    """What suppliers know of one counter."""

    held: ContractCounter | None
    score: CounterScore | None
    people: list[PartyPerson]


def at_counter(counter_id: int, parties: QuerySet[Party], scores: QuerySet[CounterScore], on: date) -> AtCounter:
    """Whose it is today, the last month scored, who works there."""
    held = ContractCounter.objects.filter(
        counter=counter_id, is_signed=True, from_on__lte=on, until_on__gte=on, contract__party__in=parties
    )
    people = PartyPerson.objects.filter(counter=counter_id, party__in=parties, entered_on__lte=on)
    return AtCounter(
        held=held.select_related("contract__party").first(),
        score=scores.filter(counter=counter_id, score__isnull=False)
        .select_related("period")
        .order_by(F("period__month").desc())
        .first(),
        people=list(people.filter(Q(left_on=None) | Q(left_on__gte=on)).order_by("pk")[:10]),
    )
