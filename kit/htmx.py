"""The one question views ask about HTMX, and the two answers it needs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url


def is_partial(request: HttpRequest) -> bool:
    """Did HTMX ask for a fragment? A boosted link and the back button want the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def go_to(request: HttpRequest, to: object, *args: object, **kwargs: object) -> HttpResponse:
    """Redirect after POST, for a plain form and for one sent by HTMX."""
    url = resolve_url(to, *args, **kwargs)
    if is_partial(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
