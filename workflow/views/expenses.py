"""Expense claims: the list, one claim, its form with lines, and its transitions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.answers import done, form_page
from kit.forms import carried_out
from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs
from workflow import access
from workflow import office_selectors as selectors
from workflow.forms.expenses import ClaimForm, LineFormSet, PapersForm, PaymentForm, line_rows
from workflow.models import ExpenseClaim
from workflow.office_filters import ClaimFilter
from workflow.services import expenses
from workflow.services.papers import put_papers

CLAIM = "workflow.claim_expense"
FORM = "workflow/form.html"
LEDGER = Export(
    "expenses",
    (
        Column(gettext_lazy("Claim"), "number"),
        Column(gettext_lazy("Direction"), "get_direction_display"),
        Column(gettext_lazy("Store"), "store.label"),
        Column(gettext_lazy("Department"), lambda claim: claim.department.label if claim.department else ""),
        Column(gettext_lazy("What for"), "purpose", 32),
        Column(gettext_lazy("Payee or payer"), "counterparty", 24),
        Column(gettext_lazy("Budget month"), "month"),
        Column(gettext_lazy("Ledger accounts"), lambda claim: " ".join(selectors.ledger_accounts(claim)), 24),
        Column(gettext_lazy("Amount"), "total"),
        Column(gettext_lazy("State"), "get_status_display"),
        Column(gettext_lazy("Paid on"), "paid_at"),
        Column(gettext_lazy("Payment reference"), "payment_reference", 24),
    ),
)


@login_required
@require_safe
@needs(CLAIM)
def claim_list(request: HttpRequest) -> HttpResponse:
    """The own claims; for finance and managers those of their stores."""
    return listing(
        request,
        access.claims_for(request.user).prefetch_related("lines__category"),
        filterset=ClaimFilter,
        template="workflow/claim_list.html",
        orderings={"newest": ("-pk",), "due": ("due_on", "pk"), "amount": ("-total", "-pk")},
        export=LEDGER,
    )


@login_required
@require_safe
@needs(CLAIM)
def claim_detail(request: HttpRequest, pk: int) -> HttpResponse:
    claim = access.claim_for(request.user, pk)
    return render(
        request,
        "workflow/claim_detail.html",
        {"claim": claim, "shown": selectors.claim_page(claim, request.user), "form": PapersForm()},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CLAIM)
def claim_new(request: HttpRequest) -> HttpResponse:
    return _claim_form(request, None)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CLAIM)
def claim_change(request: HttpRequest, pk: int) -> HttpResponse:
    return _claim_form(request, access.claim_for(request.user, pk))


def _claim_form(request: HttpRequest, claim: ExpenseClaim | None) -> HttpResponse:
    form = ClaimForm(request.user, request.POST or None, claim=claim)
    lines = LineFormSet(request.POST or None, initial=line_rows(claim) if claim else None, prefix="lines")

    def deed() -> ExpenseClaim:
        data = {**form.cleaned_data, "store": form.cleaned_data["department"].store, "lines": lines.lines()}
        if claim is None:
            return expenses.draft_claim(actor=request.user, **data)
        return expenses.change_claim(claim_id=claim.pk, actor=request.user, **data)

    if request.method == "POST" and form.is_valid() and lines.is_valid() and (saved := carried_out(form, deed)):
        return redirect("workflow:claim_detail", saved.pk)
    context = {"form": form, "lines": lines, "claim": claim}
    return render(request, "workflow/claim_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
@needs(CLAIM)
def claim_attach(request: HttpRequest, pk: int) -> HttpResponse:
    claim = access.claim_for(request.user, pk)
    return form_page(
        request,
        PapersForm(request.POST, request.FILES),
        title=_("Receipts and other files"),
        deed=lambda data: put_papers(data["files"], added_by=request.user, claim=claim),
        said=_("The files are put to the claim."),
        to=reverse("workflow:claim_detail", args=[pk]),
        template=FORM,
        back=reverse("workflow:claim_detail", args=[pk]),
    )


@login_required
@require_POST
@needs(CLAIM)
def claim_submit(request: HttpRequest, pk: int) -> HttpResponse:
    claim = access.claim_for(request.user, pk)
    return done(
        request,
        lambda: expenses.submit_claim(claim_id=claim.pk, actor=request.user, urgent="urgent" in request.POST),
        _("Submitted: the budget is reserved, the approvers are asked."),
        reverse("workflow:claim_detail", args=[pk]),
    )


@login_required
@require_POST
@needs(CLAIM)
def claim_void(request: HttpRequest, pk: int) -> HttpResponse:
    claim = access.claim_for(request.user, pk)
    return done(
        request,
        lambda: expenses.void_claim(claim_id=claim.pk, actor=request.user),
        _("The claim is given up."),
        reverse("workflow:claim_detail", args=[pk]),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.pay_expense")
def claim_pay(request: HttpRequest, pk: int) -> HttpResponse:
    claim = access.claim_to_pay(request.user, pk)
    place = reverse("workflow:claim_detail", args=[pk])
    return form_page(
        request,
        PaymentForm(request.POST or None),
        title=_("Book the payment of %(claim)s") % {"claim": claim.number},
        deed=lambda data: expenses.pay_claim(claim_id=claim.pk, actor=request.user, **data),
        said=_("Paid."),
        to=place,
        template=FORM,
        back=place,
        lead=f"{claim.counterparty} · {claim.purpose}",
    )
