"""The HTTP API for tills, the e-mall and the ERP: one schema, one way of saying no."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic_core import from_json

from callcenter.api import router as calls_router
from callcenter.mail_api import router as mail_router
from kit.errors import DomainError
from loyalty.api import members_router, points_router, receipts_router
from staff.api import DeviceToken


class QuickParser(Parser):
    """Reads JSON with pydantic's own reader: a batch is two megabytes. What it cannot read is answered 400."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        return from_json(request.body)


api = NinjaAPI(
    title="Atrium",
    version="1",
    description="Tills, e-mall, ERP and self-service. Sign in with the token of a device: Authorization: Bearer TOKEN.",
    auth=DeviceToken(),
    urls_namespace="api",
    parser=QuickParser(),
)
api.add_router("/members", members_router)
api.add_router("/receipts", receipts_router)
api.add_router("/holds", points_router)
api.add_router("/calls", calls_router)
api.add_router("/mail", mail_router)


@api.exception_handler(DomainError)
def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    return _problem(request, error.status, error.code, str(error))


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(part) for part in first["loc"])
    return _problem(request, 422, "invalid", f"{where}: {first['msg']}")


@api.exception_handler(AuthenticationError)
def refuse_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _problem(request, 401, "unauthorized", _("The token is missing, unknown or revoked."))


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(request, error.status_code, "bad_request", str(error))


@api.exception_handler(OperationalError)
def refuse_for_now(request: HttpRequest, error: OperationalError) -> HttpResponse:
    return _problem(request, 503, "busy", _("Somebody else is at work here. Please try again with the same key."))


def _problem(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message}, status=status)
