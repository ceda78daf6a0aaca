"""The providers the product ships with, as far as their rules are published, and which one a send uses."""

from datetime import time
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile, Send
from campaigns.send_exceptions import SendRefused
from stores.models import Chain

Backend, Channel = ProviderProfile.Backend, Send.Channel
_ALWAYS = {"window_from": time(0), "window_until": time(0)}
_HOUSE = {"backend": Backend.HOUSE, "is_default": True, "batch": 500, "rate": 5_000, "max_length": 20_000, **_ALWAYS}

# Rules as published in 2025; what a provider's contract says goes before them. Prices are list prices.
SHIPPED: tuple[dict[str, object], ...] = (
    {
        "key": "file-sms", "name": "短信写入文件", "name_en": "SMS to a file", "channel": Channel.SMS,
        "backend": Backend.FILE, "is_default": True, "opt_out_wording": "拒收请回复R", "price": Decimal("0.0550"),
        "rate": 1_000, "window_from": time(8), "window_until": time(20), "can_be_asked": True, "ask_after_minutes": 1,
    },
    {
        "key": "aliyun", "name": "阿里云短信", "name_en": "Aliyun SMS", "channel": Channel.SMS, "backend": Backend.ALIYUN,
        "opt_out_wording": "拒收请回复R", "price": Decimal("0.0550"), "rate": 1_000, "window_from": time(8),
        "window_until": time(20), "can_be_asked": True, "needs_template": True, "allows_variables": False,
        "forbidden_words": ["积分兑换", "积分领取", "问卷调查", "用户召回", "用户拉新"], "is_active": False,
    },
    {
        "key": "tencent", "name": "腾讯云短信", "name_en": "Tencent Cloud SMS", "channel": Channel.SMS,
        "backend": Backend.TENCENT, "opt_out_wording": "拒收请回复R", "price": Decimal("0.0550"), "rate": 500,
        "window_from": time(8), "window_until": time(20), "can_be_asked": True, "needs_template": True,
        "forbidden_words": ["优惠券", "邀请到店", "用户召回", "积分领取", "积分兑换", "问卷调查"], "is_active": False,
    },
    {
        "key": "huawei", "name": "华为云短信", "name_en": "Huawei Cloud SMS", "channel": Channel.SMS,
        "backend": Backend.HUAWEI, "opt_out_wording": "拒收请回复R", "price": Decimal("0.0550"), "rate": 200,
        "window_from": time(8), "window_until": time(22), "needs_template": True, "allows_variables": False,
        "allows_links": False, "is_active": False,
        "forbidden_words": ["优惠券", "积分兑换", "积分清零", "用户召回", "问卷调查", "团购会"],
    },
    {
        "key": "smpp", "name": "SMPP 网关", "name_en": "SMPP gateway", "channel": Channel.SMS, "backend": Backend.SMPP,
        "opt_out_wording": "拒收请回复R", "rate": 100, "window_from": time(8), "window_until": time(20),
        "is_active": False,
    },
    {
        "key": "smtp", "name": "SMTP 邮件", "name_en": "E-mail by SMTP", "channel": Channel.EMAIL,
        "backend": Backend.SMTP, "is_default": True, "rate": 500, "max_length": 20_000, "batch": 50, **_ALWAYS,
    },
    {
        "key": "anymail", "name": "邮件服务商", "name_en": "E-mail service", "channel": Channel.EMAIL,
        "backend": Backend.ANYMAIL, "rate": 100, "max_length": 20_000, "batch": 50, "is_active": False, **_ALWAYS,
    },
    {"key": "desk", "name": "服务台外呼", "name_en": "Calls by the service desk", "channel": Channel.PHONE, **_HOUSE},
    {
        "key": "letters", "name": "信件", "name_en": "Letters", "channel": Channel.POST, "price": Decimal("1.2000"),
        **_HOUSE,
    },
    {"key": "own-pages", "name": "会员专页消息", "name_en": "Messages on own pages", "channel": Channel.SITE, **_HOUSE},
)  # fmt: skip


@transaction.atomic
def install_providers() -> int:
    """Write the shipped profiles that are missing; those that are there stay as they were changed. How many are new."""
    signature = Chain.get().name
    made = 0
    for facts in SHIPPED:
        signed = {"signature": signature} if facts["channel"] == Channel.SMS else {}
        _row, is_new = ProviderProfile.objects.get_or_create(key=facts["key"], defaults={**facts, **signed})
        made += is_new
    return made


def provider_for(channel: str) -> ProviderProfile:
    """The provider a channel uses when nothing else is chosen."""
    chosen = ProviderProfile.objects.filter(channel=channel, is_default=True, is_active=True)
    found = chosen.first()
    if found is None and not ProviderProfile.objects.filter(channel=channel).exists():
        install_providers()
        found = chosen.first()
    if found is None:
        raise SendRefused(_("No provider is set up for this channel."))
    return found
