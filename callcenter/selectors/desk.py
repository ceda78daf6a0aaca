"""What the pages of cases show: the case with everything around it, what waits for somebody, figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Avg, Count, DecimalField, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.models import (
    Article,
    ArticleUse,
    Case,
    CaseEntry,
    CaseRating,
    CaseStep,
    Compensation,
    Promise,
    Visit,
)
from callcenter.querysets import is_overdue
from callcenter.selectors.fcr import Resolution, resolved_at_first_contact
from kit.calendars import work_time_between
from kit.together import revived, rows_of
from kit.words import asked_tokens
from members.models import Member
from members.selectors import MemberRow, member_rows
from sales.models import Receipt, ReceiptLine
from sales.selectors.receipts import return_days
from staff.models import User

FIGURE_DAYS = 30
NAMES, PERSON = ("name", "name_en"), ("display_name", "username")


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as a bar: how much of its working time is used, and in words."""

    label: str
    due_at: datetime
    used: int
    words: str
    look: str


@dataclass(frozen=True, slots=True)
class PurchaseConcerned:
    """The line a case is about."""

    line: ReceiptLine
    document: str
    until_on: object
    can_return: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything the page of a case shows."""

    member: MemberRow | None
    clocks: list[Clock]
    purchase: PurchaseConcerned | None
    entries: list[CaseEntry]
    steps: list[CaseStep]
    promises: list[Promise]
    compensations: list[Compensation]
    articles: list[ArticleUse]
    rating: CaseRating | None
    visits: list[Visit]


def case_page(case: Case, user: User) -> CasePage:
    """The page of one case, in a fixed number of queries."""
    now = timezone.now()
    around = _around(case)
    return CasePage(
        member=member_rows(user, [case.member])[0] if case.member else None,
        clocks=clocks_of(case, now),
        purchase=purchase_of(case),
        entries=list(
            case.entries.select_related("by", "step__counter", "step__department", "step__person").order_by(
                "-at", "-pk"
            )[:200]
        ),
        steps=revived(CaseStep, around["step_rows"]),
        promises=revived(Promise, around["promise_rows"]),
        compensations=revived(Compensation, around["compensation_rows"]),
        articles=revived(ArticleUse, around["article_rows"]),
        rating=next(iter(revived(CaseRating, around["rating_rows"])), None),
        visits=revived(Visit, around["visit_rows"]),
    )


def _around(case: Case) -> dict[str, list[dict[str, object]]]:
    """The handful of rows each of six tables has for a case, in one statement."""
    of_case = {"case": OuterRef("pk")}
    steps, promises = CaseStep.objects.filter(**of_case), Promise.objects.filter(**of_case)
    place = {"counter": NAMES, "department": NAMES, "person": PERSON, "escalated_to": PERSON}
    given = {"coupon_kind": NAMES, "reward": NAMES, "coupon": ("number",)}
    return (
        Case.objects.filter(pk=case.pk)
        .values(
            step_rows=rows_of(steps.order_by("no"), **place),
            promise_rows=rows_of(promises.order_by("due_at", "pk"), owner=PERSON),
            compensation_rows=rows_of(Compensation.objects.filter(**of_case).order_by("pk"), **given),
            article_rows=rows_of(ArticleUse.objects.filter(**of_case).order_by("pk"), article=("title", "title_en")),
            rating_rows=rows_of(CaseRating.objects.filter(**of_case)),
            visit_rows=rows_of(Visit.objects.filter(**of_case).order_by("-arrived_at")[:3], reason=NAMES),
        )
        .get()
    )


def purchase_of(case: Case) -> PurchaseConcerned | None:
    """The line the case names, and until when it may come back."""
    if not case.receipt_id:
        return None
    lines = ReceiptLine.objects.filter(sold_on=case.sold_on, receipt_id=case.receipt_id, line_no=case.line_no)
    line = lines.select_related("product", "counter", "brand").first()
    if line is None:
        return None
    until_on = line.sold_on + timedelta(days=return_days(line.product.return_days))
    document = Receipt.objects.filter(pk=case.receipt_id).values_list("document", flat=True).first() or ""
    can_return = until_on >= timezone.localdate() and line.returned_quantity < line.quantity
    return PurchaseConcerned(line, document, until_on, can_return)


def clocks_of(case: Case, now: datetime) -> list[Clock]:
    """First answer and solution: bars with words."""
    stands = case.waiting_since if case.state == Case.State.WAITING else None
    return [
        _clock(case, _("First answer"), case.response_due_at, case.responded_at, case.response_failed_at, stands or now),
        _clock(
            case, _("Solution"), case.solution_due_at, None if case.is_standing else case.solved_at,
            case.solution_failed_at, stands or now,
        ),
    ]  # fmt: skip


def _clock(
    case: Case, label: str, due_at: datetime, done_at: datetime | None, failed_at: datetime | None, at: datetime
) -> Clock:
    """`at`: where the clock stands now."""
    until = done_at or at
    is_late = failed_at is not None or until > due_at
    if done_at:
        words = _("late") if is_late else _("in time")
        return Clock(label, due_at, 100, words, "warn" if is_late else "")
    whole = _work(case.opened_at, due_at).total_seconds() or 1
    left = _work(at, due_at)
    used = 100 if is_late else max(2, min(100, round(100 - 100 * left.total_seconds() / whole)))
    if is_late:
        over = _work(due_at, at)
        return Clock(label, due_at, 100, _("late by %(time)s") % {"time": spoken(over)}, "warn")
    words = _("%(time)s left") % {"time": spoken(left)}
    if case.state == Case.State.WAITING:
        words = _("stands, %(time)s left") % {"time": spoken(left)}
    return Clock(label, due_at, used, words, "gold" if used >= 75 else "")


def _work(start: datetime, end: datetime) -> timedelta:
    return work_time_between(timezone.localtime(start), timezone.localtime(end))


def spoken(time: timedelta) -> str:
    """Working time in words: 3 h 20 min; nine hours are a working day."""
    minutes = int(time.total_seconds() // 60)
    days, rest = divmod(minutes, 9 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)s min") % {"minutes": minutes}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of the desk waits for somebody."""

    steps: list[CaseStep]
    escalated: list[CaseStep]
    promises: list[Promise]
    cases: list[Case]

    def __bool__(self) -> bool:
        return bool(self.steps or self.escalated or self.promises or self.cases)


