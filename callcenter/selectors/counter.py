"""The pages of an associate's phone: home, and a customer in short."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from callcenter.models import CaseStep, Promise, QuickNote, Wish
from callcenter.selectors.due import SHOWN, DueMember, due_members, hints_for, known_people
from campaigns.selectors.offers_now import Suggestion, offers_for
from kit.remembered import Remembered
from members.models import FieldDefinition, Member, MemberPhone
from members.selectors.facts import definitions
from members.selectors.page import member_page
from members.selectors.reasons import Reason, reasons_for
from sales.selectors.purchases import Purchase, recent_purchases
from staff.models import User

ROWS, PURCHASES = 20, 6
TAPPED = (FieldDefinition.Kind.CHOICE, FieldDefinition.Kind.CHOICES, FieldDefinition.Kind.YES_NO)

quick_notes = Remembered(lambda: list(QuickNote.objects.filter(is_active=True)))


@dataclass(frozen=True, slots=True)
class CounterHome:
    """Who is due (how many in all), what was promised, what is asked, what members wait for; and the members'
    names as this person may see them."""

    due: list[DueMember]
    in_all: int
    promises: list[Promise]
    steps: list[CaseStep]
    wishes: list[Wish]
    names: dict[int, str]


def counter_home(user: User, steps: QuerySet[CaseStep], wishes: QuerySet[Wish]) -> CounterHome:
    """The page in a fixed number of queries."""
    hints = hints_for(user)
    due = list(dict.fromkeys(hint.member_id for hint in hints))
    promises = Promise.objects.unsettled().filter(owner_id=user.pk).select_related("case")
    made = list(promises.order_by("due_at", "pk")[:ROWS])
    wanted = list(wishes.filter(state=Wish.State.WAITING).order_by("until_on", "pk")[:ROWS])
    asked = steps.unanswered().select_related("case").order_by("due_at", "pk")
    named = [one.member_id for one in (*made, *wanted) if one.member_id]
    people = known_people(user, due[:SHOWN] + named)
    shown = {pk: people[pk] for pk in due[:SHOWN] if pk in people}
    return CounterHome(
        due_members(hints, shown),
        len(due),
        made,
        list(asked[:ROWS]),
        wanted,
        {pk: one.row.name for pk, one in people.items()},
    )


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice of a field: tapped once it is known, tapped again it is forgotten."""

    value: str
    label: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class ChipRow:
    """The choices of one field."""

    key: str
    label: str
    chips: list[Chip]


@dataclass(frozen=True, slots=True)
class MemberInShort:
    """A customer as an associate needs them on a phone."""

    reasons: list[Reason]
    purchases: list[Purchase]
    wishes: list[Wish]
    chip_rows: list[ChipRow]
    phone_id: int | None
    offers: list[Suggestion]


def member_in_short(request: HttpRequest, member: Member, wishes: QuerySet[Wish]) -> dict[str, object]:
    """The context of the page; out of scope a masked name and nothing else."""
    user: User = request.user
    context = member_page(user, member)
    if not context["in_scope"]:
        return context
    short = MemberInShort(
        reasons=reasons_for(request, member),
        purchases=recent_purchases(member, user, limit=PURCHASES),
        wishes=list(wishes.filter(member=member, state__in=["waiting", "arrived"]).order_by("until_on")[:ROWS]),
        chip_rows=chip_rows(member),
        phone_id=_callable(member, context["phones"]),
        offers=offers_for(request, member),
    )
    return {**context, "short": short, "quick_notes": quick_notes.get()}


def _callable(member: Member, phones: Sequence[MemberPhone]) -> int | None:
    """The number to call, if the member allows calls."""
    usable = [one.pk for one in phones if not one.opt_out_call and not one.invalid]
    return usable[0] if usable and member.allows_phone else None


def chip_rows(member: Member) -> list[ChipRow]:
    """The store's own fields that are answered by choosing."""
    return [ChipRow(one.key, one.label, _chips(one, member)) for one in definitions.get() if one.kind in TAPPED]


def _chips(one: FieldDefinition, member: Member) -> list[Chip]:
    known = member.custom.get(one.key)
    if one.kind == FieldDefinition.Kind.YES_NO:
        return [Chip(value, one.shown(value == "yes"), known is (value == "yes")) for value in ("yes", "no")]
    chosen = known if isinstance(known, list) else [known]
    return [Chip(value, label, value in chosen) for value, label in one.choices]
