"""Enrolling at the desk: people, and companies."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kit.errors import DomainError
from members import selectors
from members.exceptions import PhoneShared
from members.forms.belongings import GroupForm
from members.forms.people import EnrolForm
from members.models import Member
from members.selectors.found import FoundMember
from members.selectors.prefilled import prefilled_phone
from members.services.enrolment import EnrolResult, enrol_member
from staff.access import needs
from staff.models import User


@login_required
@require_http_methods(["GET", "POST"])
@needs("members.enrol_member")
def member_enrol(request: HttpRequest) -> HttpResponse:
    """One short form; a duplicate is answered with "welcome back" and the existing member."""
    phone = request.GET.get("phone", "")[:30] or prefilled_phone(request.user, request.GET)
    form = EnrolForm(request.user, request.POST or None, initial={"phone": phone})
    shared_with: list[FoundMember] = []
    if form.is_valid():
        data = form.cleaned_data
        try:
            result = enrol_member(
                name=data["name"],
                phone=data["phone"],
                gender=data["gender"],
                birthday=data["birthday"],
                consents=data["consents"],
                store=data["store"],
                shares_phone=data["shares_phone"],
                identity=data["identity"],
                actor=request.user,
            )
        except PhoneShared as exc:
            shared_with = found_members(request.user, exc.member_ids)
            form.add_error("phone", str(exc))
        except DomainError as exc:
            form.add_error(next((name for name in exc.fields or {} if name in form.fields), "phone"), str(exc))
        else:
            greet(request, result)
            return redirect("members:member_detail", result.member.pk)
    context = {"form": form, "shared_with": shared_with}
    return render(request, "members/member_enrol.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
@needs("members.change_group")
def group_enrol(request: HttpRequest) -> HttpResponse:
    form = GroupForm(request.user, request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            result = enrol_member(
                name=data["name"], phone=data["phone"], store=data["store"], actor=request.user, kind=Member.Kind.GROUP,
                shares_phone=True,
            )  # fmt: skip
        except DomainError as exc:
            form.add_error("phone", str(exc))
        else:
            greet(request, result)
            return redirect("members:member_detail", result.member.pk)
    context = {
        "form": form,
        "title": _("Enrol a company"),
        "lead": _("Contacts, authorised buyers and the agreed discount are added on the next page."),
    }
    return render(request, "members/member_form.html", context, status=422 if form.is_bound else 200)


def greet(request: HttpRequest, result: EnrolResult) -> None:
    """Say whether somebody is new or back."""
    name = result.member.display_name
    if result.created:
        messages.success(request, _("%(name)s is a member now. The card is ready.") % {"name": name})
    else:
        messages.success(
            request,
            _("Welcome back! %(name)s has been a member since %(date)s.")
            % {"name": name, "date": f"{result.member.enrolled_on:%Y-%m-%d}"},
        )


def found_members(user: User, member_ids: list[int]) -> list[FoundMember]:
    """Members as rows this person may see."""
    members = Member.objects.filter(pk__in=member_ids).select_related("home_store").order_by("pk")
    return selectors.member_rows(user, list(members))
