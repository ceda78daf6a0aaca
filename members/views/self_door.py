"""The door of the member's own pages: prove a number, choose who you are, apply for a card, leave.

What was asked and proved travels in a signed cookie of half an hour; nothing about it is in an address.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit import doors, names
from kit.errors import DomainError
from kit.forms import carried_out
from members.forms.self_service import ApplyForm, CodeForm, NumberForm
from members.models import Member, MemberSession, ProofCode
from members.selectors.self_service import store_of_code
from members.services.proofs import PROOF_GOOD_FOR, ask_for_code, open_proof, prove_number
from members.services.self_entry import apply_for_card, enter, owners_of
from members.services.self_sessions import COOKIE, IDLE, PATH, end_session, key_of, session_of, stamped

DOOR = "me"
STEP = "atrium_me_step"
STORE = "atrium_me_store"
SALT = "members.step"
MAX_AGE = int(PROOF_GOOD_FOR.total_seconds())


# Cookies ----------------------------------------------------------------------------------------------


def _keep(response: HttpResponse, name: str, value: str, max_age: int) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path=PATH, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def _step(request: HttpRequest) -> dict[str, Any]:
    """What this browser has done so far: the number it asked for, or the proof it holds."""
    try:
        return signing.loads(request.COOKIES.get(STEP, ""), salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return {}


def _go(to: str, **step: object) -> HttpResponse:
    response = redirect(to)
    _keep(response, STEP, signing.dumps(step, salt=SALT), MAX_AGE)
    return response


def _let_in(key: str) -> HttpResponse:
    response = redirect("me:home")
    _keep(response, COOKIE, key, int(IDLE.total_seconds()))
    response.delete_cookie(STEP, path=PATH)
    response.delete_cookie(STORE, path=PATH)
    return response


def _session(request: HttpRequest) -> MemberSession | None:
    cookie = request.COOKIES.get(COOKIE, "")
    return session_of(cookie) if cookie else None


def _find(request: HttpRequest) -> Member | None:
    session = _session(request)
    return session.member if session else None


def _finish(request: HttpRequest, response: HttpResponse) -> None:
    """Every answer behind the door: not kept by caches, and the thirty days begin anew."""
    response.headers["Cache-Control"] = "no-store, private"
    key = key_of(request.COOKIES.get(COOKIE, ""))
    if key and COOKIE not in response.cookies:
        _keep(response, COOKIE, stamped(key), int(IDLE.total_seconds()))


def _refuse(request: HttpRequest, member: Member, exc: DomainError) -> HttpResponse:
    return render(request, "members/me_refused.html", {"member": member, "reason": str(exc)}, status=exc.status)


doors.register(DOOR, doors.Door(_find, "me:enter", _refuse, _finish))


# Pages ------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def number_ask(request: HttpRequest) -> HttpResponse:
    """The entrance: a mobile number."""
    if request.method == "GET" and _session(request):
        return redirect("me:home")
    form = NumberForm(request.POST or None)
    if form.is_valid():
        address = request.META.get("REMOTE_ADDR", "")
        if e164 := carried_out(form, lambda: ask_for_code(phone=form.cleaned_data["phone"], address=address)):
            return _go("me:code", number=e164)
    store = store_of_code(request.COOKIES.get(STORE, ""))
    return _page(request, "members/me_enter.html", form, store=store)


@never_cache
@require_http_methods(["GET", "POST"])
def code_type(request: HttpRequest) -> HttpResponse:
    """The code from the SMS. What happens next says nothing before it is right."""
    number = _step(request).get("number")
    if not number:
        return redirect("me:enter")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        proof = prove_number(e164=number, code=form.cleaned_data["code"])
        if proof:
            return _after_proof(request, proof)
        form.add_error("code", _("This code is not right, or it has lapsed. You can ask for another one."))
    return _page(request, "members/me_code.html", form, number=number)


def _after_proof(request: HttpRequest, proof: ProofCode) -> HttpResponse:
    owners = owners_of(proof.e164)
    if len(owners) == 1:
        return _enter(request, proof, owners[0].pk)
    return _go("me:choose" if owners else "me:apply", proof=proof.pk)


def _enter(request: HttpRequest, proof: ProofCode, member_id: int) -> HttpResponse:
    try:
        key = enter(proof_id=proof.pk, member_id=member_id)
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("me:enter")
    return _let_in(key)


def _proof(request: HttpRequest) -> ProofCode | None:
    proof_id = _step(request).get("proof")
    return open_proof(proof_id) if proof_id else None


@never_cache
@require_http_methods(["GET", "POST"])
def member_choose(request: HttpRequest) -> HttpResponse:
    """A family shares the number: who is it?"""
    proof = _proof(request)
    if proof is None:
        return redirect("me:enter")
    chosen = request.POST.get("member", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        return _enter(request, proof, int(chosen))
    people = [(one.pk, names.mask(one.display_name), one.enrolled_on) for one in owners_of(proof.e164)]
    return render(request, "members/me_choose.html", {"people": people})


@never_cache
@require_http_methods(["GET", "POST"])
def card_apply(request: HttpRequest) -> HttpResponse:
    """Name, birthday and consents, after the number was proved."""
    proof = _proof(request)
    if proof is None:
        return redirect("me:enter")
    store = store_of_code(request.COOKIES.get(STORE, ""))
    form = ApplyForm(request.POST or None, initial={"store": store.pk if store else None})
    if form.is_valid():
        deed = carried_out(
            form,
            lambda: apply_for_card(proof_id=proof.pk, language=request.LANGUAGE_CODE, **form.application()),
        )
        if deed:
            return _let_in(deed[1])
    return _page(request, "members/me_apply.html", form, number=proof.e164)


@never_cache
@require_safe
def store_apply(request: HttpRequest, store_code: str) -> HttpResponse:
    """The address in a store's QR code: the store is remembered, the number comes first."""
    store = store_of_code(store_code)
    response = redirect("me:apply" if _proof(request) else "me:enter")
    if store:
        _keep(response, STORE, store.code, MAX_AGE)
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out on this phone."""
    if session := _session(request):
        end_session(session=session)
    response = redirect("me:enter")
    response.delete_cookie(COOKIE, path=PATH)
    response.delete_cookie(STEP, path=PATH)
    return response


def _page(request: HttpRequest, template: str, form: Any, **context: object) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.is_bound else 200)
