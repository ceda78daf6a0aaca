"""Tasks of the office: what I am to do, what I gave to others."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs
from workflow import access
from workflow.forms.office import HandForm, NoteForm, TaskForm
from workflow.office_filters import OfficeTaskFilter
from workflow.services import office_tasks as tasks

FORM = "workflow/form.html"


@login_required
@require_safe
@needs("workflow.view_office")
def task_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.office_tasks_for(request.user),
        filterset=OfficeTaskFilter,
        template="workflow/task_list.html",
        orderings={"due": ("status", "due_on", "pk"), "newest": ("-pk",)},
        context={"today": timezone.localdate()},
    )


@login_required
@require_safe
@needs("workflow.view_office")
def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.office_task_for(request.user, pk)
    context = {
        "task": task,
        "items": task.items.select_related("done_by"),
        "notes": task.notes.select_related("written_by"),
        "form": NoteForm(),
        "today": timezone.localdate(),
    }
    return render(request, "workflow/task_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.give_task")
def task_give(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        TaskForm(request.user, request.POST or None),
        title=_("Give a task"),
        deed=lambda data: tasks.give_task(actor=request.user, **data),
        said=_("The task is given."),
        to=lambda task: reverse("workflow:task_detail", args=[task.pk]),
        template=FORM,
        back=reverse("workflow:task_list"),
    )


@login_required
@require_POST
@needs("workflow.view_office")
def task_note(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.office_task_for(request.user, pk)
    place = reverse("workflow:task_detail", args=[pk])
    return form_page(
        request,
        NoteForm(request.POST),
        title=task.title,
        deed=lambda data: tasks.note_task(task_id=task.pk, actor=request.user, **data),
        said=_("Written down."),
        to=place,
        template=FORM,
        back=place,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.view_office")
def task_hand(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.office_task_for(request.user, pk)
    place = reverse("workflow:task_detail", args=[pk])
    return form_page(
        request,
        HandForm(request.POST or None, initial={"to": task.owner_id, "due_on": task.due_on}),
        title=_("Hand on or move the day"),
        deed=lambda data: tasks.hand_task(task_id=task.pk, actor=request.user, **data),
        said=_("Changed."),
        # Who has handed it on may no longer see it.
        to=reverse("workflow:task_list"),
        template=FORM,
        back=place,
        lead=task.title,
    )


@login_required
@require_POST
@needs("workflow.view_office")
def task_finish(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.office_task_for(request.user, pk)
    deed = lambda: tasks.finish_task(task_id=task.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Done."), reverse("workflow:task_detail", args=[pk]))


@login_required
@require_POST
@needs("workflow.view_office")
def task_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.office_task_for(request.user, pk)
    deed = lambda: tasks.cancel_task(task_id=task.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("The task is taken back."), reverse("workflow:task_detail", args=[pk]))


@login_required
@require_POST
@needs("workflow.view_office")
def task_tick(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    point = access.point_for(request.user, pk, item)
    deed = lambda: tasks.tick_point(item_id=point.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Noted."), reverse("workflow:task_detail", args=[pk]))
