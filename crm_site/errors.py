"""The pages that say no, in the look of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from kit.errors import DomainError


def error_page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"status": status, "title": title, "text": text}
    return render(request, "crm_site/error.html", context, status=status)


def refused(request: HttpRequest, exc: DomainError) -> HttpResponse:
    titles = {
        403: _("This is not open to you"),
        404: _("Not found"),
        409: _("That cannot be done now"),
        503: _("Busy just now"),
    }
    response = error_page(request, exc.status, titles.get(exc.status, titles[409]), str(exc))
    if exc.status == 503:
        response.headers["Retry-After"] = "2"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 400, _("The request was not understood"), _("Go back, reload the page and try again."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403, _("This is not open to you"), _("Your role does not include this page."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(
        request, 404, _("Not found"), _("There is nothing at this address, or it is outside your stores.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403, _("The form was open too long"), _("Go back, reload the page and send it again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: no context processors, no database."""
    context = {"title": _("Something broke"), "text": _("It has been written to the log. Nothing was half saved.")}
    return HttpResponse(loader.render_to_string("crm_site/server_error.html", context), status=500)
