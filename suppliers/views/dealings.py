"""Contacts, the log and tasks of a supplier; leaving."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staff.access import needs
from suppliers import access
from suppliers.access import CHANGE, VIEW
from suppliers.forms.base import ReasonForm
from suppliers.forms.parties import ContactForm, EventForm, LeavingForm, StepForm, TaskForm
from suppliers.selectors.in_force import deposit_of, notice_of
from suppliers.services.dealings import add_contact, add_task, edit_contact, finish_task, log_event, retire_contact
from suppliers.services.leaving import call_off_leaving, finish_step, notice_days, start_leaving
from suppliers.views.answers import done, form_page


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def event_log(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        EventForm(party, request.POST or None),
        title=_("Write into the log"),
        lead=_("What is written stays. A visit, samples or a quotation move a prospect along the pipeline."),
        party=party,
        deed=lambda data: log_event(party_id=party.pk, actor=request.user, **data),
        said=_("Written down."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def contact_add(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        ContactForm(request.POST or None),
        title=_("New contact"),
        party=party,
        deed=lambda data: add_contact(party_id=party.pk, actor=request.user, **data),
        said=_("The contact is added."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_for(request.user, pk)
    initial = {name: getattr(contact, name) for name in ContactForm.base_fields}
    return form_page(
        request,
        ContactForm(request.POST or None, initial=initial),
        title=_("Edit contact"),
        party=contact.party,
        deed=lambda data: edit_contact(contact_id=contact.pk, actor=request.user, **data),
        said=_("Saved."),
    )


@login_required
@require_POST
@needs(CHANGE)
def contact_retire(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_for(request.user, pk)
    return done(
        request,
        lambda: retire_contact(contact_id=contact.pk, actor=request.user),
        _("%(name)s is no longer a contact.") % {"name": contact.name},
        reverse("suppliers:party_detail", args=[contact.party_id]),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        TaskForm(request.user, request.POST or None),
        title=_("New task"),
        party=party,
        deed=lambda data: add_task(party_id=party.pk, actor=request.user, **data),
        said=_("The task is noted."),
    )


@login_required
@require_POST
@needs(VIEW)
def task_finish(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.task_for(request.user, pk, VIEW)
    to = reverse("suppliers:desk" if request.POST.get("from") == "desk" else "suppliers:party_detail",
                 args=[] if request.POST.get("from") == "desk" else [task.party_id])  # fmt: skip
    return done(request, lambda: finish_task(task_id=task.pk, actor=request.user), _("Done."), to)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def leaving_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the leaving: notice and deposit come from the contract where it says so."""
    party = access.party_for(request.user, pk, CHANGE)
    today = timezone.localdate()
    days = notice_of(party.pk, today)
    days = notice_days() if days is None else days
    initial = {
        "notice_on": today,
        "notice_days": days,
        "leaves_on": today + timedelta(days=days),
        "deposit": deposit_of(party.pk),
    }
    return form_page(
        request,
        LeavingForm(request.POST or None, initial=initial),
        title=_("This supplier leaves"),
        lead=_("Four steps follow, each with its day: goods out, access closed, last settlement, deposit back."),
        party=party,
        deed=lambda data: start_leaving(party_id=party.pk, actor=request.user, **data),
        said=_("The leaving has begun."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE, "suppliers.finish_leaving_step")
def step_finish(request: HttpRequest, pk: int) -> HttpResponse:
    permission = CHANGE if request.user.has_perm(CHANGE) else "suppliers.finish_leaving_step"
    step = access.step_for(request.user, pk, permission)
    return form_page(
        request,
        StepForm(request.POST or None, initial={"done_on": timezone.localdate()}),
        title=step.get_key_display(),
        party=step.leaving.party,
        deed=lambda data: finish_step(step_id=step.pk, actor=request.user, **data),
        said=_("The step is done."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def leaving_call_off(request: HttpRequest, pk: int) -> HttpResponse:
    leaving = access.leaving_for(request.user, pk)
    return form_page(
        request,
        ReasonForm(request.POST or None, button=_("Call off")),
        title=_("Call the leaving off"),
        party=leaving.party,
        deed=lambda data: call_off_leaving(leaving_id=leaving.pk, reason=data["reason"], actor=request.user),
        said=_("The supplier stays."),
    )
