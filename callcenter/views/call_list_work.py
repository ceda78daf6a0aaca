"""The working screen of a call list: one member, the words to say, the call, what came of it, the next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter import call_access as access
from callcenter.call_access import WORK_LIST, line_of
from callcenter.forms.call_lists import OutcomeForm
from callcenter.models import CallAttempt, CallList, CallListEntry
from callcenter.selectors import call_lists as selectors
from callcenter.selectors.call_rechecks import hours_refuse
from callcenter.services import call_list_work as services
from kit.answers import done
from kit.errors import DomainError
from members.access import sees_unmasked
from members.selectors.reasons import reasons_for
from staff.access import needs

WORK = "callcenter/list_work.html"


@login_required
@require_safe
@needs(WORK_LIST)
def list_work(request: HttpRequest, pk: int) -> HttpResponse:
    """The member in hand, or the button that takes the next one."""
    call_list = access.call_list_for(request.user, pk, WORK_LIST)
    entry = services.entry_in_hand(call_list, request.user, timezone.now())
    return render(request, WORK, _page(request, call_list, entry))


def _page(
    request: HttpRequest, call_list: CallList, entry: CallListEntry | None, form: OutcomeForm | None = None
) -> dict[str, object]:
    context: dict[str, object] = {
        "call_list": call_list,
        "refusal": hours_refuse(call_list, timezone.now()),
        "progress": selectors.with_progress([call_list])[0],
        "entry": entry,
        "line": line_of(request.user),
    }
    if entry is not None:
        row = selectors.with_members(request.user, [entry])[0]
        in_scope = sees_unmasked(request.user, entry.member)
        context |= {
            "row": row,
            "script": selectors.script_for(entry, row.row, request.user),
            "reasons": reasons_for(request, entry.member) if in_scope else [],
            "tries": selectors.tries_of(entry),
            "form": form or OutcomeForm(),
            "outcomes": [(number, one) for number, one in enumerate(CallAttempt.Outcome, start=1)],
        }
    return context


@login_required
@require_POST
@needs(WORK_LIST)
def list_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the best member nobody else has in hand."""
    call_list = access.call_list_for(request.user, pk, WORK_LIST)
    try:
        if services.take_next(call_list=call_list, actor=request.user) is None:
            messages.info(request, _("Nobody is to be called now. Callbacks come when their time comes."))
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("callcenter:list_work", call_list.pk)


def _work_of(entry: CallListEntry) -> str:
    return reverse("callcenter:list_work", args=[entry.call_list_id])


@login_required
@require_POST
@needs(WORK_LIST)
def call_entry_dial(request: HttpRequest, pk: int) -> HttpResponse:
    entry = access.call_entry_for(request.user, pk)
    deed = lambda: services.dial_entry(entry_id=entry.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Your phone rings; then the member is called."), _work_of(entry))


@login_required
@require_POST
@needs(WORK_LIST)
def call_entry_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what came of the call and take the next one."""
    entry = access.call_entry_for(request.user, pk)
    form = OutcomeForm(request.POST)
    try:
        if form.is_valid():
            services.note_outcome(entry_id=entry.pk, result=form.result, actor=request.user)
            return list_next(request, entry.call_list_id)
    except DomainError as exc:
        form.add_error(next((name for name in exc.fields or () if name in form.fields), None), str(exc))
    return render(request, WORK, _page(request, entry.call_list, entry, form), status=422)


@login_required
@require_POST
@needs(WORK_LIST)
def call_entry_give_back(request: HttpRequest, pk: int) -> HttpResponse:
    entry = access.call_entry_for(request.user, pk)
    deed = lambda: services.give_back(entry_id=entry.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Put back on the list."), _work_of(entry))
