"""Whose cases, steps, promises, visits and hand-overs a person may see and touch.

Cases are those of the own stores. An associate sees the steps of the own counters and of a case no more than its
counter's part.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from callcenter.models import (
    Article,
    Case,
    CaseEntry,
    CaseStep,
    HandOver,
    Promise,
    Visit,
    Wish,
)
from kit.errors import NotFound
from members.models import Member, MemberPhone
from staff.access import counters_for, require, stores_for
from staff.models import DepartmentHead, User
from staff.roles import Role

VIEW, WORK, ANSWER = "callcenter.view_case", "callcenter.work_case", "callcenter.answer_step"
VIEW_VISIT, REGISTER_VISIT = "callcenter.view_visit", "callcenter.register_visit"
READ, WRITE = "callcenter.view_article", "callcenter.write_article"
HAND_OVER = "callcenter.hand_over"
COUNTER = "callcenter.use_counter"


def cases_for(user: User, permission: str = VIEW) -> QuerySet[Case]:
    """The cases of the own stores; an associate's are those the own counters were asked about."""
    require(user, permission)
    if user.role == Role.ASSOCIATE:
        return Case.objects.filter(pk__in=steps_asked_of(user).values("case_id"))
    if user.all_stores or user.role == Role.ADMIN:
        return Case.objects.all()
    return Case.objects.filter(store__in=stores_for(user).values("pk"))


def case_for(user: User, pk: int, permission: str = VIEW) -> Case:
    related = ("category__parent", "member__home_store", "store", "counter", "owner", "call", "opened_by")
    case = cases_for(user, permission).select_related(*related).filter(pk=pk).first()
    if case is None:
        raise NotFound(_("There is no such case in your stores."))
    return case


def entry_for(user: User, pk: int) -> CaseEntry:
    """One entry with a file; an associate reads those of the own steps only."""
    entries = CaseEntry.objects.filter(pk=pk, case__in=cases_for(user)).exclude(file="")
    if user.role == Role.ASSOCIATE:
        entries = entries.filter(step__in=steps_asked_of(user))
    entry = entries.first()
    if entry is None:
        raise NotFound(_("There is no such file."))
    return entry


def steps_asked_of(user: User) -> QuerySet[CaseStep]:
    """The steps somebody may answer: asked of them, of their counters, of a department they belong to or head, or
    escalated to them."""
    headed = DepartmentHead.objects.filter(user_id=user.pk).values("department_id")
    mine = Q(person_id=user.pk) | Q(escalated_to_id=user.pk) | Q(department__in=headed)
    if user.role == Role.ASSOCIATE:
        mine |= Q(counter__in=counters_for(user).values("pk"))
    if user.department_id:
        mine |= Q(department_id=user.department_id)
    return CaseStep.objects.filter(mine)


def newest_step_of(user: User, case: Case) -> CaseStep:
    """The last step of a case that the person was asked."""
    step = steps_asked_of(user).filter(case=case).order_by("-pk").first()
    if step is None:
        raise NotFound(_("There is no such step for you."))
    return step


def step_for(user: User, pk: int) -> CaseStep:
    """One step the person may answer; who works on cases may answer any step of a case in scope."""
    require(user, ANSWER)
    allowed = Q(pk__in=steps_asked_of(user).values("pk"))
    if user.has_perm(WORK):
        allowed |= Q(case__in=cases_for(user, WORK))
    related = ("case__member__home_store", "case__store", "counter", "department", "person", "asked_by", "answered_by")
    step = CaseStep.objects.filter(allowed, pk=pk).select_related(*related).first()
    if step is None:
        raise NotFound(_("There is no such step for you."))
    return step


def promises_for(user: User) -> QuerySet[Promise]:
    """The own promises, and those about cases in scope for who works on cases."""
    mine = Q(owner_id=user.pk)
    if user.has_perm(WORK):
        mine |= Q(case__in=cases_for(user, WORK))
    return Promise.objects.filter(mine)


def promise_for(user: User, pk: int) -> Promise:
    promise = promises_for(user).select_related("case").filter(pk=pk).first()
    if promise is None:
        raise NotFound(_("There is no such promise."))
    return promise


def visits_for(user: User, permission: str = VIEW_VISIT) -> QuerySet[Visit]:
    """The visits to the desks of the own stores."""
    require(user, permission)
    visits = Visit.objects.select_related("reason", "store", "member__home_store", "served_by", "case")
    if user.all_stores or user.role == Role.ADMIN:
        return visits
    return visits.filter(store__in=stores_for(user).values("pk"))


def visit_for(user: User, pk: int, permission: str = REGISTER_VISIT) -> Visit:
    visit = visits_for(user, permission).filter(pk=pk).first()
    if visit is None:
        raise NotFound(_("There is no such visit in your stores."))
    return visit


def articles_for(user: User) -> QuerySet[Article]:
    """Published articles; who writes them sees drafts and retired ones too."""
    require(user, READ)
    return Article.objects.all() if user.has_perm(WRITE) else Article.objects.filter(state=Article.State.PUBLISHED)


def article_for(user: User, pk: int, permission: str = READ) -> Article:
    require(user, permission)
    article = articles_for(user).filter(pk=pk).first()
    if article is None:
        raise NotFound(_("There is no such article."))
    return article


def hand_overs_for(user: User) -> QuerySet[HandOver]:
    """The hand-overs of the own stores."""
    require(user, HAND_OVER)
    rows = HandOver.objects.select_related("store", "written_by", "taken_by")
    if user.all_stores or user.role == Role.ADMIN:
        return rows
    return rows.filter(store__in=stores_for(user).values("pk"))


def hand_over_for(user: User, pk: int) -> HandOver:
    row = hand_overs_for(user).filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such hand-over in your stores."))
    return row


def wishes_for(user: User) -> QuerySet[Wish]:
    """What members wait for at the own counters."""
    require(user, COUNTER)
    return Wish.objects.filter(counter__in=counters_for(user).values("pk"))


def wish_for(user: User, pk: int) -> Wish:
    wish = wishes_for(user).filter(pk=pk).first()
    if wish is None:
        raise NotFound(_("There is no such wish at your counters."))
    return wish


def callable_phone(user: User, member: Member) -> MemberPhone:
    """The number to call a member at who allows it; nobody needs to see it."""
    require(user, "callcenter.place_call")
    usable = MemberPhone.objects.filter(member=member, opt_out_call=False, invalid=False).select_related("member")
    phone = usable.order_by("-is_primary", "pk").first()
    if phone is None or not member.allows_phone:
        raise NotFound(_("The member has not allowed calls, or there is no number that works."))
    return phone
