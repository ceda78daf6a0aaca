"""What every request passes through: timing, language, and domain errors turned into pages."""

import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from crm_site.errors import refused
from kit.errors import Busy, DomainError

Next = Callable[[HttpRequest], HttpResponse]


class ServerTimingMiddleware:
    """Says in a header how many queries and milliseconds a page took; only for demo and debugging."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (settings.DEMO or settings.DEBUG):
            return self.get_response(request)
        queries = 0
        in_database = 0.0

        def count(execute, sql, params, many, context):
            nonlocal queries, in_database
            queries += 1
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                in_database += time.perf_counter() - begun

        begun = time.perf_counter()
        with connection.execute_wrapper(count):
            response = self.get_response(request)
        total = (time.perf_counter() - begun) * 1000
        response.headers["Server-Timing"] = (
            f'total;dur={total:.1f}, db;dur={in_database * 1000:.1f};desc="{queries} queries"'
        )
        return response


class LanguageMiddleware:
    """The cookie decides, Chinese is the default; browsers' wishes count only for the API, where no cookie is."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/"):
            language = translation.get_language_from_request(request)
        else:
            language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
            if language not in dict(settings.LANGUAGES):
                language = settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class DomainErrorMiddleware:
    """A DomainError that no view caught becomes a page that says the sentence; a lock timeout becomes "busy"."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return refused(request, exception)
        if isinstance(exception, OperationalError) and is_busy(exception):
            return refused(request, Busy(_("Somebody else is working on this right now. Please try again.")))
        return None


def is_busy(exception: DatabaseError) -> bool:
    """Is this a lock or statement timeout or a deadlock, for which trying again is the answer?"""
    code = getattr(exception.__cause__, "pgcode", None)
    return code in {"55P03", "57014", "40P01", "40001"}
