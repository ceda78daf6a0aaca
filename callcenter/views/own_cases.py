"""A member's own cases, behind the member's door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter.forms.own_cases import OwnAnswerForm, OwnCaseForm
from callcenter.models import Case
from callcenter.selectors.own_cases import own_case, own_cases, own_words
from callcenter.services.hearing import answer_own_case
from callcenter.services.links import link_of
from callcenter.services.own_cases import open_own_case
from kit.answers import form_page
from kit.doors import behind
from kit.forms import carried_out
from members.models import Member
from sales.selectors.own_slips import own_slips


@require_safe
@behind("me")
def case_list(request: HttpRequest, member: Member) -> HttpResponse:
    return render(request, "callcenter/me_cases.html", {"member": member, "cases": own_cases(member)})


@require_http_methods(["GET", "POST"])
@behind("me")
def case_new(request: HttpRequest, member: Member) -> HttpResponse:
    """Write to the store; about one of the own purchases, if it is about one."""
    return form_page(
        request,
        OwnCaseForm(own_slips(member), request.POST or None),
        title=_("Write to us"),
        deed=lambda data: open_own_case(member_id=member.pk, **data),
        said=_("Thank you, we have it. You can follow it here."),
        to=lambda case: reverse("me_cases:case_detail", args=[case.pk]),
        template="members/me_form.html",
        member=member,
    )


@require_safe
@behind("me")
def case_detail(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    return _shown(request, member, own_case(member, pk), OwnAnswerForm())


@require_POST
@behind("me")
def case_answer(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """A few more words; of a solved case they reopen it."""
    case, form = own_case(member, pk), OwnAnswerForm(request.POST)
    if form.is_valid() and carried_out(
        form, lambda: answer_own_case(member_id=member.pk, case_id=case.pk, text=form.cleaned_data["text"])
    ):
        return redirect("me_cases:case_detail", case.pk)
    return _shown(request, member, case, form, status=422)


def _shown(request: HttpRequest, member: Member, case: Case, form: OwnAnswerForm, *, status: int = 200) -> HttpResponse:
    form.helper.form_action = reverse("me_cases:case_answer", args=[case.pk])
    context = {"member": member, "case": case, "words": own_words(case), "form": form, "rate_url": link_of(case)}
    return render(request, "callcenter/me_case.html", context, status=status)
