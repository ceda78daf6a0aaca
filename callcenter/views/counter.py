"""An associate's phone: who is due, a customer in short, notes and facts in two taps."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import access
from callcenter.access import COUNTER
from callcenter.forms.counter import LaterForm, MemberPromiseForm, NoteForm, TapForm, WishForm
from callcenter.models import DueAnswer
from callcenter.selectors.counter import counter_home as home_of
from callcenter.selectors.counter import member_in_short
from callcenter.services import counter
from callcenter.services.dialing import dial_phone
from callcenter.services.promises import end_of_day, keep_promise, make_promise
from kit.answers import done, form_page
from kit.errors import DomainError
from members.access import member_for, require_scope
from members.selectors import search
from members.services.notes import add_note
from staff.access import needs

Answer = DueAnswer.Answer


def _home(request: HttpRequest) -> str:
    """Back to where the button stood: a page of the counter."""
    to = request.POST.get("next", "")
    home = reverse("callcenter:counter_home")
    is_ours = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}) and to.startswith(home)
    return to if is_ours else home


def _page_of(pk: int) -> str:
    return reverse("callcenter:counter_member", args=[pk])


@login_required
@require_safe
@needs(COUNTER)
def counter_home(request: HttpRequest) -> HttpResponse:
    """Who is due, my promises, what is asked of my counters, what members wait for."""
    user = request.user
    seen = home_of(user, access.steps_asked_of(user), access.wishes_for(user))
    context = {"seen": seen, "today": timezone.localdate(), "now": timezone.now()}
    return render(request, "callcenter/counter_home.html", context)


@login_required
@require_safe
@needs(COUNTER)
def counter_search(request: HttpRequest) -> HttpResponse:
    """My customers by name, initials, number or card: only those in scope."""
    text = request.GET.get("q", "")[:100].strip()
    found = [one for one in search(text, request.user) if one.in_scope] if text else []
    if len(found) == 1:
        return redirect("callcenter:counter_member", found[0].pk)
    return render(request, "callcenter/counter_search.html", {"found": found, "text": text})


@login_required
@require_safe
@needs(COUNTER)
def counter_member(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_for(request.user, pk)
    if member.is_merged:
        return redirect("callcenter:counter_member", member.merged_into_id)
    context = member_in_short(request, member, access.wishes_for(request.user))
    return render(request, "callcenter/counter_member.html", context)


@login_required
@require_POST
@needs("callcenter.place_call")
def counter_dial(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap: my phone rings, then the member's."""
    member = member_for(request.user, pk)
    require_scope(request.user, member)
    deed = lambda: dial_phone(phone=access.callable_phone(request.user, member), actor=request.user)  # noqa: E731
    return done(request, deed, _("Your phone rings; then the member is called."), _page_of(member.pk))


@login_required
@require_POST
@needs("members.add_note")
def counter_note(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_for(request.user, pk, "members.add_note")
    form = NoteForm(request.POST)

    def deed() -> None:
        if not form.is_valid():
            raise DomainError(_("Please write something."))
        add_note(member_id=member.pk, text=form.cleaned_data["text"], actor=request.user)

    return done(request, deed, _("The note is saved."), _page_of(member.pk))


@login_required
@require_POST
@needs("members.learn_facts")
def counter_fact(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_for(request.user, pk, "members.learn_facts")
    form = TapForm(request.POST)

    def deed() -> None:
        if not form.is_valid():
            raise DomainError(_("There is no such field."))
        counter.tap_fact(member_id=member.pk, actor=request.user, **form.cleaned_data)

    return done(request, deed, _("Saved."), _page_of(member.pk))


@login_required
@require_http_methods(["GET", "POST"])
@needs(COUNTER)
def counter_wish(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_for(request.user, pk, COUNTER)
    return form_page(
        request,
        WishForm(request.user, request.POST or None),
        title=_("Tell the member when it arrives"),
        deed=lambda data: counter.note_wish(member_id=member.pk, actor=request.user, **data),
        said=_("Noted."),
        to=_page_of(member.pk),
        template="callcenter/form.html",
        back=_page_of(member.pk),
        lead=member.display_name,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(COUNTER)
def counter_promise(request: HttpRequest, pk: int) -> HttpResponse:
    """I promise something until the end of a day."""
    member = member_for(request.user, pk, COUNTER)
    return form_page(
        request,
        MemberPromiseForm(request.POST or None),
        title=_("Promise something"),
        deed=lambda data: make_promise(
            what=data["what"],
            due_at=end_of_day(data["due_on"]),
            owner=request.user,
            actor=request.user,
            member_id=member.pk,
        ),
        said=_("Promised."),
        to=_page_of(member.pk),
        template="callcenter/form.html",
        back=_page_of(member.pk),
        lead=member.display_name,
    )


@login_required
@require_POST
@needs(COUNTER)
def counter_keep(request: HttpRequest, pk: int) -> HttpResponse:
    promise = access.promise_for(request.user, pk)
    deed = lambda: keep_promise(promise_id=promise.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Promise kept."), _home(request))


@login_required
@require_POST
@needs(COUNTER)
def due_done(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    return _answer(request, pk, kind, Answer.DONE)


@login_required
@require_POST
@needs(COUNTER)
def due_later(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    form = LaterForm(request.POST)
    return _answer(request, pk, kind, Answer.LATER, form.cleaned_data["days"] if form.is_valid() else 0)


@login_required
@require_POST
@needs(COUNTER)
def due_unsuitable(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    return _answer(request, pk, kind, Answer.UNSUITABLE)


def _answer(request: HttpRequest, pk: int, kind: str, answer: str, days: int = 0) -> HttpResponse:
    member = member_for(request.user, pk, COUNTER)
    deed = lambda: counter.answer_due(member_id=member.pk, kind=kind, answer=answer, days=days, actor=request.user)  # noqa: E731
    return done(request, deed, _("Noted."), _home(request))


@login_required
@require_POST
@needs(COUNTER)
def wish_arrive(request: HttpRequest, pk: int) -> HttpResponse:
    wish = access.wish_for(request.user, pk)
    deed = lambda: counter.mark_wish_arrived(wish_id=wish.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("The member is now among those to be told."), _home(request))


@login_required
@require_POST
@needs(COUNTER)
def wish_drop(request: HttpRequest, pk: int) -> HttpResponse:
    wish = access.wish_for(request.user, pk)
    return done(request, lambda: counter.drop_wish(wish_id=wish.pk, actor=request.user), _("Noted."), _home(request))
