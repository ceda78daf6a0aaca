"""What views of approvals answer with."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kit.forms import carried_out


def form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: object,
    deed: Callable[[dict], object],
    said: object,
    to: str,
    lead: object = "",
) -> HttpResponse:
    """Show the form; when it is filled in, do the deed, say so, and go on."""
    if form.is_valid() and (done := carried_out(form, lambda: deed(form.cleaned_data))):
        messages.success(request, said(done) if callable(said) else said)
        return redirect(to)
    context = {"form": form, "title": title, "lead": lead, "back": to}
    return render(request, "workflow/form.html", context, status=422 if form.is_bound else 200)
