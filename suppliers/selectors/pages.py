"""What the pages about suppliers show: the record, the board, the desk of the week."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Max, Q, QuerySet

from staff.models import User
from suppliers.models import (
    Contract,
    Leaving,
    LeavingStep,
    Licence,
    Party,
    PartyEvent,
    PartyPerson,
    PartyTask,
    Standing,
)
from suppliers.selectors.in_force import counters_of
from suppliers.selectors.papers import Gap, PersonGap, demands, gaps, papers_of, people_gaps, with_state

BOARD_STAGES = [stage for stage in Party.Stage if stage != Party.Stage.GIVEN_UP]
A_COLUMN = 40


@dataclass(frozen=True)
class Column:
    """One stage of the pipeline with its prospects, and where they may go from it."""

    stage: str
    label: str
    parties: list[Party]
    count: int
    previous: str
    following: str


def board(parties: QuerySet[Party]) -> list[Column]:
    """The prospects stage by stage, the longest waiting first; two queries."""
    prospects = parties.filter(status=Party.Status.PROSPECT, stage__in=BOARD_STAGES)
    counts = dict(prospects.order_by().values_list("stage").annotate(Count("pk")))
    rows = list(
        prospects.select_related("buyer", "category", "wanted_floor__store")
        .annotate(last_heard_on=Max("events__happened_on"))
        .order_by("stage_since_on", "pk")[: A_COLUMN * len(BOARD_STAGES)]
    )
    columns = []
    for place, stage in enumerate(BOARD_STAGES):
        columns.append(
            Column(
                stage=stage.value,
                label=stage.label,
                parties=[party for party in rows if party.stage == stage],
                count=counts.get(stage.value, 0),
                previous=BOARD_STAGES[place - 1].value if place else "",
                following=BOARD_STAGES[place + 1].value if place + 1 < len(BOARD_STAGES) else "",
            )
        )
    return columns


def samples_here(party: Party) -> int:
    """Samples received and not given back yet."""
    counts = {PartyEvent.Kind.SAMPLE.value: 0, PartyEvent.Kind.SAMPLE_BACK.value: 0}
    for kind, pieces in party.events.filter(kind__in=counts).values_list("kind", "pieces"):
        counts[kind] += pieces or 0
    return counts[PartyEvent.Kind.SAMPLE.value] - counts[PartyEvent.Kind.SAMPLE_BACK.value]


@dataclass(frozen=True)
class PartyPage:
    """Everything the page of one supplier shows."""

    counters: list
    gaps: list[Gap]
    licences: list[Licence]
    people: list[PartyPerson]
    people_gaps: list[PersonGap]
    contacts: list
    events: list[PartyEvent]
    tasks: list[PartyTask]
    standing: Standing | None
    leaving: Leaving | None
    steps: list[LeavingStep]
    stores: list
    brands: list
    samples: int

    @property
    def running_out(self) -> list[Licence]:
        return [licence for licence in self.licences if licence.state in ("expiring", "expired")]


def party_page(party: Party, on: date) -> PartyPage:
    """The record of one supplier, in a dozen small queries."""
    people = list(
        party.people.filter(Q(left_on=None) | Q(left_on__gte=on)).select_related("counter", "party").order_by("pk")
    )
    papers, asked = papers_of(party, on), demands()
    leaving, steps = _last_leaving(party)
    events = list(party.events.select_related("contact", "written_by")[:20])
    samples = samples_here(party) if party.status == Party.Status.PROSPECT else 0
    return PartyPage(
        counters=counters_of(party.pk, on),
        gaps=gaps(party, on, asked, papers),
        licences=[paper for paper in papers if paper.replaced_by_id is None],
        people=people,
        people_gaps=people_gaps(people, on, asked, papers),
        contacts=list(party.contacts.filter(is_active=True)),
        events=events,
        tasks=list(party.tasks.filter(done_at=None).select_related("owner")),
        standing=party.standings.first(),
        leaving=leaving,
        steps=steps,
        stores=list(party.stores.all()),
        brands=list(party.brands.all()),
        samples=samples,
    )


def _last_leaving(party: Party) -> tuple[Leaving | None, list[LeavingStep]]:
    """The last leaving that was not called off, with its steps; a leaving is never without. One query."""
    rows = LeavingStep.objects.filter(leaving__party=party, leaving__called_off_at=None)
    steps = list(rows.select_related("leaving", "done_by").order_by("-leaving", "due_on", "pk"))
    leaving = steps[0].leaving if steps else None
    return leaving, [step for step in steps if step.leaving_id == leaving.pk]


@dataclass(frozen=True)
class Week:
    """What waits for a buyer: late and due within seven days."""

    tasks: list[PartyTask]
    licences: list[Licence]
    steps: list[LeavingStep]
    contracts: list[Contract]
    stopped: list[Party]
    quiet: list[Party]

    @property
    def is_empty(self) -> bool:
        return not (self.tasks or self.licences or self.steps or self.contracts or self.stopped or self.quiet)


QUIET_DAYS = 14
MOST = 12


def week_of(user: User, parties: QuerySet[Party], on: date) -> Week:
    """The desk of one buyer: own tasks; papers, leavings, contracts, selling rights of the suppliers in scope."""
    end = on + timedelta(days=7)
    active = parties.filter(status__in=[Party.Status.SUPPLIER, Party.Status.LEAVING])
    licences = Licence.objects.filter(withdrawn_at=None, replaced_by=None, valid_to__lte=end, party__in=active)
    steps = LeavingStep.objects.filter(
        done_on=None,
        due_on__lte=end,
        leaving__finished_at=None,
        leaving__called_off_at=None,
        leaving__party__in=parties,
    )
    quiet = (
        parties.filter(status=Party.Status.PROSPECT, stage__in=BOARD_STAGES, buyer=user)
        .annotate(heard_on=Max("events__happened_on"))
        .filter(
            Q(heard_on__lt=on - timedelta(days=QUIET_DAYS)) | Q(heard_on=None, stage_since_on__lt=on - timedelta(14))
        )
    )
    return Week(
        tasks=list(
            PartyTask.objects.filter(owner=user, done_at=None, due_on__lte=end).select_related("party")[: MOST * 2]
        ),
        licences=list(
            with_state(licences, on).select_related("party", "type", "person").order_by("valid_to", "pk")[:MOST]
        ),
        steps=list(steps.select_related("leaving__party").order_by("due_on")[:MOST]),
        contracts=list(
            Contract.objects.filter(
                party__in=active, state=Contract.State.ACTIVE, ends_on__range=(on, on + timedelta(days=60))
            )
            .select_related("party", "store")
            .order_by("ends_on")[:MOST]
        ),
        stopped=list(
            active.filter(selling__in=[Party.Selling.STOPPED, Party.Selling.GRACE]).order_by(
                F("grace_until_on").asc(nulls_first=True), "pk"
            )[:MOST]
        ),
        quiet=list(quiet.order_by(F("heard_on").asc(nulls_first=True), "pk")[:MOST]),
    )
