"""Contracts: the list, one contract, its papers, and what becomes of it."""

from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs
from suppliers import access
from suppliers.forms.contracts import (
    AmendForm,
    ChargeForm,
    DepositForm,
    DocumentForm,
    RenewForm,
    SignForm,
    SubmitForm,
    TargetForm,
    TerminateForm,
)
from suppliers.forms.lists import ContractFilter
from suppliers.models import Contract
from suppliers.selectors.contract_page import contract_page, ends_soon
from suppliers.selectors.early_exit import early_exit
from suppliers.selectors.outlook import compared
from suppliers.services.charges import cancel_charge, propose_charge, submit_charge
from suppliers.services.contracts import (
    add_document,
    amend_contract,
    drop_version,
    renew_contract,
    set_targets,
    sign_version,
    submit_version,
    terminate_contract,
    terms_warnings,
)
from suppliers.services.deposits import enter_deposit
from suppliers.services.prints import contract_pdf as printed_contract
from suppliers.settling.words import yuan
from suppliers.views.answers import done, form_page

CHANGE = "suppliers.change_contract"
CONTRACT_EXPORT = Export(
    "contracts",
    [
        Column(lazy("Contract number"), "number", 16),
        Column(lazy("Supplier"), lambda row: row.party.label, 28),
        Column(lazy("Store"), lambda row: row.store.label, 18),
        Column(lazy("Kind"), lambda row: row.get_kind_display(), 12),
        Column(lazy("From"), "starts_on", 12),
        Column(lazy("Until"), "last_on", 12),
        Column(lazy("State"), lambda row: row.get_state_display(), 14),
    ],
)


def _page(contract_id: int) -> str:
    return reverse("suppliers:contract_detail", args=[contract_id])


@login_required
@require_safe
@needs("suppliers.view_contract")
def contract_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()

    def dressed(rows: list[Contract]) -> list[Contract]:
        for row in rows:
            row.ends_soon = ends_soon(row, today)
        return rows

    return listing(
        request,
        access.contracts_for(request.user),
        filterset=ContractFilter,
        template="suppliers/contract_list.html",
        orderings={
            "newest": ("-pk",),
            "end": ("ends_on", "pk"),
            "number": ("number",),
            "supplier": ("party__name", "pk"),
        },
        export=CONTRACT_EXPORT,
        prepare=dressed,
    )


@login_required
@require_safe
@needs("suppliers.view_contract")
def contract_detail(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk)
    page = contract_page(contract)
    context = {"contract": contract, "page": page, "comparison": None, "warnings": []}
    if page.open is not None:
        context |= {
            "comparison": compared(
                page.open, old=page.current, counters={row.counter_id: row.counter for row in page.counters}
            ),
            "warnings": terms_warnings(page.open),
        }
    return render(request, "suppliers/contract_detail.html", context)


