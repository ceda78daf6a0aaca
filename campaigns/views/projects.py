"""Campaigns: the list, a month, what meets, one campaign, its plan, the deeds of its life."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import campaign_access as access
from campaigns.campaign_access import CHANGE, VIEW
from campaigns.campaign_filters import CampaignFilter
from campaigns.forms import projects as forms
from campaigns.models import Campaign, Send
from campaigns.selectors import collisions
from campaigns.selectors import projects as reads
from campaigns.services import cloning, printing
from campaigns.services import projects as services
from kit.answers import done, form_page
from kit.forms import carried_out
from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs
from workflow.services.requests import last_request_of

FORM = "campaigns/campaign_form_page.html"
EXPORT = Export(
    "campaigns",
    [
        Column(lazy("Number"), "number", 14),
        Column(lazy("Name"), "label", 28),
        Column(lazy("Kind"), lambda row: row.get_kind_display(), 10),
        Column(lazy("State"), lambda row: row.get_state_display(), 14),
        Column(lazy("From"), "from_on", 12),
        Column(lazy("Until"), "until_on", 12),
        Column(lazy("Owner"), lambda row: str(row.owner), 16),
        Column(lazy("Rating"), "rating", 8),
    ],
)


def _page_of(campaign: Campaign) -> str:
    return reverse("campaigns:campaign_detail", args=[campaign.pk])


@login_required
@require_safe
@needs(VIEW)
def campaign_list(request: HttpRequest) -> HttpResponse:
    """The campaigns of the stores in scope, the newest first."""
    return listing(
        request,
        access.campaigns_for(request.user).select_related("owner", "segment"),
        filterset=CampaignFilter,
        template="campaigns/campaign_list.html",
        orderings={"newest": ("-from_on", "-pk"), "number": ("number",), "until": ("until_on", "pk")},
        per_page=30,
        prepare=reads.budget_sums,
        export=EXPORT,
        context={"can_plan": request.user.has_perm(CHANGE)},
    )


@login_required
@require_safe
@needs(VIEW)
def campaign_calendar(request: HttpRequest) -> HttpResponse:
    """A month of campaigns; `?month=2026-11` names another."""
    today = timezone.localdate()
    month = reads.month_asked(request.GET.get("month", ""), today)
    context = reads.calendar_of(access.campaigns_for(request.user), month) | {"today": today}
    return render(request, "campaigns/campaign_calendar.html", context)


@login_required
@require_safe
@needs(VIEW)
def campaign_collisions(request: HttpRequest) -> HttpResponse:
    """What touches the same members or stores in a week; `?week=2026-11-23` names another."""
    monday = collisions.monday_asked(request.GET.get("week", ""), timezone.localdate())
    sends = Send.objects.all() if request.user.has_perm("campaigns.view_send") else Send.objects.none()
    week = collisions.week_of(access.campaigns_for(request.user), sends, monday)
    context = {
        "week": week,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
    }
    return render(request, "campaigns/campaign_collisions.html", context)


@login_required
@require_safe
@needs(VIEW)
def campaign_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One campaign: figures, plan, budget, offers, gifts; sends and results come from their own parts."""
    campaign = access.campaign_for(request.user, pk)
    page = reads.campaign_page(campaign)
    context = {
        "page": page,
        "campaign": page.campaign,
        "work": reads.work_of(page.campaign),
        "audit": reads.audit_of(campaign),
        "approval": last_request_of(campaign),
        "may_change": access.may_change(request.user, page.campaign),
        "today": timezone.localdate(),
    }
    return render(request, "campaigns/campaign_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def campaign_new(request: HttpRequest) -> HttpResponse:
    form = forms.CampaignForm(request.user, request.POST or None)
    sets = forms.row_sets(forms.PLAN, request.POST or None)

    def deed() -> Campaign:
        return services.plan_campaign(facts=form.facts, rows=forms.plan_rows(sets), actor=request.user)

    if _is_filled(form, sets) and (made := carried_out(form, deed)):
        return redirect(_page_of(made))
    return _plan_page(request, form, sets, _("New campaign"))


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def campaign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Head, offers, budget and shares of a plan."""
    campaign = access.campaign_for(request.user, pk, CHANGE)
    form = forms.CampaignForm(request.user, request.POST or None, initial=reads.head_of(campaign))
    sets = forms.row_sets(forms.PLAN, request.POST or None, reads.plan_of(campaign))

    def deed() -> Campaign:
        rows = forms.plan_rows(sets)
        return services.change_campaign(campaign_id=campaign.pk, facts=form.facts, rows=rows, actor=request.user)

    if _is_filled(form, sets) and carried_out(form, deed):
        return redirect(_page_of(campaign))
    return _plan_page(request, form, sets, _("Plan of %(name)s") % {"name": campaign.label}, campaign=campaign)


def _is_filled(form: forms.CampaignForm, sets: dict[str, BaseFormSet]) -> bool:
    """Every part is looked at, so that each shows its own errors."""
    checks = [form.is_valid(), *(one.is_valid() for one in sets.values())]
    return all(checks)


def _plan_page(
    request: HttpRequest, form: forms.CampaignForm, sets: dict[str, BaseFormSet], title: str, **context: object
) -> HttpResponse:
    context |= {"form": form, "formsets": list(sets.values()), "title": title}
    return render(request, "campaigns/campaign_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def work_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Tasks, hours and resources, also while the campaign runs."""
    campaign = access.campaign_for(request.user, pk, CHANGE)
    sets = forms.row_sets(forms.WORK, request.POST or None, reads.work_rows_of(campaign))
    form = forms.NothingForm(request.POST or None)

    def deed() -> Campaign:
        return services.change_work(campaign_id=campaign.pk, rows=forms.work_rows(sets), actor=request.user)

    if form.is_bound and _is_filled(form, sets) and carried_out(form, deed):
        return redirect(_page_of(campaign))
    title = _("Work for %(name)s") % {"name": campaign.label}
    return _plan_page(request, form, sets, title, campaign=campaign)


@login_required
@require_POST
@needs(CHANGE)
def campaign_submit(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = access.campaign_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: services.submit_campaign(campaign_id=campaign.pk, actor=request.user),
        _("Submitted for approval."),
        _page_of(campaign),
    )


@login_required
@require_POST
@needs(CHANGE)
def campaign_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End it today, before its last day."""
    campaign = access.campaign_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: services.end_campaign(campaign_id=campaign.pk, actor=request.user),
        _("The campaign is over."),
        _page_of(campaign),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def campaign_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan against what it came to, the lessons, a rating."""
    campaign = access.campaign_for(request.user, pk, CHANGE)
    return form_page(
        request,
        forms.CloseForm(request.POST or None),
        title=_("Close %(name)s") % {"name": campaign.label},
        deed=lambda data: services.close_campaign(campaign_id=campaign.pk, actor=request.user, **data),
        said=_("Closed. Next year begins with these lessons."),
        to=_page_of(campaign),
        template="campaigns/campaign_close.html",
        page=reads.campaign_page(campaign),
        back=_page_of(campaign),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def campaign_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = access.campaign_for(request.user, pk, CHANGE)
    return form_page(
        request,
        forms.ReasonForm(request.POST or None, button=_("Call it off")),
        title=_("Call off %(name)s") % {"name": campaign.label},
        deed=lambda data: services.cancel_campaign(campaign_id=campaign.pk, actor=request.user, **data),
        said=_("Called off."),
        to=_page_of(campaign),
        template=FORM,
        back=_page_of(campaign),
        lead=_("Its points rules end now, and coupons nobody has used are void."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def campaign_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Do it again: the same plan, from another day on."""
    campaign = access.campaign_for(request.user, pk)
    return form_page(
        request,
        forms.AgainForm(request.POST or None, initial={"from_on": cloning.a_year_later(campaign.from_on)}),
        title=_("Do %(name)s again") % {"name": campaign.label},
        deed=lambda data: cloning.clone_campaign(campaign_id=campaign.pk, actor=request.user, **data),
        said=_("Here is the new plan. What the last one came to stands beside it."),
        to=_page_of,
        template=FORM,
        back=_page_of(campaign),
        lead=_("Who takes part, objective, offers, budget, shares, tasks, hours and materials are taken over."),
    )


@login_required
@require_safe
@needs(VIEW)
def campaign_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The brief as a PDF."""
    campaign = access.campaign_for(request.user, pk)
    page = reads.campaign_page(campaign)
    response = HttpResponse(printing.brief(page, reads.work_of(page.campaign)), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{campaign.number}.pdf"'
    return response


@login_required
@require_POST
@needs("workflow.view_own_tasks", CHANGE)
def task_finish(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.task_for(request.user, pk)
    to = _page_of(task.campaign) if request.user.has_perm(VIEW) else reverse("workflow:in_tray")
    return done(request, lambda: services.finish_task(task_id=task.pk, actor=request.user), _("Done."), to)
