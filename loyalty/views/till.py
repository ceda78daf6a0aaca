"""The till in the browser, for training and for the desk: basket, quote, post."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kit.errors import DomainError
from kit.htmx import go_to
from loyalty import access
from loyalty.forms.till import PREFIX, BaseLines, Lines, TillForm, focus_next, fresh_lines, with_changes
from loyalty.selectors.holdings import account_of, points_of
from loyalty.selectors.shelf import counters_of
from loyalty.selectors.slips import slip_of
from loyalty.services.desk_members import Standing, find_at_desk
from loyalty.services.desk_till import Basket, Wanted, price, ring_up
from loyalty.services.explaining import why_points
from loyalty.services.rules import current_rules
from loyalty.services.standing import standing_of
from loyalty.services.till_words import words_for
from staff.access import needs

TILL = "loyalty.use_till"


@dataclass(slots=True)
class Rung:
    """The till as filled in: forms, who stands there, and the priced basket where it can be priced."""

    form: TillForm
    lines: BaseLines
    stand: Standing
    wanted: Wanted | None = None
    basket: Basket | None = None
    error: str = ""


@login_required
@require_safe
@needs(TILL)
def till(request: HttpRequest) -> HttpResponse:
    """An empty basket; `?member=` has somebody standing there already."""
    stores = access.till_stores(request.user)
    asked = request.GET.get("member", "")
    stand = find_at_desk(request.user, pk=int(asked[:18]) if asked.isdigit() else None, text="")
    form = TillForm(stores, initial={"member": stand.who.member.pk if stand.who else None})
    return _page(request, Rung(form, fresh_lines(), stand))


@login_required
@require_POST
@needs(TILL)
def till_quote(request: HttpRequest) -> HttpResponse:
    """Price the basket; a line is added or removed on the way. Posts nothing, so it may be asked as often as wanted."""
    return _page(request, _read(request, changes=True))


@login_required
@require_POST
@needs(TILL)
def till_post(request: HttpRequest) -> HttpResponse:
    """Post the sale, once per form, and show what it earned."""
    rung = _read(request, changes=False)
    if rung.wanted and rung.basket and not rung.error:
        try:
            receipt = ring_up(rung.wanted, actor=request.user)
        except DomainError as exc:
            rung.error = str(exc)
        else:
            return go_to(request, "loyalty:till_done", receipt.pk)
    elif not rung.error:
        rung.error = _("The basket is empty.") if not rung.stand.choices else _("Choose the member first.")
    return _page(request, rung, status=422)


@login_required
@require_safe
@needs(TILL)
def till_done(request: HttpRequest, pk: int) -> HttpResponse:
    """The slip: lines, payments, points and why."""
    receipt = access.till_receipt(request.user, pk)
    account = account_of(receipt.member) if receipt.member_id else None
    rules = current_rules()
    context = {
        "receipt": receipt,
        "seen": slip_of(receipt, request.user),
        "reason": why_points(receipt, rules) if receipt.member_id else None,
        "points": points_of(account) if account else None,
        "standing": standing_of(account, rules) if account else None,
    }
    return render(request, "loyalty/till_done.html", context)


def _read(request: HttpRequest, *, changes: bool) -> Rung:
    """Understand what was sent: who, which goods, and what they come to."""
    user, post = request.user, request.POST
    stores = access.till_stores(user)
    form = TillForm(stores, post)
    stand = Standing()
    if not form.is_valid():
        lines = Lines(with_changes(post) if changes else post, prefix=PREFIX)
        lines.is_valid()
        return Rung(form, lines, stand, error=_("Something is not filled in right."))
    data = form.cleaned_data
    try:
        picked = post.get("pick", "")
        text = "" if picked.isdigit() or "forget" in post else data["who"]
        pk = None if "forget" in post else int(picked[:18]) if picked.isdigit() else data["member"]
        stand = find_at_desk(user, pk=pk, text=text)
    except DomainError as exc:
        form.add_error("who" if exc.fields else None, str(exc))
        return Rung(form, _lines(post, data["store"].pk, changes=changes)[0], stand, error=str(exc))
    lines, understood = _lines(post, data["store"].pk, changes=changes)
    rung = Rung(_rebound(form, stores, stand), lines, stand)
    if not understood:
        rung.error = _("Please look at the lines marked.")
        return rung
    basket = lines.basket()
    if not basket or stand.choices:
        return rung
    rung.wanted = Wanted(
        key=data["key"],
        store_id=data["store"].pk,
        lines=basket,
        who=stand.who,
        gives_discount=data["gives_discount"],
        points=data["points"] or 0 if stand.who else 0,
        coupons=post.getlist("coupons")[:20] if stand.who else (),
        tender=data["tender"],
        tender_too=data["tender_too"],
        amount_too=data["amount_too"] or 0,
    )
    try:
        rung.basket = price(rung.wanted)
    except DomainError as exc:
        rung.error = str(exc)
    return rung


def _lines(post, store_id: int, *, changes: bool) -> tuple[BaseLines, bool]:
    """The lines as sent, completed from the goods; with one more or less where that was asked for."""
    data = with_changes(post) if changes else post
    lines = Lines(data, prefix=PREFIX)
    understood = lines.fill(store_id)
    if not changes:
        return lines, understood
    shown = Lines(with_changes(_without_buttons(data), lines), prefix=PREFIX)
    understood = shown.fill(store_id)
    focus_next(shown)
    return shown, understood


def _without_buttons(data):
    data = data.copy()
    for button in ("add", "drop_line", "next"):
        data.pop(button, None)
    return data


def _rebound(form: TillForm, stores, stand: Standing) -> TillForm:
    """The form again with the member found, so that the next request needs no search."""
    data = form.data.copy()
    data["member"] = str(stand.who.member.pk) if stand.who else ""
    if stand.who or not stand.choices:
        data["who"] = ""
    fresh = TillForm(stores, data)
    fresh.is_valid()
    return fresh


def _page(request: HttpRequest, rung: Rung, status: int = 200) -> HttpResponse:
    store = rung.form["store"].value()
    store_id = getattr(store, "pk", store)
    store_id = int(store_id) if str(store_id or "").isdigit() else None
    context = {
        "rung": rung,
        "form": rung.form,
        "lines": rung.lines,
        "counters": counters_of(store_id) if store_id else [],
        "picked": set(request.POST.getlist("coupons")),
        "words": words_for(rung.stand.who.member) if rung.stand.who else [],
    }
    target = request.headers.get("HX-Target", "") if request.htmx else ""
    partial = {"till-side": "#side", "till": "#till"}.get(target, "")
    if partial and status == 422:
        # HTMX leaves answers above 400 alone; the refusal stands in the page, so it is a page.
        status = 200
    return render(request, f"loyalty/till.html{partial}", context, status=status)