@login_required
@require_safe
@needs("suppliers.view_contract")
def contract_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The printed contract, always in Chinese."""
    version = access.version_for(request.user, pk)
    response = HttpResponse(printed_contract(version), content_type="application/pdf")
    name = f"{version.contract.number}-v{version.number}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@login_required
@require_safe
@needs("suppliers.view_contract")
def document_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, always as a download: what was uploaded never opens as a page of ours."""
    document = access.document_for(request.user, pk)
    with document.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="application/octet-stream")
    name = document.file.name.rsplit("/", 1)[-1]
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def contract_amend(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, CHANGE)
    return form_page(
        request,
        AmendForm(request.POST or None),
        title=_("Amend %(number)s") % {"number": contract.number},
        lead=_("The amendment begins with the terms of today; change them on the next page."),
        deed=lambda data: amend_contract(contract_id=contract.pk, actor=request.user, **data),
        said=_("The amendment is begun."),
        to=lambda version: reverse("suppliers:version_edit", args=[version.pk]),
        back=_page(contract.pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def contract_renew(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, CHANGE)
    return form_page(
        request,
        RenewForm(request.POST or None),
        title=_("Renew %(number)s") % {"number": contract.number},
        lead=_("It ends on %(day)s now.") % {"day": contract.ends_on},
        deed=lambda data: renew_contract(contract_id=contract.pk, actor=request.user, **data),
        said=_("The renewal is begun."),
        to=lambda version: reverse("suppliers:version_edit", args=[version.pk]),
        back=_page(contract.pk),
    )


def _termination_lead(contract: Contract) -> str:
    lead = _("Its counters are free from the day after the last one.")
    found = early_exit(contract, timezone.localdate())
    if found is None:
        return lead
    owed = _("Without consent the supplier owes %(months)s × %(turnover)s, the sales of %(month)s: %(amount)s.") % {
        "months": found.months,
        "turnover": yuan(found.turnover),
        "month": f"{found.month_on:%Y-%m}",
        "amount": yuan(found.amount),
    }
    return f"{lead} {owed}"


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.terminate_contract")
def contract_terminate(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, "suppliers.terminate_contract")
    return form_page(
        request,
        TerminateForm(request.POST or None),
        title=_("Terminate %(number)s") % {"number": contract.number},
        lead=_termination_lead(contract),
        deed=lambda data: terminate_contract(contract_id=contract.pk, actor=request.user, **data),
        said=_("The contract is terminated."),
        to=_page(contract.pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def version_submit(request: HttpRequest, pk: int) -> HttpResponse:
    version = access.version_for(request.user, pk, CHANGE)
    return form_page(
        request,
        SubmitForm(request.POST or None),
        title=_("Submit %(number)s for approval") % {"number": version.contract.number},
        deed=lambda data: submit_version(version_id=version.pk, actor=request.user, **data),
        said=_("Submitted for approval."),
        to=_page(version.contract_id),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def version_sign(request: HttpRequest, pk: int) -> HttpResponse:
    version = access.version_for(request.user, pk, CHANGE)
    return form_page(
        request,
        SignForm(request.POST or None, initial={"signed_on": timezone.localdate()}),
        title=_("Sign %(number)s") % {"number": version.contract.number},
        lead=_("Signed terms cannot be changed any more, only amended."),
        deed=lambda data: sign_version(version_id=version.pk, actor=request.user, **data),
        said=_("Signed."),
        to=_page(version.contract_id),
    )


@login_required
@require_POST
@needs(CHANGE)
def version_drop(request: HttpRequest, pk: int) -> HttpResponse:
    version = access.version_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: drop_version(version_id=version.pk, actor=request.user),
        _("The draft is dropped."),
        _page(version.contract_id),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def document_add(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, CHANGE)
    return form_page(
        request,
        DocumentForm(request.POST or None, request.FILES or None),
        title=_("Add a document to %(number)s") % {"number": contract.number},
        deed=lambda data: add_document(contract_id=contract.pk, actor=request.user, **data),
        said=_("The document is kept."),
        to=_page(contract.pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def target_set(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, CHANGE)
    return form_page(
        request,
        TargetForm(request.POST or None),
        title=_("Target of a month for %(number)s") % {"number": contract.number},
        deed=lambda data: set_targets(
            contract_id=contract.pk,
            targets=[{**data, "month_on": data["month_on"].replace(day=1)}],
            actor=request.user,
        ),
        said=_("The target is set."),
        to=_page(contract.pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.enter_deposit")
def deposit_enter(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, "suppliers.enter_deposit")
    initial = {"key": uuid4().hex, "happened_on": timezone.localdate()}
    return form_page(
        request,
        DepositForm(request.POST or None, initial=initial),
        title=_("Deposit of %(number)s") % {"number": contract.number},
        deed=lambda data: enter_deposit(contract_id=contract.pk, actor=request.user, **data),
        said=_("The deposit is entered."),
        to=_page(contract.pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.change_fee")
def charge_propose(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, "suppliers.change_fee")
    return form_page(
        request,
        ChargeForm(request.POST or None, request.FILES or None, initial={"invoiced_on": timezone.localdate()}),
        title=_("A single fee for %(number)s") % {"number": contract.number},
        lead=_("It needs a document, and counts once it is approved."),
        deed=lambda data: propose_charge(contract_id=contract.pk, actor=request.user, **data),
        said=_("The fee is written down; submit it for approval."),
        to=_page(contract.pk),
    )


@login_required
@require_POST
@needs("suppliers.change_fee")
def charge_submit(request: HttpRequest, pk: int) -> HttpResponse:
    charge = access.charge_for(request.user, pk, "suppliers.change_fee")
    return done(
        request,
        lambda: submit_charge(charge_id=charge.pk, actor=request.user),
        _("Submitted for approval."),
        _page(charge.contract_id),
    )


@login_required
@require_POST
@needs("suppliers.change_fee")
def charge_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    charge = access.charge_for(request.user, pk, "suppliers.change_fee")
    return done(
        request,
        lambda: cancel_charge(charge_id=charge.pk, reason="", actor=request.user),
        _("The fee is cancelled."),
        _page(charge.contract_id),
    )


@login_required
@require_safe
@needs("suppliers.view_contract")
def counter_contract(request: HttpRequest, pk: int) -> HttpResponse:
    """From a counter to the contract it has today."""
    counter = access.counter_in_scope(request.user, pk, "suppliers.view_contract")
    contract = access.contracts_for(request.user).filter(counters__counter=counter, counters__is_signed=True)
    found = contract.order_by("-ends_on").first()
    return redirect(_page(found.pk) if found else reverse("suppliers:contract_list"))
