"""Tencent Cloud SMS (2021-01-11) by its own package: one call a message, our key as SessionContext, never tried twice.

Its receipts carry its own number only, so that is kept (`ProviderMessage`). Receipts can be asked for by number; they
say nothing of messages without one, so what is not found is not absent.
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.providers.web import each, outcome_of_failure, read_seconds

# Codes of cloud.tencent.com 382/52075. Whatever else its gateway or the service names is a refusal.
WAITS = (
    "RequestLimitExceeded", "LimitExceeded.DeliveryFrequencyLimit", "LimitExceeded.PhoneNumber",
    "LimitExceeded.GlobalSmsSendingRateLimit", "FailedOperation.MarketingSendTimeConstraint",
)  # fmt: skip
NOBODY = (
    "AuthFailure", "UnauthorizedOperation", "LimitExceeded.", "ResourceInsufficient", "MissingParameter",
    "UnknownParameter", "FailedOperation.InsufficientBalanceInSmsPackage", "FailedOperation.Signature",
    "FailedOperation.Template", "FailedOperation.MissingSignature", "FailedOperation.ForbidAddMarketingTemplates",
    "FailedOperation.NotEnterpriseCertification", "FailedOperation.ProhibitSubAccountUse",
    "InvalidParameterValue.SdkAppIdNotExist", "UnsupportedOperation.UnsupportedRegion",
)  # fmt: skip
UNSURE = ("InternalError", "FailedOperation.OtherError", "FailedOperation.FailResolvePacket")
REASONS = {
    "InvalidParameterValue.IncorrectPhoneNumber": "bad_number",
    "FailedOperation.PhoneNumberParseFail": "bad_number",
    "FailedOperation.PhoneNumberInBlacklist": "on_blacklist",
    "FailedOperation.ContainSensitiveWord": "bad_words",
    "InvalidParameterValue.ContentLengthLimit": "bad_words",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": "bad_words",
}
MOST_ASKED = 100
EARLY, LATE = timedelta(minutes=10), timedelta(hours=72)


class TencentProvider:
    """Kept for the life of the process."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.common.retry import NoopRetryer
        from tencentcloud.sms.v20210111.sms_client import SmsClient

        url = urlsplit(settings.TENCENT_URL)
        self.signature, self.seconds = profile.signature, profile.timeout_seconds
        http = HttpProfile(
            protocol=url.scheme, endpoint=url.netloc, reqTimeout=read_seconds(profile.timeout_seconds), keepAlive=True
        )
        # No second region either: the package would send once more where the first one does not answer.
        how = ClientProfile(httpProfile=http, disable_region_breaker=True, retryer=NoopRetryer())
        keys = Credential(settings.TENCENT_KEY_ID, settings.TENCENT_KEY_SECRET)
        self.client = SmsClient(keys, settings.TENCENT_REGION, how)

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        return each(messages, self._send, seconds=self.seconds, otherwise=Verdict.LATER)

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return each(questions, self._ask, seconds=self.seconds, otherwise=Verdict.UNKNOWN)

    def close(self) -> None:
        """Hang up; the next call opens another line."""
        self.client.request.conn._session.close()

    def _send(self, message: Message) -> Outcome:
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
        from tencentcloud.sms.v20210111.models import SendSmsRequest

        request = SendSmsRequest()
        request.PhoneNumberSet = [message.to]
        request.SmsSdkAppId = settings.TENCENT_SMS_APP
        request.SignName = self.signature
        request.TemplateId = message.template
        request.TemplateParamSet = list(message.values.values())
        request.SessionContext = message.key
        try:
            said = self.client.SendSms(request).SendStatusSet or []
        except TencentCloudSDKException as exc:
            # Only what the service itself answered carries the number of a request.
            if exc.get_request_id() and exc.get_code():
                return outcome_of(exc.get_code(), exc.get_message() or "")
            return outcome_of_failure(exc)
        if len(said) != 1 or not said[0].Code:
            return Outcome(Verdict.UNKNOWN, note="no code in the answer")
        if said[0].Code == "Ok":
            return Outcome(Verdict.ACCEPTED, said[0].SerialNo or "")
        return outcome_of(said[0].Code, said[0].Message or "")

    def _ask(self, question: Question) -> Outcome:
        from tencentcloud.sms.v20210111.models import PullSmsSendStatusByPhoneNumberRequest

        until = min(question.at + LATE, timezone.now())
        request = PullSmsSendStatusByPhoneNumberRequest()
        request.PhoneNumber, request.SmsSdkAppId = question.to, settings.TENCENT_SMS_APP
        request.BeginTime, request.EndTime = int((question.at - EARLY).timestamp()), int(until.timestamp()) + 1
        request.Offset, request.Limit = 0, MOST_ASKED
        for row in self.client.PullSmsSendStatusByPhoneNumber(request).PullSmsSendStatusSet or []:
            if row.SessionContext == question.key and row.ReportStatus in ("SUCCESS", "FAIL"):
                if row.ReportStatus == "SUCCESS":
                    return Outcome(Verdict.DELIVERED)
                return Outcome(Verdict.REFUSED, note=(row.Description or "")[:200], reason="not_delivered")
        return Outcome(Verdict.UNKNOWN)


def outcome_of(code: str, message: str) -> Outcome:
    """What a code means for one message."""
    note = f"{code} {message}"[:200]
    if code.startswith(WAITS):
        return Outcome(Verdict.LATER, note=note)
    if code.startswith(UNSURE):
        return Outcome(Verdict.UNKNOWN, note=note)
    if code.startswith(NOBODY):
        return Outcome(Verdict.LATER, note=note, is_blocked=True)
    return Outcome(Verdict.REFUSED, note=note, reason=REASONS.get(code, ""))
