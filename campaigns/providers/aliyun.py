"""Aliyun SMS (Dysmsapi 2017-05-25) by its own package: one call a message, our key as OutId, never tried twice.

Aliyun has no idempotency: after a timeout only QuerySendDetails can tell, by number and day, matched by OutId.
"""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.providers.web import CONNECT_SECONDS, each, outcome_of_failure, read_seconds

# Codes of help.aliyun.com 101346 (SMS) and of the gateway before it. Whatever else begins with isv. is a refusal.
WAITS = ("Throttling", "isv.BUSINESS_LIMIT", "BUSINESS_LIMIT", "ServiceUnavailable.Throttling")
NOBODY = (
    "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.ACCOUNT_", "isv.PRODUCT_UN", "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.SMS_SIGN", "isv.SMS_SIGNATURE", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", "isv.BILLING_",
    "isp.RAM_PERMISSION", "isv.RAM_", "Forbidden", "NoPermission", "InvalidAccessKeyId", "SignatureDoesNotMatch",
    "IncompleteSignature", "InvalidTimeStamp", "InvalidSecurityToken",
)  # fmt: skip
REASONS = {
    "isv.MOBILE_NUMBER_ILLEGAL": "bad_number",
    "isv.PHONE_NUMBER_ILLEGAL": "bad_number",
    "isv.MOBILE_IN_BLACK": "on_blacklist",
    "isv.BLACK_KEY_CONTROL_LIMIT": "bad_words",
    "isv.PARAM_NOT_SUPPORT_URL": "bad_words",
}
DAYS_KEPT = 30
PAGE = 50
# Its clock and ours differ, and a message may leave some time after it was taken.
EARLY, LATE = timedelta(minutes=10), timedelta(hours=1)


class AliyunProvider:
    """Kept for the life of the process: the package keeps its connections itself."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        from alibabacloud_dysmsapi20170525.client import Client
        from alibabacloud_tea_openapi.utils_models import Config
        from darabonba.runtime import RuntimeOptions

        # The package prints what it logs; that is ours to decide.
        logging.getLogger("darabonba-core").handlers.clear()
        url = urlsplit(settings.ALIYUN_URL)
        self.signature, self.seconds = profile.signature, profile.timeout_seconds
        self.once = RuntimeOptions(
            autoretry=False, connect_timeout=CONNECT_SECONDS * 1_000, read_timeout=read_seconds(self.seconds) * 1_000
        )
        self.client = Client(
            Config(
                access_key_id=settings.ALIYUN_KEY_ID, access_key_secret=settings.ALIYUN_KEY_SECRET,
                endpoint=url.netloc, protocol=url.scheme,
            )
        )  # fmt: skip

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        return each(messages, self._send, seconds=self.seconds, otherwise=Verdict.LATER)

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return each(questions, self._ask, seconds=self.seconds, otherwise=Verdict.UNKNOWN)

    def close(self) -> None:
        """Hang up; the next call opens another line."""
        from darabonba.core import DaraCore

        while DaraCore._sessions:
            DaraCore._sessions.popitem()[1].close()

    def _send(self, message: Message) -> Outcome:
        from alibabacloud_dysmsapi20170525.models import SendSmsRequest
        from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

        request = SendSmsRequest(
            phone_numbers=plain_number(message.to), sign_name=self.signature, template_code=message.template,
            template_param=json.dumps(message.values, ensure_ascii=False) if message.values else None,
            out_id=message.key,
        )  # fmt: skip
        try:
            said = self.client.send_sms_with_options(request, self.once).body
        except AlibabaCloudException as exc:
            # The gateway refused it before the service saw it, unless it failed itself.
            return outcome_of(exc.code or "", exc.message or "", status=exc.status_code or 500)
        except Exception as exc:
            return outcome_of_failure(exc)
        if said is None or not said.code:
            return Outcome(Verdict.UNKNOWN, note="no code in the answer")
        if said.code == "OK":
            return Outcome(Verdict.ACCEPTED, said.biz_id or "")
        return outcome_of(said.code, said.message or "")

    def _ask(self, question: Question) -> Outcome:
        """ABSENT only when every page of every day that comes into question was read and none names our key."""
        today = timezone.localdate()
        days = {timezone.localdate(question.at + by) for by in (-EARLY, timedelta(0), LATE)}
        if min(days) < today - timedelta(days=DAYS_KEPT - 1):
            return Outcome(Verdict.UNKNOWN, note="too long ago")
        for day in sorted(day for day in days if day <= today):
            found = self._of_day(question, f"{day:%Y%m%d}")
            if found is not None:
                return found
        return Outcome(Verdict.ABSENT)

    def _of_day(self, question: Question, day: str) -> Outcome | None:
        from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest

        page = seen = 0
        while True:
            page += 1
            request = QuerySendDetailsRequest(
                phone_number=plain_number(question.to), send_date=day, page_size=PAGE, current_page=page
            )
            said = self.client.query_send_details_with_options(request, self.once).body
            if said is None or said.code != "OK" or said.total_count is None:
                return Outcome(Verdict.UNKNOWN, note=str(said and said.code))
            rows = (said.sms_send_detail_dtos and said.sms_send_detail_dtos.sms_send_detail_dto) or []
            for row in rows:
                if row.out_id == question.key:
                    return _became(row.send_status, row.err_code or "")
            seen += len(rows)
            if seen >= int(said.total_count):
                return None
            if not rows:
                return Outcome(Verdict.UNKNOWN, note="rows are missing")


def plain_number(e164: str) -> str:
    """The number as Aliyun writes it: Chinese ones without country code, others without plus."""
    return e164.removeprefix("+86") if e164.startswith("+86") else e164.removeprefix("+")


def outcome_of(code: str, message: str, status: int = 200) -> Outcome:
    """What a code means for one message. After a server error (HTTP 5xx) nothing is sure."""
    note = f"{code} {message}"[:200]
    if code.startswith(WAITS) or status == 429:
        return Outcome(Verdict.LATER, note=note)
    if code.startswith(NOBODY):
        return Outcome(Verdict.LATER, note=note, is_blocked=True)
    if status >= 500 or code.startswith("isp.") or not code:
        return Outcome(Verdict.UNKNOWN, note=note)
    return Outcome(Verdict.REFUSED, note=note, reason=REASONS.get(code, ""))


def _became(status: int | None, error: str) -> Outcome:
    """SendStatus: 1 waits for its receipt, 2 failed, 3 arrived."""
    match status:
        case 1:
            return Outcome(Verdict.ACCEPTED)
        case 2:
            return Outcome(Verdict.REFUSED, note=error, reason="not_delivered")
        case 3:
            return Outcome(Verdict.DELIVERED)
    return Outcome(Verdict.UNKNOWN, note=f"status {status}")
