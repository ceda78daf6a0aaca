"""Households: the list, one with its rules, joining and leaving."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.answers import done, form_page
from kit.lists import listing
from members import access, selectors
from members.filters import HouseholdFilter
from members.forms.households import FoundForm, HouseholdForm, JoinForm, SpendingForm
from members.models import Household
from members.selectors import households
from members.services import households as services
from staff.access import needs

CHANGE = "members.change_household"
FORM = "members/member_form.html"


@login_required
@require_safe
@needs("members.view_household")
def household_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.households_for(request.user),
        filterset=HouseholdFilter,
        template="members/household_list.html",
        orderings={"newest": ("-created_at", "-pk")},
        prepare=lambda rows: households.household_rows(request.user, rows),
    )


@login_required
@require_safe
@needs("members.view_household")
def household_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Who belongs, who may spend how much, and (for whoever may) a search for somebody to add."""
    household = access.household_for(request.user, pk)
    places = households.places_of(request.user, household)
    text = request.GET.get("q", "").strip()[:100]
    inside = {one.row.pk for one in places if one.place.left_on is None}
    can_change = request.user.has_perm(CHANGE)
    found = selectors.search(text, request.user, limit=20) if text and can_change else []
    context = {
        "household": household,
        "present": [one for one in places if one.place.left_on is None],
        "former": [one for one in places if one.place.left_on is not None],
        "can_change": can_change,
        "text": text,
        "found": [one for one in found if one.pk not in inside and one.in_scope],
    }
    return render(request, "members/household_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("members.view_household")
def household_found(request: HttpRequest, pk: int) -> HttpResponse:
    """The member's household; where there is none, a form to found it."""
    member = access.member_for(request.user, pk, "members.view_household")
    if place := households.household_of(member):
        return redirect("members:household_detail", place.household_id)
    member = access.member_for(request.user, pk, CHANGE)
    return form_page(
        request,
        FoundForm(request.POST or None, initial={"name": member.display_name}),
        title=_("Found a household"),
        lead=_("The member becomes its head; then add the others. Everybody keeps their own account and star."),
        deed=lambda data: services.found_household(member_id=member.pk, actor=request.user, **data),
        said=_("The household is founded."),
        to=_page_of,
        template=FORM,
        member=member,
        in_scope=True,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def household_edit(request: HttpRequest, pk: int) -> HttpResponse:
    household = access.household_for(request.user, pk, CHANGE)
    initial = {"name": household.name, "pools_points": household.pools_points}
    return form_page(
        request,
        HouseholdForm(request.POST or None, initial=initial),
        title=household.name,
        deed=lambda data: services.change_household(household_id=household.pk, actor=request.user, **data),
        said=_("Saved."),
        to=_page_of,
        template=FORM,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def household_join(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    household = access.household_for(request.user, pk, CHANGE)
    member = access.member_for(request.user, member_id, CHANGE)
    return form_page(
        request,
        JoinForm(request.POST or None),
        title=_("Add to %(household)s") % {"household": household.name},
        deed=lambda data: services.join_household(
            household_id=household.pk, member_id=member.pk, actor=request.user, **data
        ),
        said=_("Added to the household."),
        to=reverse("members:household_detail", args=[household.pk]),
        template=FORM,
        member=member,
        in_scope=True,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def spending_change(request: HttpRequest, pk: int) -> HttpResponse:
    place = access.household_place_for(request.user, pk, CHANGE)
    initial = {"may_spend": place.may_spend, "monthly_limit": place.monthly_limit}
    return form_page(
        request,
        SpendingForm(request.POST or None, initial=initial),
        title=_("Who may spend, and how much?"),
        deed=lambda data: services.change_spending(place_id=place.pk, actor=request.user, **data),
        said=_("Saved."),
        to=reverse("members:household_detail", args=[place.household_id]),
        template=FORM,
        member=place.member,
        in_scope=True,
    )


@login_required
@require_POST
@needs(CHANGE)
def household_leave(request: HttpRequest, pk: int) -> HttpResponse:
    place = access.household_place_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: services.leave_household(place_id=place.pk, actor=request.user),
        _("The member has left the household. Points stay where they are."),
        reverse("members:household_detail", args=[place.household_id]),
    )


def _page_of(household: Household) -> str:
    return reverse("members:household_detail", args=[household.pk])
