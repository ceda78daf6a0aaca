"""What the mail server calls: a message as it came in. Signed, not signed in."""

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import APIKeyHeader
from pydantic import Field

from callcenter.services.mail import MOST_BYTES, receive_mail
from callcenter.services.mail_signatures import is_signed

router = Router(tags=["mail"])


class MailSignature(APIKeyHeader):
    """``X-Atrium-Signature``: HMAC-SHA256 of ``timestamp.body`` in hexadecimal, with the secret that
    ``manage.py receive_mail --secret`` prints; ``X-Atrium-Timestamp``: seconds since 1970, five minutes from ours."""

    param_name = "X-Atrium-Signature"

    def authenticate(self, request: HttpRequest, key: str | None) -> bool | None:
        if not key or len(request.body) > MOST_BYTES:
            return None
        timestamp = request.headers.get("X-Atrium-Timestamp", "")[:20]
        return is_signed(timestamp=timestamp, signed=key[:200], body=request.body) or None


class MailOut(Schema):
    """What became of a message."""

    outcome: str = Field(description="new_case, entry or ignored")
    case: str = Field(description="the number of the case; empty for what was ignored")


class Problem(Schema):
    code: str
    message: str


@router.post(
    "/", response={200: MailOut, 401: Problem, 422: Problem}, auth=MailSignature(), summary="An e-mail came in"
)
def mail_received(request: HttpRequest) -> MailOut:
    """The body is the message as it came over the wire (RFC 5322). The same Message-ID is taken once."""
    mail = receive_mail(request.body)
    return MailOut(outcome=mail.outcome, case=mail.case.number if mail.case else "")
