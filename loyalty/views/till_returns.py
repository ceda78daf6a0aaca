"""Returns and exchanges at the desk: find the receipt, choose lines, see what it does, then post."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kit.errors import DomainError
from kit.htmx import go_to
from loyalty import access
from loyalty.forms.till import PREFIX, BaseLines, Lines, ReturnForm, fresh_lines, with_changes
from loyalty.selectors.shelf import counters_of
from loyalty.selectors.slips import SlipLine, slip_of
from loyalty.services.desk_till import ReturnEffect, Returning, post_return, preview_return
from loyalty.services.till_inputs import ReturnedLine
from sales.models import Receipt
from sales.selectors.receipts import member_names
from staff.access import needs

TILL = "loyalty.use_till"


@dataclass(slots=True)
class Chosen:
    """A return as filled in: lines with quantities, goods taken instead, and what posting it would do."""

    form: ReturnForm
    lines: BaseLines
    quantities: dict[int, str] = field(default_factory=dict)
    returning: Returning | None = None
    effect: ReturnEffect | None = None
    error: str = ""


@login_required
@require_safe
@needs(TILL)
def till_return(request: HttpRequest) -> HttpResponse:
    """Find the sale: by the number on the slip, or among the member's last purchases."""
    user = request.user
    text = request.GET.get("q", "").strip()[:64]
    asked = request.GET.get("member", "")
    member = access.member_in_scope(user, int(asked[:18]), TILL) if asked.isdigit() and not text else None
    found = access.originals_for(user, document=text, member=member)
    if text and len(found) == 1:
        return redirect("loyalty:return_choose", found[0].pk)
    names = member_names(user, [one.member for one in found if one.member_id])
    for one in found:
        one.member_name = names.get(one.member_id, "")
    return render(request, "loyalty/till_return.html", {"found": found, "text": text, "member": member})


@login_required
@require_safe
@needs(TILL)
def return_choose(request: HttpRequest, pk: int) -> HttpResponse:
    original = access.original_for(request.user, pk)
    form = ReturnForm(access.till_stores(request.user))
    return _page(request, original, Chosen(form, fresh_lines(1)))


@login_required
@require_POST
@needs(TILL)
def return_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What it would do: refund, points taken back, debt, star after. Nothing is kept."""
    original = access.original_for(request.user, pk)
    chosen = _read(request, original)
    return _page(request, original, chosen, status=422 if chosen.error else 200)


@login_required
@require_POST
@needs(TILL)
def return_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Post what was shown; where it has changed since, it is shown again first."""
    original = access.original_for(request.user, pk)
    if done := access.posted_by_form(request.user, request.POST.get("key", ""), request.POST.get("store", "")):
        return go_to(request, "loyalty:till_done", done.pk)
    chosen = _read(request, original)
    if chosen.returning and chosen.effect and not chosen.error:
        if request.POST.get("seal") != chosen.effect.seal:
            chosen.error = _("This is not what you saw before. Please look again, then confirm.")
        else:
            try:
                receipt = post_return(chosen.returning, actor=request.user)
            except DomainError as exc:
                chosen.error = str(exc)
            else:
                return go_to(request, "loyalty:till_done", receipt.pk)
    return _page(request, original, chosen, status=422)


def _read(request: HttpRequest, original: Receipt) -> Chosen:
    post = request.POST
    form = ReturnForm(access.till_stores(request.user), post)
    quantities = {
        int(name[4:]): value.strip()[:12]
        for name, value in post.items()
        if name.startswith("back") and name[4:].isdigit()
    }
    lines = Lines(with_changes(post), prefix=PREFIX)
    chosen = Chosen(form, lines, quantities)
    if not form.is_valid():
        chosen.error = _("Something is not filled in right.")
        lines.is_valid()
        return chosen
    data = form.cleaned_data
    understood = lines.fill(data["store"].pk)
    try:
        wanted = [
            ReturnedLine(line_no, quantity) for line_no, text in quantities.items() if (quantity := _number(text))
        ]
    except InvalidOperation:
        chosen.error = _("A quantity is not a number.")
        return chosen
    if not understood:
        chosen.error = _("Please look at the lines marked.")
        return chosen
    if not wanted:
        chosen.error = _("Choose at least one line to bring back.")
        return chosen
    chosen.returning = Returning(
        key=data["key"],
        store_id=data["store"].pk,
        original=original,
        lines=wanted,
        tender=data["tender"],
        basket=lines.basket(),
    )
    try:
        chosen.effect = preview_return(chosen.returning)
    except DomainError as exc:
        chosen.error = str(exc)
    return chosen


def _number(text: str) -> Decimal:
    if not text:
        return Decimal(0)
    number = Decimal(text)
    if not number.is_finite() or number < 0 or number > 999_999 or number != round(number, 3):
        raise InvalidOperation
    return number


def _page(request: HttpRequest, original: Receipt, chosen: Chosen, status: int = 200) -> HttpResponse:
    seen = slip_of(original, request.user)
    rows: list[tuple[SlipLine, str]] = [(row, chosen.quantities.get(row.line.line_no, "")) for row in seen.lines]
    store = chosen.form["store"].value()
    store_id = getattr(store, "pk", store)
    store_id = int(store_id) if str(store_id or "").isdigit() else None
    context = {
        "original": original,
        "seen": seen,
        "rows": rows,
        "chosen": chosen,
        "form": chosen.form,
        "lines": chosen.lines,
        "effect": chosen.effect,
        "exchange_open": "add" in request.POST or any(line["product"].value() for line in chosen.lines.forms),
        "counters": counters_of(store_id) if store_id else [],
    }
    return render(request, "loyalty/return_choose.html", context, status=status)
