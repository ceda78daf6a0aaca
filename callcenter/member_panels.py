"""What the service desk says and offers on a member's page: cases, promises, visits, calls; register a visit, open a
case, call; why the member may be here."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter.access import VIEW
from callcenter.selectors.calls import calls_of
from callcenter.selectors.service import ServiceFacts, service_facts
from callcenter.selectors.visits import visit_reasons
from kit import panels
from members.models import Member, MemberPhone
from members.selectors import reasons
from sales.models import ReceiptLine
from sales.selectors.beside_lines import register_line_deed

KNOWN = "_callcenter_known"


def _facts(request: HttpRequest, member: Member) -> ServiceFacts:
    known = getattr(request, KNOWN, None)
    if known is None or known[0] != member.pk:
        known = (member.pk, service_facts(member, request.user))
        setattr(request, KNOWN, known)
    return known[1]


@panels.register("member.actions", name="desk", order=10, permission="callcenter.register_visit")
def desk_actions(request: HttpRequest, member: Member) -> str:
    """One key for each reason somebody comes; a new case."""
    context = {
        "member": member,
        "reasons": visit_reasons.get(),
        "in_the_house": _facts(request, member).in_the_house,
        "case_url": f"{reverse('callcenter:case_new')}?{urlencode({'member': member.pk})}",
    }
    return render_to_string("callcenter/member_actions.html", context, request)


@panels.register("phone.deeds", name="dial", order=10, permission="callcenter.place_call")
def dial(request: HttpRequest, phone: MemberPhone) -> str | None:
    """Call at this number, which nobody needs to see."""
    if phone.opt_out_call or phone.invalid:
        return None
    return render_to_string("callcenter/phone_deed.html", {"phone": phone}, request)


@panels.register("member.main", name="service", order=15, permission=VIEW, title=gettext_lazy("Cases and promises"))
def service(request: HttpRequest, member: Member) -> str | None:
    """Open cases and promises, what was settled lately, the last visits."""
    facts = _facts(request, member)
    if not (facts.open_cases or facts.closed_cases or facts.promises or facts.visits):
        return None
    context = {"facts": facts, "cases": facts.open_cases + facts.closed_cases, "now": timezone.now()}
    return render_to_string("callcenter/member_service.html", context, request)


@panels.register(
    "member.main",
    name="calls",
    order=25,
    permission="callcenter.view_call",
    late=True,
    title=gettext_lazy("Calls"),
)
def calls(request: HttpRequest, member: Member) -> str | None:
    """The newest calls with what was noted."""
    found = calls_of(member, request.user)
    return render_to_string("callcenter/member_calls.html", {"calls": found}, request) if found else None


@reasons.register(
    "callcenter.in_the_house",
    label=gettext_lazy("In the house now"),
    icon="walk",
    look="accent",
    position=5,
    days=1,
    permission=VIEW,
)
def in_the_house(request: HttpRequest, member: Member, _days: int) -> Iterator[reasons.Found]:
    """The member came to the desk and has not left."""
    if visit := _facts(request, member).in_the_house:
        arrived = timezone.localtime(visit.arrived_at)
        said = _("At the desk since %(time)s: %(reason)s") % {"time": f"{arrived:%H:%M}", "reason": visit.reason}
        yield said, reverse("callcenter:visit_list"), arrived.date()


@reasons.register(
    "callcenter.open_case",
    label=gettext_lazy("A case is open"),
    icon="messages",
    look="warn",
    position=10,
    days=60,
    permission=VIEW,
)
def open_case(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Cases not solved yet, what is due first going first."""
    today = timezone.localdate()
    for case in _facts(request, member).open_cases:
        due = timezone.localtime(case.due_at) if case.due_at else timezone.localtime(case.opened_at)
        if (due.date() - today).days <= days:
            said = _("Case %(number)s, due %(due)s: %(title)s") % {
                "number": case.number,
                "due": f"{due:%m-%d %H:%M}",
                "title": case.title,
            }
            yield said, case.url, due.date()


@reasons.register(
    "callcenter.promise_due",
    label=gettext_lazy("Something was promised"),
    icon="calendar-due",
    look="warn",
    position=20,
    days=7,
    permission=VIEW,
)
def promise_due(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Promises that are due soon, or late."""
    for promise in _facts(request, member).promises:
        due = timezone.localtime(promise.due_at)
        if (due.date() - timezone.localdate()).days <= days:
            url = reverse("callcenter:case_detail", args=[promise.case_id]) if promise.case_id else ""
            said = _("Promised by %(due)s: %(what)s") % {"due": f"{due:%m-%d %H:%M}", "what": promise.what}
            yield said, url, due.date()


def _case_about(line: ReceiptLine) -> str:
    named = f"{line.sold_on:%Y-%m-%d}:{line.receipt_id}:{line.line_no}"
    return f"{reverse('callcenter:case_new')}?{urlencode({'line': named})}"


register_line_deed(
    "case",
    label=gettext_lazy("Open a case about this"),
    icon="messages",
    permission="callcenter.work_case",
    address=_case_about,
)