def waiting_for(user: User, steps: QuerySet[CaseStep], now: datetime) -> Waiting:
    """Steps to answer, those handed up to me, my promises of the next day, my cases that are late."""
    unanswered = steps.unanswered().select_related("case", "counter", "department", "person").order_by("due_at")
    soon = now + timedelta(days=1)
    mine = Case.objects.filter(owner_id=user.pk)
    return Waiting(
        steps=list(unanswered.exclude(escalated_to_id=user.pk)[:20]),
        escalated=list(unanswered.filter(escalated_to_id=user.pk)[:20]),
        promises=list(
            Promise.objects.unsettled()
            .filter(owner_id=user.pk, due_at__lte=soon)
            .select_related("case")
            .order_by("due_at")[:20]
        ),
        cases=list(mine.overdue(now).order_by("solution_due_at")[:20]),
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """How the desk does: cases standing now, and what the last days brought."""

    open: int
    overdue: int
    solved: int
    breached: int
    resolution: Resolution
    stars: Decimal | None
    rated: int

    @property
    def breached_share(self) -> Decimal | None:
        return Decimal(self.breached) / self.solved if self.solved else None


def figures(cases: QuerySet[Case], now: datetime, days: int = FIGURE_DAYS) -> Figures:
    """Open and overdue now; of those solved within the days: late ones, first contact, satisfaction."""
    since = now - timedelta(days=days)
    is_solved = Q(solved_at__gte=since, solved_at__lt=now)
    is_late = Q(solution_failed_at__isnull=False) | Q(response_failed_at__isnull=False)
    sums = cases.filter(Q(state__in=Case.STANDING) | is_solved).aggregate(
        open=Count("pk", filter=Q(state__in=Case.STANDING)),
        overdue=Count("pk", filter=is_overdue(now)),
        solved=Count("pk", filter=is_solved),
        breached=Count("pk", filter=is_solved & is_late),
    )
    ratings = CaseRating.objects.filter(case__in=cases, stars__isnull=False, rated_at__gte=since)
    given = ratings.aggregate(rated=Count("pk"), stars=Avg("stars", output_field=DecimalField()))
    first = resolved_at_first_contact(cases, since, now).count()
    return Figures(
        **sums,
        resolution=Resolution(sums["solved"], first),
        stars=given["stars"].quantize(Decimal("0.01")) if given["rated"] else None,
        rated=given["rated"],
    )


def found_articles(text: str, articles: QuerySet[Article], *, limit: int = 20) -> list[Article]:
    """Published articles in force that hold all the words, those with them in the title first."""
    today = timezone.localdate()
    valid = articles.filter(Q(valid_until=None) | Q(valid_until__gte=today), state=Article.State.PUBLISHED)
    wanted = asked_tokens(text)
    if not wanted:
        return list(valid.order_by("-helpful", "-changed_at")[:limit])
    found = list(valid.filter(toks__contains=wanted).order_by("-helpful", "-changed_at")[: limit * 3])
    return sorted(found, key=lambda one: -len(set(wanted) & set(one.title_toks)))[:limit]


def suggested_articles(case: Case, articles: QuerySet[Article], *, limit: int = 3) -> list[Article]:
    """Articles of the case's category, or else with a word of its title."""
    today = timezone.localdate()
    valid = articles.filter(Q(valid_until=None) | Q(valid_until__gte=today), state=Article.State.PUBLISHED)
    wanted = asked_tokens(case.title)[:12]
    near = Q(title_toks__overlap=wanted) if wanted else Q(pk__in=[])
    if case.category_id:
        near |= Q(categories__in=[pk for pk in (case.category_id, case.category.parent_id) if pk])
    return list(valid.filter(near).distinct().order_by("-helpful", "-changed_at")[:limit])


def names_of(user: User, members: list[Member]) -> dict[int, str]:
    """Members' names as this person may see them."""
    people = list({member.pk: member for member in members}.values())
    return {row.pk: row.name for row in member_rows(user, people)}
