"""Budgets per department and month, and the fixed fees that come back."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from kit.answers import form_page
from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs
from workflow import access
from workflow.forms.expenses import BudgetForm, EndForm, TermForm
from workflow.office_filters import BudgetFilter
from workflow.services import budgets, terms

FORM = "workflow/form.html"
BUDGETS = Export(
    "budgets",
    (
        Column(gettext_lazy("Store"), "department.store.label"),
        Column(gettext_lazy("Department"), "department.label"),
        Column(gettext_lazy("Category"), "category.label"),
        Column(gettext_lazy("Month"), "month"),
        Column(gettext_lazy("Budget"), "amount"),
        Column(gettext_lazy("Reserved"), "reserved"),
        Column(gettext_lazy("Spent"), "consumed"),
        Column(gettext_lazy("Left"), "left"),
    ),
)


@login_required
@require_safe
@needs("workflow.view_budgets")
def budget_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.budgets_for(request.user),
        filterset=BudgetFilter,
        template="workflow/budget_list.html",
        orderings={"month": ("-month", "department__store", "department", "category__code")},
        export=BUDGETS,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_budgets")
def budget_set(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        BudgetForm(request.user, request.POST or None, initial=request.GET.dict()),
        title=_("Set a budget"),
        deed=lambda data: budgets.set_budget(actor=request.user, **data),
        said=_("The budget is set."),
        to=reverse("workflow:budget_list"),
        template=FORM,
        back=reverse("workflow:budget_list"),
        lead=_("For the same department, category and month it replaces the former one."),
    )


@login_required
@require_safe
@needs("workflow.manage_terms")
def term_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.terms_for(request.user),
        template="workflow/term_list.html",
        orderings={"name": ("store", "name", "pk"), "amount": ("-amount", "pk")},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_terms")
def term_add(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        TermForm(request.user, request.POST or None),
        title=_("A fixed fee"),
        deed=lambda data: terms.add_term(actor=request.user, **data),
        said=_("Noted: its claims appear by themselves."),
        to=reverse("workflow:term_list"),
        template=FORM,
        back=reverse("workflow:term_list"),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_terms")
def term_end(request: HttpRequest, pk: int) -> HttpResponse:
    term = access.term_for(request.user, pk)
    return form_page(
        request,
        EndForm(request.POST or None),
        title=_("Let “%(name)s” end") % {"name": term.label},
        deed=lambda data: terms.end_term(term_id=term.pk, actor=request.user, **data),
        said=_("It ends."),
        to=reverse("workflow:term_list"),
        template=FORM,
        back=reverse("workflow:term_list"),
    )
