"""The two ways a change is answered: a form page of its own, or straight back to the member."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kit.errors import DomainError
from kit.forms import carried_out
from members import access
from members.models import Member


def form_page(
    request: HttpRequest,
    form: Form,
    *,
    title: object,
    deed: Callable[[dict[str, object]], object],
    said: object,
    member: Member | None = None,
    lead: object = "",
    to: str = "members:member_detail",
    template: str = "members/member_form.html",
    **context: object,
) -> HttpResponse:
    """Show the form; when it is filled in, do the deed, say so, and go back (to the member, by default)."""
    if form.is_valid() and carried_out(form, lambda: deed(form.cleaned_data)):
        messages.success(request, said)
        return redirect(to, member.pk) if member else redirect(to)
    shown = {"form": form, "title": title, "lead": lead, "member": member, **context}
    if member:
        shown["in_scope"] = access.sees_unmasked(request.user, member)
    return render(request, template, shown, status=422 if form.is_bound else 200)


def done(request: HttpRequest, member_id: int, deed: Callable[[], object], said: object) -> HttpResponse:
    """One click: do it, say so, go back to the member; a refusal is said there too."""
    try:
        deed()
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, said)
    return redirect("members:member_detail", member_id)
