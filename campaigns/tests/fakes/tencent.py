"""Tencent Cloud SMS: SendSms and PullSmsSendStatusByPhoneNumber behind TC3-HMAC-SHA256."""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime

from campaigns.tests.fakes.server import Answer, Asked, Entry, FakeServer, Mood

KEY_ID, SECRET, APP = "AKID-test", "tencent-secret", "1400000001"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, SignedHeaders=([a-z;-]+),"
    r" Signature=([0-9a-f]{64})"
)


class FakeTencent(FakeServer):
    def answer(self, asked: Asked) -> Answer:
        if not is_signed(asked):
            self.refused_signatures += 1
            return _error("AuthFailure.SignatureFailure", "签名错误")
        words = json.loads(asked.body)
        if words["SmsSdkAppId"] != APP:
            return _error("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "no such application")
        if asked.headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber":
            return self._status(words)
        kept = {name: words[name] for name in ("SignName", "TemplateId", "TemplateParamSet")}
        return self.handed(words["SessionContext"], words["PhoneNumberSet"][0], kept, _says)

    def _status(self, words: dict[str, object]) -> Answer:
        rows = [
            {
                "UserReceiveTime": words["BeginTime"], "CountryCode": "86", "SubscriberNumber": one.to[3:],
                "PhoneNumber": one.to, "SerialNo": one.number, "SessionContext": one.key,
                "ReportStatus": "SUCCESS" if one.arrived else "FAIL", "Description": "",
            }
            for one in self.book if one.to == words["PhoneNumber"]
        ]  # fmt: skip
        return Answer({"Response": {"PullSmsSendStatusSet": rows, "RequestId": "r"}})

    def receipts(self) -> list[dict[str, object]]:
        """What it posts about everything in its book: its own number only."""
        return [
            {
                "user_receive_time": "2026-01-01 10:00:02", "nationcode": "86", "mobile": one.to[3:],
                "report_status": "SUCCESS" if one.arrived else "FAIL", "errmsg": "DELIVRD" if one.arrived else "UNDELIV",
                "description": "", "sid": one.number,
            }
            for one in self.book
        ]  # fmt: skip

    def reply(self, to: str, text: str) -> dict[str, object]:
        return {
            "nationcode": "86",
            "mobile": to[3:],
            "text": text,
            "sign": "海信广场",
            "time": 1767232800,
            "extend": "",
        }


def _says(mood: Mood, entry: Entry | None) -> Answer:
    match mood:
        case Mood.THROTTLED_ONCE:
            return _error("RequestLimitExceeded", "too many requests")
        case Mood.BAD_NUMBER:
            return _status_of("InvalidParameterValue.IncorrectPhoneNumber", "")
        case Mood.NO_MONEY:
            return _status_of("FailedOperation.InsufficientBalanceInSmsPackage", "")
    return _status_of("Ok", entry.number if entry else "")


def _status_of(code: str, number: str) -> Answer:
    row = {"SerialNo": number, "PhoneNumber": "", "Fee": 1, "SessionContext": "", "Code": code, "Message": code}
    return Answer({"Response": {"SendStatusSet": [row], "RequestId": "r"}})


def _error(code: str, message: str) -> Answer:
    return Answer({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "r"}})


def is_signed(asked: Asked) -> bool:
    """TC3-HMAC-SHA256, computed anew from what came over the line (cloud.tencent.com/document/api/382/52072)."""
    match = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
    stamp = asked.headers.get("x-tc-timestamp", "")
    if match is None or match[1] != KEY_ID or not stamp.isdigit():
        return False
    day = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}"
    names = match[3].split(";")
    if day != match[2] or not {"content-type", "host"} <= set(names):
        return False
    head = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names)
    canonical = f"{asked.method}\n/\n\n{head}\n{match[3]}\n{hashlib.sha256(asked.body).hexdigest()}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    words = f"TC3-HMAC-SHA256\n{stamp}\n{day}/sms/tc3_request\n{digest}"
    key = f"TC3{SECRET}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.compare_digest(hmac.new(key, words.encode(), "sha256").hexdigest(), match[4])
