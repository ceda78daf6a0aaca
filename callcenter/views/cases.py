"""Cases: the list, one case, a new one on one screen, and what is written into it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import access
from callcenter.access import VIEW, WORK
from callcenter.filters import CaseFilter
from callcenter.forms.cases import AssignForm, CaseEditForm, CaseForm, MessageForm, TemplateForm, WordsForm
from callcenter.models import Case
from callcenter.selectors.desk import case_page, names_of, suggested_articles
from callcenter.selectors.opening import found_opening
from callcenter.services.cases import assign_case, edit_case, note_in_case, page_of, say_in_case, take_case
from callcenter.services.messages import filled, number_of, text_member
from callcenter.services.opening import open_from_desk
from callcenter.views.steps import step_list
from kit import phones
from kit.answers import done, form_page
from kit.lists import Export, listing
from kit.uploads import served
from kit.workbooks import Column
from staff.access import needs
from staff.roles import Role

FORM = "callcenter/form.html"
CASE_EXPORT = Export(
    "cases",
    [
        Column(lazy("Number"), lambda case: case.number),
        Column(lazy("Kind"), lambda case: case.get_kind_display()),
        Column(lazy("State"), lambda case: case.get_state_display()),
        Column(lazy("Priority"), lambda case: case.get_priority_display()),
        Column(lazy("Category"), lambda case: case.category.label if case.category else ""),
        Column(lazy("In short"), lambda case: case.title),
        Column(lazy("Member number"), lambda case: case.member.member_no if case.member else ""),
        Column(lazy("Store"), lambda case: case.store.label),
        Column(lazy("Counter"), lambda case: case.counter.label if case.counter else ""),
        Column(lazy("Owner"), lambda case: str(case.owner or "")),
        Column(lazy("Opened at"), lambda case: case.opened_at),
        Column(lazy("Solution due"), lambda case: case.solution_due_at),
        Column(lazy("Solved at"), lambda case: case.solved_at),
        Column(lazy("Late"), lambda case: bool(case.solution_failed_at or case.response_failed_at)),
        Column(lazy("Times reopened"), lambda case: case.reopened_count),
    ],
)
RELATED = ("category", "member__home_store", "store", "counter", "owner")


@login_required
@require_safe
@needs(VIEW)
def case_list(request: HttpRequest) -> HttpResponse:
    """The cases of the own stores; an associate sees what the own counters are asked."""
    user = request.user
    if user.role == Role.ASSOCIATE:
        return step_list(request)

    def dressed(rows: list[Case]) -> list[dict[str, object]]:
        names = names_of(user, [case.member for case in rows if case.member])
        return [
            {"case": case, "who": names.get(case.member_id) or case.caller_name or case.masked_phone} for case in rows
        ]

    return listing(
        request,
        access.cases_for(user).select_related(*RELATED),
        filterset=CaseFilter,
        template="callcenter/case_list.html",
        orderings={
            "newest": ("-opened_at", "-pk"),
            "due": ("solution_due_at", "pk"),
            "number": ("number",),
            "title": ("title", "pk"),
        },
        context={"can_work": user.has_perm(WORK)},
        export=CASE_EXPORT,
        prepare=dressed,
    )


@login_required
@require_safe
@needs(VIEW)
def case_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    if user.role == Role.ASSOCIATE:
        mine = access.newest_step_of(user, access.case_for(user, pk))
        return redirect("callcenter:step_detail", mine.pk)
    case = access.case_for(user, pk)
    can_read = user.has_perm(access.READ)
    context = {
        "case": case,
        "seen": case_page(case, user),
        "can_work": user.has_perm(WORK),
        "can_compensate": user.has_perm("callcenter.compensate"),
        "can_read": can_read,
        "suggested": suggested_articles(case, access.articles_for(user)) if can_read and case.is_standing else [],
        "note_form": WordsForm(),
    }
    return render(request, "callcenter/case_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_new(request: HttpRequest) -> HttpResponse:
    """One screen; ?member=, ?call=, ?visit=, ?line=day:receipt:line and ?kind= fill it in."""
    opening = found_opening(request.user, request.GET)
    form = CaseForm(
        request.user,
        request.POST or None,
        initial=opening.initial,
        has_member=opening.member is not None,
        purchases=opening.purchases,
    )
    return form_page(
        request,
        form,
        title=_("New case"),
        deed=lambda data: open_from_desk(data=data, opening=opening, actor=request.user),
        said=_("The case is open."),
        to=page_of,
        template="callcenter/case_new.html",
        opening=opening,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_edit(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    initial = {
        "title": case.title, "kind": case.kind, "category": case.category_id, "priority": case.priority,
        "tags": " ".join(case.tags),
    }  # fmt: skip
    return form_page(
        request,
        CaseEditForm(request.POST or None, initial=initial),
        title=_("Edit case"),
        deed=lambda data: edit_case(
            case_id=case.pk,
            kind=data["kind"],
            category_id=data["category"].pk if data["category"] else None,
            priority=data["priority"],
            title=data["title"],
            tags=data["tags"],
            actor=request.user,
        ),
        said=_("Saved."),
        to=page_of(case),
        template=FORM,
        case=case,
    )


@login_required
@require_POST
@needs(WORK)
def case_take(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    return done(request, lambda: take_case(case_id=case.pk, actor=request.user), _("The case is yours."), page_of(case))


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_assign(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    return form_page(
        request,
        AssignForm(request.POST or None),
        title=_("Hand the case to somebody"),
        deed=lambda data: assign_case(case_id=case.pk, owner=data["owner"], actor=request.user),
        said=_("Handed over."),
        to=page_of(case),
        template=FORM,
        case=case,
    )


@login_required
@require_POST
@needs(WORK)
def case_note(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    form = WordsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _unwritten(request, form, case)
    return done(
        request,
        lambda: note_in_case(
            case_id=case.pk, text=form.cleaned_data["text"], file=form.cleaned_data["file"], actor=request.user
        ),
        _("Written down."),
        page_of(case),
    )


@login_required
@require_POST
@needs(WORK)
def case_said(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _unwritten(request, form, case)
    words = form.cleaned_data["text"]
    return done(
        request, lambda: say_in_case(case_id=case.pk, text=words, actor=request.user), _("Written down."), page_of(case)
    )


def _unwritten(request: HttpRequest, form: WordsForm, case: Case) -> HttpResponse:
    messages.error(request, next(iter(form.errors.values()))[0])
    return redirect(page_of(case))


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_message(request: HttpRequest, pk: int) -> HttpResponse:
    """A text to the member; ?template= puts one in."""
    case = access.case_for(request.user, pk, WORK)
    chosen = TemplateForm(request.GET)
    template = chosen.cleaned_data["template"] if chosen.is_valid() else None
    initial = {"text": filled(template, case) if template else ""}
    return form_page(
        request,
        MessageForm(request.POST or None, initial=initial),
        title=_("Text the member"),
        deed=lambda data: text_member(case_id=case.pk, text=data["text"], actor=request.user),
        said=_("The text is on its way."),
        to=page_of(case),
        template="callcenter/case_message.html",
        case=case,
        chosen=chosen,
        number=phones.mask(number_of(case)),
    )


@login_required
@require_safe
@needs(VIEW)
def entry_file(request: HttpRequest, pk: int) -> HttpResponse:
    entry = access.entry_for(request.user, pk)
    return served(entry.file, entry.file_name)
