"""Settlements: the months, one settlement with every line explained, and what is done with it."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import Export, listing
from kit.workbooks import XLSX, Column
from staff.access import needs
from suppliers import access
from suppliers.forms.contracts import SubmitForm
from suppliers.forms.lists import SettlementFilter
from suppliers.forms.settlements import AdjustForm, AnswerForm, PayForm, RunForm
from suppliers.models import Dispute, Settlement
from suppliers.services.links import days_left, link_of
from suppliers.services.prints import statement_pdf, statement_rows, statement_workbook, told_lines
from suppliers.services.sending import messages_of
from suppliers.services.settlement import recalculate
from suppliers.services.settlement_jobs import start_run
from suppliers.services.statements import (
    adjust_settlement,
    answer_dispute,
    confirm_settlement,
    pay_settlement,
    send_settlement,
    submit_settlement,
)
from suppliers.views.answers import done, form_page
from workflow.services.requests import last_request_of

VIEW = "suppliers.view_settlement"
RUN = "suppliers.run_settlement"
PAY = "suppliers.pay_settlement"
SETTLEMENT_EXPORT = Export(
    "settlements",
    [
        Column(lazy("Settlement number"), "number", 20),
        Column(lazy("Contract"), lambda row: row.contract.number, 16),
        Column(lazy("Supplier"), lambda row: row.party.label, 28),
        Column(lazy("Store"), lambda row: row.store.label, 16),
        Column(lazy("From"), "first_on", 12),
        Column(lazy("Until"), "last_on", 12),
        Column(lazy("Sales"), "sales", 16),
        Column(lazy("Commission"), "commission", 16),
        Column(lazy("Fees"), "fees", 14),
        Column(lazy("Payable"), "payable", 16),
        Column(lazy("State"), lambda row: row.get_state_display(), 16),
    ],
)


def _page(settlement_id: int) -> str:
    return reverse("suppliers:settlement_detail", args=[settlement_id])


@login_required
@require_safe
@needs(VIEW)
def settlement_list(request: HttpRequest) -> HttpResponse:
    rows: QuerySet[Settlement] = access.settlements_for(request.user)
    found = SettlementFilter(request.GET, queryset=rows, request=request)
    totals = (
        (found.qs if found.is_valid() else rows)
        .order_by()
        .aggregate(sales=Sum("sales"), commission=Sum("commission"), fees=Sum("fees"), payable=Sum("payable"))
    )
    return listing(
        request,
        rows,
        filterset=SettlementFilter,
        template="suppliers/settlement_list.html",
        orderings={
            "newest": ("-first_on", "-pk"),
            "number": ("number",),
            "supplier": ("party__name", "-first_on", "pk"),
            "sales": ("-sales", "pk"),
            "payable": ("-payable", "pk"),
        },
        context={"totals": totals},
        export=SETTLEMENT_EXPORT,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(RUN)
def settlement_run(request: HttpRequest) -> HttpResponse:
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    return form_page(
        request,
        RunForm(request.POST or None, initial={"month_on": last_month}),
        title=_("Settle a month"),
        lead=_("Every contract of your stores is calculated; what is confirmed stays as it is."),
        deed=lambda data: start_run(month_on=data["month_on"], actor=request.user),
        said=_("The run has begun."),
        to=lambda job: reverse("staff:job_detail", args=[job.pk]),
        back=reverse("suppliers:settlement_list"),
    )


@login_required
@require_safe
@needs(VIEW)
def settlement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk)
    disputes: dict[int, list[Dispute]] = {}
    for one in Dispute.objects.filter(line__settlement=settlement).select_related("answered_by"):
        disputes.setdefault(one.line_id, []).append(one)
    lines = [
        {"line": line, "title": title, "why": why, "disputes": disputes.get(line.pk, [])}
        for line, title, why in told_lines(settlement.lines.all())
    ]
    context = {
        "settlement": settlement,
        "lines": lines,
        "sums": statement_rows(settlement),
        "link": request.build_absolute_uri(link_of(settlement)) if settlement.link_nonce else "",
        "sendings": messages_of(settlement),
        "days_left": days_left(settlement),
        "approval": last_request_of(settlement),
        "can": _allowed(settlement, is_waiting=any(not one.answered_at for some in disputes.values() for one in some)),
    }
    return render(request, "suppliers/settlement_detail.html", context)


def _allowed(settlement: Settlement, *, is_waiting: bool) -> dict[str, bool]:
    """Which deeds the state allows; services decide again. `is_waiting`: a disputed line is not answered yet."""
    state, states = settlement.state, Settlement.State
    silent = state == states.SENT and timezone.localdate() > (settlement.answer_by_on or timezone.localdate())
    return {
        "confirm": state == states.DRAFT,
        "send": state in (states.CONFIRMED, states.DISPUTED) and not is_waiting,
        "adjust": state in (states.CONFIRMED, states.SENT, states.DISPUTED, states.ACCEPTED),
        "submit": state == states.ACCEPTED or silent,
        "pay": state == states.APPROVED,
    }


@login_required
@require_safe
@needs(VIEW)
def settlement_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk)
    return _file(statement_pdf(settlement), "application/pdf", f"{settlement.number}.pdf")


@login_required
@require_safe
@needs(VIEW)
def settlement_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk)
    return _file(statement_workbook(settlement), XLSX, f"{settlement.number}.xlsx")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@require_POST
@needs(RUN)
def settlement_recalculate(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk, RUN)
    return done(
        request, lambda: recalculate(settlement=settlement, actor=request.user), _("Calculated anew."), _page(pk)
    )


@login_required
@require_POST
@needs(RUN)
def settlement_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk, RUN)
    return done(
        request,
        lambda: confirm_settlement(settlement_id=settlement.pk, actor=request.user),
        _("Confirmed: from now on only adjustments change it."),
        _page(pk),
    )


@login_required
@require_POST
@needs(RUN)
def settlement_send(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk, RUN)
    return done(
        request,
        lambda: send_settlement(settlement_id=settlement.pk, actor=request.user),
        _("Open for the supplier: the main contact, where there is one, gets the link; you can pass it on too."),
        _page(pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(RUN)
def settlement_adjust(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk, RUN)
    return form_page(
        request,
        AdjustForm(request.POST or None),
        title=_("Adjust %(number)s") % {"number": settlement.number},
        deed=lambda data: adjust_settlement(settlement_id=settlement.pk, actor=request.user, **data),
        said=_("Adjusted."),
        to=_page(pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(RUN)
def settlement_submit(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk, RUN)
    return form_page(
        request,
        SubmitForm(request.POST or None),
        title=_("Submit %(number)s for approval") % {"number": settlement.number},
        deed=lambda data: submit_settlement(settlement_id=settlement.pk, actor=request.user, **data),
        said=_("Submitted for approval."),
        to=_page(pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(PAY)
def settlement_pay(request: HttpRequest, pk: int) -> HttpResponse:
    settlement = access.settlement_for(request.user, pk, PAY)
    return form_page(
        request,
        PayForm(request.POST or None, initial={"paid_on": timezone.localdate()}),
        title=_("Payment of %(number)s") % {"number": settlement.number},
        deed=lambda data: pay_settlement(settlement_id=settlement.pk, actor=request.user, **data),
        said=_("The payment is noted."),
        to=_page(pk),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(RUN)
def dispute_answer(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = access.dispute_for(request.user, pk, RUN)
    return form_page(
        request,
        AnswerForm(request.POST or None),
        title=_("Answer a disputed line"),
        lead=dispute.reason,
        deed=lambda data: answer_dispute(dispute_id=dispute.pk, actor=request.user, **data),
        said=_("Answered."),
        to=_page(dispute.line.settlement_id),
    )
