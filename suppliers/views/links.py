"""What a supplier opens by link: the statement, without a login; accept it, or say what is wrong line by line."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kit.errors import DomainError
from kit.forms import carried_out
from suppliers.forms.settlements import SupplierAnswerForm
from suppliers.models import Dispute, Settlement
from suppliers.services.links import days_left, settlement_of_link
from suppliers.services.prints import statement_pdf, statement_rows, told_lines
from suppliers.services.statements import accept_settlement, dispute_settlement


def _found(request: HttpRequest, token: str) -> Settlement:
    return settlement_of_link(token, request.META.get("REMOTE_ADDR", ""))


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        settlement = _found(request, token)
    except DomainError as exc:
        return render(request, "suppliers/link_refused.html", {"reason": str(exc)}, status=exc.status)
    told = told_lines(settlement.lines.all())
    form = SupplierAnswerForm(request.POST or None, lines=[line for line, _title, _why in told])
    if form.is_valid() and carried_out(form, lambda: _answer(settlement, form)):
        return redirect(request.path)
    disputes: dict[int, list[Dispute]] = {}
    for one in Dispute.objects.filter(line__settlement=settlement):
        disputes.setdefault(one.line_id, []).append(one)
    lines = [
        {"line": line, "title": title, "why": why, "field": form[f"line_{line.pk}"], "disputes": disputes.get(line.pk)}
        for line, title, why in told
    ]
    context = {
        "settlement": settlement,
        "lines": lines,
        "form": form,
        "sums": statement_rows(settlement),
        "days_left": days_left(settlement),
        "is_open": settlement.state == Settlement.State.SENT,
        "token": token,
    }
    response = render(request, "suppliers/link.html", context, status=422 if form.is_bound else 200)
    response.headers["Referrer-Policy"] = "same-origin"  # "no-referrer" would make browsers post without an origin
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(settlement: Settlement, form: SupplierAnswerForm) -> Settlement:
    """No reason given means everything is accepted."""
    name, reasons = form.cleaned_data["name"], form.reasons()
    if reasons:
        return dispute_settlement(settlement_id=settlement.pk, reasons=reasons, name=name)
    return accept_settlement(settlement_id=settlement.pk, name=name)


@never_cache
@require_safe
def statement(request: HttpRequest, token: str) -> HttpResponse:
    try:
        settlement = _found(request, token)
    except DomainError as exc:
        return render(request, "suppliers/link_refused.html", {"reason": str(exc)}, status=exc.status)
    response = HttpResponse(statement_pdf(settlement), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{settlement.number}.pdf"'
    return response
