"""Aliyun SMS: SendSms and QuerySendDetails behind the signature of version 3 (ACS3-HMAC-SHA256)."""

import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote, urlsplit

from django.utils import timezone

from campaigns.tests.fakes.server import Answer, Asked, Entry, FakeServer, Mood

KEY_ID, SECRET = "LTAI-test", "aliyun-secret"
_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
PAGE = 50


class FakeAliyun(FakeServer):
    def answer(self, asked: Asked) -> Answer:
        query = dict(parse_qsl(urlsplit(asked.target).query, keep_blank_values=True))
        if not is_signed(asked, query):
            self.refused_signatures += 1
            return Answer(
                {"Code": "SignatureDoesNotMatch", "Message": "signature is not conform", "RequestId": "r"}, 400
            )
        if asked.headers["x-acs-action"] == "QuerySendDetails":
            return self._details(query)
        template = {"template": query["TemplateCode"], "params": query.get("TemplateParam", "")}
        return self.handed(query["OutId"], query["PhoneNumbers"], {**template, "sign": query["SignName"]}, _says)

    def _details(self, query: dict[str, str]) -> Answer:
        today = f"{timezone.localdate():%Y%m%d}"
        rows = [one for one in self.book if one.to == query["PhoneNumber"] and query["SendDate"] == today]
        start = (int(query["CurrentPage"]) - 1) * int(query["PageSize"])
        shown = [
            {
                "PhoneNum": one.to, "OutId": one.key, "TemplateCode": "SMS_1", "SendDate": "2026-01-01 10:00:00",
                "SendStatus": 1, "ErrCode": "",
            }
            for one in rows[start : start + int(query["PageSize"])]
        ]  # fmt: skip
        details = {"SmsSendDetailDTO": shown}
        return Answer(
            {"Code": "OK", "Message": "OK", "RequestId": "r", "TotalCount": len(rows), "SmsSendDetailDTOs": details}
        )

    def receipts(self) -> list[dict[str, object]]:
        """What it posts about everything in its book."""
        return [
            {
                "phone_number": one.to, "send_time": "2026-01-01 10:00:00", "report_time": "2026-01-01 10:00:02",
                "success": one.arrived, "err_code": "DELIVERED" if one.arrived else "MOBILE_NOT_ON_SERVICE",
                "sms_size": "1", "biz_id": one.number, "out_id": one.key,
            }
            for one in self.book
        ]  # fmt: skip

    def reply(self, to: str, text: str) -> dict[str, object]:
        return {
            "phone_number": to, "send_time": "2026-01-01 10:05:00", "content": text, "sign_name": "海信广场",
            "dest_code": "1", "sequence_id": f"{to}-{text}",
        }  # fmt: skip


def _says(mood: Mood, entry: Entry | None) -> Answer:
    match mood:
        case Mood.THROTTLED_ONCE:
            return Answer({"Code": "Throttling.User", "Message": "flow control", "RequestId": "r"}, 400)
        case Mood.BAD_NUMBER:
            return Answer({"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "号码格式错误", "RequestId": "r"})
        case Mood.NO_MONEY:
            return Answer({"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": "账户余额不足", "RequestId": "r"})
    return Answer({"Code": "OK", "Message": "OK", "RequestId": "r", "BizId": entry.number if entry else ""})


def is_signed(asked: Asked, query: dict[str, str]) -> bool:
    """The signature of version 3, computed anew from what came over the line
    (help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature)."""
    match = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
    payload = hashlib.sha256(asked.body).hexdigest()
    if match is None or match[1] != KEY_ID or asked.headers.get("x-acs-content-sha256") != payload:
        return False
    names = match[2].split(";")
    if names != sorted(names) or not {"host", "x-acs-action", "x-acs-date", "x-acs-content-sha256"} <= set(names):
        return False
    canonical = "\n".join(
        (
            asked.method, urlsplit(asked.target).path or "/",
            "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query)),
            "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names), match[2], payload,
        )
    )  # fmt: skip
    words = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.compare_digest(hmac.new(SECRET.encode(), words.encode(), "sha256").hexdigest(), match[3])
