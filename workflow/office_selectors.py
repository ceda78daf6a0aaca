"""What the pages of expenses and of the office show."""

import calendar as month_calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from staff.models import User
from workflow.models import (
    ApprovalRequest,
    Budget,
    Bulletin,
    BulletinReader,
    Circulation,
    CirculationReader,
    ExpenseClaim,
    ExpenseLine,
    OfficeTask,
    Paper,
)
from workflow.services.agenda import Entry, agenda_of
from workflow.services.requests import last_request_of

# Expenses ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClaimPage:
    """A claim with its lines, files, approval and what its budgets have left; and what this person may do now."""

    lines: list[ExpenseLine]
    papers: list[Paper]
    approval: ApprovalRequest | None
    budgets: list[Budget]
    is_own: bool
    may_change: bool
    may_submit: bool
    may_pay: bool


def claim_page(claim: ExpenseClaim, user: User) -> ClaimPage:
    """What the page of one claim shows this person."""
    lines = list(claim.lines.select_related("category"))
    is_own = claim.claimant_id == user.pk
    budgets = Budget.objects.filter(
        department=claim.department_id, month=claim.month, category__in={line.category_id for line in lines}
    )
    return ClaimPage(
        lines=lines,
        papers=list(claim.papers.all()),
        approval=last_request_of(claim),
        budgets=list(budgets.select_related("category")) if claim.department_id else [],
        is_own=is_own,
        may_change=is_own and claim.is_editable,
        may_submit=is_own and claim.is_editable,
        may_pay=not is_own and claim.status == ExpenseClaim.Status.APPROVED and user.has_perm("workflow.pay_expense"),
    )


def ledger_accounts(claim: ExpenseClaim) -> list[str]:
    """The accounts of the general ledger a claim is booked to, with the amounts: 6602.01:1280.00."""
    sums: dict[str, object] = {}
    for line in claim.lines.all():
        account = line.category.account_code or line.category.code
        sums[account] = sums.get(account, 0) + line.amount
    return [f"{account}:{amount}" for account, amount in sorted(sums.items())]


# Bulletins, circulations -------------------------------------------------------------------------


@dataclass(frozen=True)
class BulletinPage:
    """A bulletin's files and its read list; the list only for who may see it."""

    papers: list[Paper]
    mine: BulletinReader | None
    readers: list[BulletinReader]
    read: int
    may_manage: bool


def bulletin_page(bulletin: Bulletin, user: User) -> BulletinPage:
    """What the page of one bulletin shows this person."""
    may_manage = user.has_perm("workflow.publish_bulletin") and (
        bulletin.author_id == user.pk or user.has_perm("workflow.view_all_requests")
    )
    readers = []
    if may_manage:
        readers = list(bulletin.readers.select_related("user").order_by("read_at", "user__display_name"))
    return BulletinPage(
        papers=list(bulletin.papers.all()),
        mine=bulletin.readers.filter(user=user).first(),
        readers=readers,
        read=sum(1 for reader in readers if reader.read_at),
        may_manage=may_manage,
    )


def with_read_marks(bulletins: list[Bulletin], user: User) -> list[Bulletin]:
    """The bulletins of a page, each with `mine` (this person's mark) and for the own ones how many have read."""
    marks = {
        mark.bulletin_id: mark
        for mark in BulletinReader.objects.filter(user=user, bulletin__in=[one.pk for one in bulletins])
    }
    counts = {
        row["bulletin"]: row
        for row in BulletinReader.objects.filter(bulletin__in=[one.pk for one in bulletins if one.author_id == user.pk])
        .values("bulletin")
        .annotate(people=Count("pk"), read=Count("pk", filter=Q(read_at__isnull=False)))
    }
    for bulletin in bulletins:
        bulletin.mine = marks.get(bulletin.pk)
        bulletin.counted = counts.get(bulletin.pk)
    return bulletins


@dataclass(frozen=True)
class CirculationPage:
    """A circulation's readers with their marks, its files and its document's."""

    readers: list[CirculationReader]
    papers: list[Paper]
    mine: CirculationReader | None
    is_own: bool
    may_read: bool


