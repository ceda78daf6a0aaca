"""The two ways a change is answered: a form page of its own, or straight back to where it was asked."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kit.errors import DomainError
from kit.forms import carried_out
from members.models import Member


def form_page(
    request: HttpRequest,
    form: Form,
    *,
    title: object,
    deed: Callable[[dict[str, object]], object],
    said: object | Callable[[object], object],
    member: Member,
    lead: object = "",
    to: str = "",
    template: str = "loyalty/form.html",
    **context: object,
) -> HttpResponse:
    """Show the form; when it is filled in, do the deed, say so, and go on (to the account, by default)."""
    if form.is_valid() and (done := carried_out(form, lambda: deed(form.cleaned_data))):
        messages.success(request, said(done) if callable(said) else said)
        return redirect(to or reverse("loyalty:account_detail", args=[member.pk]))
    shown = {"form": form, "title": title, "lead": lead, "member": member, **context}
    return render(request, template, shown, status=422 if form.is_bound else 200)


def done(request: HttpRequest, deed: Callable[[], object], said: object, to: str) -> HttpResponse:
    """One click: do it, say so, go on; a refusal is said there too."""
    try:
        deed()
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, said)
    return redirect(to)
