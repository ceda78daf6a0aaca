"""Call lists: all of them, one with its results, made by hand or from the list of members."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import call_access as access
from callcenter.call_access import MAKE_LIST, VIEW_LIST
from callcenter.call_list_filters import CallListFilter, EntryFilter
from callcenter.forms.call_lists import AddForm, CallListForm
from callcenter.models import CallList, CallListEntry
from callcenter.selectors import call_lists as selectors
from callcenter.services import call_lists as services
from kit.answers import done, form_page
from kit.htmx import is_partial
from kit.lists import Export, listing
from kit.workbooks import Column
from members.selectors.filtered import filtered_members
from staff.access import needs

FORM = "callcenter/form.html"
_ENTRY = [
    Column(lazy("Member number"), "member.member_no"),
    Column(lazy("State"), lambda entry: entry.get_state_display()),
    Column(lazy("Attempts"), "attempts"),
    Column(lazy("Last result"), lambda entry: selectors.EntryRow(entry, None).last_label, 20),
    Column(lazy("Last call"), "last_at", 18),
    Column(lazy("Next call"), "next_at", 18),
    Column(lazy("Left out because"), lambda entry: selectors.EntryRow(entry, None).why_label, 24),
    Column(lazy("Note"), "note", 40),
]


def _page_of(call_list: CallList) -> str:
    return reverse("callcenter:list_detail", args=[call_list.pk])


@login_required
@require_safe
@needs(VIEW_LIST)
def list_list(request: HttpRequest) -> HttpResponse:
    """The newest lists with how far they are."""
    lists = access.call_lists_for(request.user).select_related("store", "owner")
    return listing(
        request,
        lists,
        filterset=CallListFilter,
        template="callcenter/list_list.html",
        orderings={"newest": ("-made_at", "-pk"), "until": ("until_on", "pk")},
        prepare=selectors.with_progress,
        per_page=25,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(MAKE_LIST)
def list_new(request: HttpRequest) -> HttpResponse:
    """A new list, empty or of the members somebody filtered (`members` is the query of their list)."""
    members = request.GET.get("members")
    form = CallListForm(request.user, request.POST or None, initial={"members": members})

    def deed(data: dict[str, object]) -> CallList:
        words = {"facts": form.facts, "owner": request.user, "actor": request.user, "agents": data["agents"]}
        if members is None and not data["members"]:
            return services.make_call_list(**words)
        chosen = filtered_members(request.user, str(data["members"]))
        made, added = services.make_filled_list(**words, members=chosen)
        _tell(request, added)
        return made

    return form_page(
        request,
        form,
        title=_("New call list"),
        lead=_("The members you filtered are put on it; who cannot or may not be called is left out.")
        if members is not None
        else "",
        deed=deed,
        said=_("The list is made."),
        to=_page_of,
        template=FORM,
        back=reverse("callcenter:list_list"),
    )


def _tell(request: HttpRequest, added: services.Added) -> None:
    said = _("%(added)s members added, %(known)s were on it, %(left_out)s cannot or may not be called.")
    counts = {"added": added.added, "known": added.known, "left_out": added.left_out}
    messages.info(request, said % {name: f"{count:,}" for name, count in counts.items()})


@login_required
@require_safe
@needs(VIEW_LIST)
def list_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress, results, and the entries to filter and export."""
    user = request.user
    call_list = access.call_list_for(user, pk)
    return listing(
        request,
        CallListEntry.objects.filter(call_list=call_list).select_related("member__home_store", "taken_by"),
        filterset=EntryFilter,
        template="callcenter/list_detail.html",
        orderings={"added": ("pk",)},
        prepare=lambda rows: selectors.with_members(user, rows),
        export=Export("call-list", _ENTRY) if user.has_perm("callcenter.export_call_list") else None,
        context={
            "call_list": call_list,
            "results": None if is_partial(request) else selectors.results_of(call_list),
            "can_make": user.has_perm(MAKE_LIST),
            "can_work": user.has_perm(access.WORK_LIST) and call_list.state == CallList.State.OPEN,
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(MAKE_LIST)
def list_edit(request: HttpRequest, pk: int) -> HttpResponse:
    call_list = access.call_list_for(request.user, pk, MAKE_LIST)
    names = [name for name in CallListForm.base_fields if name not in ("agents", "members")]
    initial = {name: getattr(call_list, name) for name in names} | {"agents": call_list.agents.all()}
    form = CallListForm(request.user, request.POST or None, initial=initial)
    return form_page(
        request,
        form,
        title=call_list.name,
        deed=lambda data: services.change_call_list(
            list_id=call_list.pk, facts=form.facts, agents=data["agents"], actor=request.user
        ),
        said=_("Saved."),
        to=_page_of,
        template=FORM,
        back=_page_of(call_list),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(MAKE_LIST)
def list_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add members by their numbers, typed or from a file; what means nobody is told."""
    call_list = access.call_list_for(request.user, pk, MAKE_LIST)

    def deed(data: dict[str, object]) -> CallList:
        named = selectors.members_named(request.user, data["lines"])
        _tell(request, services.add_to_call_list(list_id=call_list.pk, members=named.ids, actor=request.user))
        if unclear := len(named.unknown) + len(named.ambiguous):
            said = _("%(unknown)s numbers belong to nobody, %(ambiguous)s to several members.")
            messages.warning(request, said % {"unknown": len(named.unknown), "ambiguous": unclear - len(named.unknown)})
        return call_list

    return form_page(
        request,
        AddForm(request.POST or None, request.FILES or None),
        title=_("Add members"),
        deed=deed,
        said=_("Done."),
        to=_page_of,
        template=FORM,
        back=_page_of(call_list),
        lead=call_list.name,
    )


def _deed(request: HttpRequest, pk: int, service: Callable[..., CallList], said: str) -> HttpResponse:
    call_list = access.call_list_for(request.user, pk, MAKE_LIST)
    return done(request, lambda: service(list_id=call_list.pk, actor=request.user), said, _page_of(call_list))


@login_required
@require_POST
@needs(MAKE_LIST)
def list_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, services.pause_call_list, _("Paused: nobody is called."))


@login_required
@require_POST
@needs(MAKE_LIST)
def list_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, services.resume_call_list, _("It goes on."))


@login_required
@require_POST
@needs(MAKE_LIST)
def list_close(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, services.close_call_list, _("The list is closed."))