def circulation_page(circulation: Circulation, user: User) -> CirculationPage:
    """What the page of one circulation shows this person."""
    readers = list(circulation.readers.exclude(status="skipped").select_related("user").order_by("place"))
    mine = next((reader for reader in readers if reader.user_id == user.pk), None)
    papers = Paper.objects.filter(
        Q(circulation=circulation) | Q(document=circulation.document_id, document__isnull=False)
    )
    return CirculationPage(
        readers=readers,
        papers=list(papers),
        mine=mine,
        is_own=circulation.started_by_id == user.pk and circulation.ended_at is None,
        may_read=mine is not None and mine.status == CirculationReader.Status.READING,
    )


def with_turns(circulations: list[Circulation], user: User) -> list[Circulation]:
    """The circulations of a page, each with `mine` (this person's mark) and how many of how many have read."""
    keys = [one.pk for one in circulations]
    marks = {one.circulation_id: one for one in CirculationReader.objects.filter(user=user, circulation__in=keys)}
    counts = {
        row["circulation"]: row
        for row in CirculationReader.objects.filter(circulation__in=keys)
        .exclude(status="skipped")
        .values("circulation")
        .annotate(people=Count("pk"), read=Count("pk", filter=Q(status="read")))
    }
    for circulation in circulations:
        circulation.mine = marks.get(circulation.pk)
        circulation.counted = counts.get(circulation.pk)
    return circulations


# What waits, what is due -------------------------------------------------------------------------

MOST_WAITING = 8


@dataclass(frozen=True)
class Waiting:
    """What of the office waits for somebody: the first few of each kind."""

    tasks: list[OfficeTask]
    circulations: list[CirculationReader]
    bulletins: list[BulletinReader]
    claims: list[ExpenseClaim]
    to_pay: list[ExpenseClaim]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.circulations or self.bulletins or self.claims or self.to_pay)


def waiting_for(user: User, to_pay: object) -> Waiting:
    """Open tasks, what is to be read, own claims that need a hand; `to_pay`: the claims this person pays."""
    return Waiting(
        tasks=list(OfficeTask.objects.filter(owner=user, status="open").order_by("due_on", "pk")[:MOST_WAITING]),
        circulations=list(
            CirculationReader.objects.filter(user=user, status="reading").select_related("circulation")[:MOST_WAITING]
        ),
        bulletins=list(
            BulletinReader.objects.filter(user=user, read_at=None)
            .select_related("bulletin")
            .order_by("-bulletin")[:MOST_WAITING]
        ),
        claims=list(
            ExpenseClaim.objects.filter(
                claimant=user, status__in=[ExpenseClaim.Status.DRAFT, ExpenseClaim.Status.REJECTED]
            ).order_by("due_on", "pk")[:MOST_WAITING]
        ),
        to_pay=list(to_pay.filter(status=ExpenseClaim.Status.APPROVED).order_by("due_on", "pk")[:MOST_WAITING]),
    )


def month_of(user: User, asked: str, today: date) -> dict[str, object]:
    """A month of a person's days, whole weeks: what the calendar shows."""
    first = _first_of(asked, today)
    last = first.replace(day=month_calendar.monthrange(first.year, first.month)[1])
    since, until = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    entries = agenda_of(user, since, until)
    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(entry.on, []).append(entry)
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    weeks = [[(day, by_day.get(day, [])) for day in days[i : i + 7]] for i in range(0, len(days), 7)]
    return {
        "month": first,
        "weeks": weeks,
        "entries": [entry for entry in entries if first <= entry.on <= last],
        "today": today,
        "before": (first - timedelta(days=1)).strftime("%Y-%m"),
        "after": (last + timedelta(days=1)).strftime("%Y-%m"),
    }


def _first_of(asked: str, today: date) -> date:
    try:
        year, month = asked.split("-")
        return date(min(max(int(year), 2000), 2099), int(month), 1)
    except ValueError:
        return today.replace(day=1)
