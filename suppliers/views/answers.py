"""The two ways a change is answered: a form page of its own, or straight back to where it was asked."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kit.errors import DomainError
from kit.forms import carried_out
from suppliers.models import Party


def form_page(
    request: HttpRequest,
    form: Form,
    *,
    title: object,
    deed: Callable[[dict[str, object]], object],
    said: object | Callable[[object], object],
    to: str | Callable[[object], str] = "",
    party: Party | None = None,
    lead: object = "",
    template: str = "suppliers/form.html",
    **context: object,
) -> HttpResponse:
    """Show the form; when it is filled in, do the deed, say so, and go on (to the supplier, by default)."""
    if form.is_valid() and (done := carried_out(form, lambda: deed(form.cleaned_data))):
        messages.success(request, said(done) if callable(said) else said)
        place = to(done) if callable(to) else to
        return redirect(place or reverse("suppliers:party_detail", args=[party.pk]))
    shown = {"form": form, "title": title, "lead": lead, "party": party, "back": "" if callable(to) else to, **context}
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
