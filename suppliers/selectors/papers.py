"""Licences and certificates: which are asked for, which are missing, what state each is in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.fields import CharField

from stores.models import Category
from suppliers.models import Licence, LicenceType, Party, PartyPerson

SOON_DAYS: Final = 60


@dataclass(frozen=True)
class Gap:
    """A mandatory paper that is missing on a day; `ended_on` is the last day it was there, if it ever was."""

    type: LicenceType
    ended_on: date | None


@dataclass(frozen=True)
class PersonGap:
    """A mandatory certificate that somebody lacks."""

    person: PartyPerson
    type: LicenceType
    ended_on: date | None


def state_on(valid_to: date | None, on: date) -> str:
    """open (no last day), valid, expiring (60 days or fewer), expired."""
    if valid_to is None:
        return "open"
    if valid_to < on:
        return "expired"
    return "expiring" if valid_to <= on + timedelta(days=SOON_DAYS) else "valid"


def with_state(licences: QuerySet[Licence], on: date) -> QuerySet[Licence]:
    """Licences with `state`, for lists that filter and sort by it."""
    return licences.annotate(
        state=Case(
            When(valid_to=None, then=Value("open")),
            When(valid_to__lt=on, then=Value("expired")),
            When(valid_to__lte=on + timedelta(days=SOON_DAYS), then=Value("expiring")),
            default=Value("valid"),
            output_field=CharField(),
        )
    )


@dataclass(frozen=True)
class Demands:
    """Which papers are asked of whom: the mandatory types with their categories, and each category with those above."""

    types: list[tuple[LicenceType, set[int]]]
    chains: dict[int, set[int]]

    def of(self, holder: str, kind: str, category_id: int | None) -> list[LicenceType]:
        """The types asked of a holder of this kind in this category."""
        categories = self.chains.get(category_id, set())
        return [
            type
            for type, limited in self.types
            if type.holder == holder
            and (not type.kinds or kind in type.kinds)
            and (not limited or limited & categories)
        ]


def demands() -> Demands:
    """What is asked today; two queries, to be shared by whoever looks at several holders."""
    limited = ArrayAgg("categories", filter=Q(categories__isnull=False), default=Value([]))
    types = LicenceType.objects.filter(mandatory=True, is_active=True).annotate(limited=limited)
    return Demands([(one, set(one.limited)) for one in types], _chains())


def papers_of(party: Party, on: date) -> list[Licence]:
    """Every paper of a company and its people that was not withdrawn, the company's first; with `state`."""
    rows = with_state(Licence.objects.filter(party=party, withdrawn_at=None), on).select_related("type", "person")
    return list(rows.order_by(F("person").asc(nulls_first=True), "type__code", "pk"))


def gaps(party: Party, on: date, asked: Demands | None = None, papers: Iterable[Licence] | None = None) -> list[Gap]:
    """The mandatory papers of the company that are not valid on a day."""
    wanted = (asked or demands()).of(LicenceType.Holder.PARTY, party.kind, party.category_id)
    if papers is None:
        papers = Licence.objects.filter(party=party, person=None, withdrawn_at=None, type__in=wanted)
    held = [paper for paper in papers if paper.person_id is None]
    found = []
    for type in wanted:
        own = [paper for paper in held if paper.type_id == type.pk]
        if not is_covered(own, on):
            found.append(Gap(type, last_day(own, on)))
    return found


def is_covered(papers: list[Licence], on: date) -> bool:
    """Whether one of the papers is valid on the day."""
    return any(
        (paper.valid_from is None or paper.valid_from <= on) and (paper.valid_to is None or paper.valid_to >= on)
        for paper in papers
    )


def last_day(papers: list[Licence], on: date) -> date | None:
    """The last day before this one on which a paper was valid."""
    return max((paper.valid_to for paper in papers if paper.valid_to and paper.valid_to < on), default=None)


def people_gaps(
    people: Iterable[PartyPerson],
    on: date,
    asked: Demands | None = None,
    papers: Iterable[Licence] | None = None,
) -> list[PersonGap]:
    """The mandatory certificates these people lack on a day; the same queries for however many people."""
    people = [one for one in people if one.left_on is None or one.left_on >= on]
    asked = asked or demands()
    if papers is None:
        papers = Licence.objects.filter(person__in=people, withdrawn_at=None)
    held: dict[tuple[int | None, int], list[Licence]] = {}
    for paper in papers:
        held.setdefault((paper.person_id, paper.type_id), []).append(paper)
    found = []
    for person in people:
        category = person.counter.category_id if person.counter_id else person.party.category_id
        for type in asked.of(LicenceType.Holder.PERSON, person.party.kind, category):
            own = held.get((person.pk, type.pk), [])
            if not is_covered(own, on):
                found.append(PersonGap(person, type, last_day(own, on)))
    return found


def _chains() -> dict[int, set[int]]:
    """Each category with those it lies in."""
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    chains: dict[int, set[int]] = {}
    for pk in parents:
        chain, here = set(), pk
        while here is not None and here not in chain:
            chain.add(here)
            here = parents.get(here)
        chains[pk] = chain
    return chains


def expiring_or_expired(on: date) -> Q:
    """Papers with a last day within 60 days, or past it."""
    return Q(valid_to__lte=on + timedelta(days=SOON_DAYS))
