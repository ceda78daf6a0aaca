"""The data dictionary of an import: what a column may stand for, and by which words and values it is recognised."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import FieldDefinition

CUSTOM = "custom."


@dataclass(frozen=True)
class Target:
    """One thing a column may hold. `words` are headings it goes by; `looks` recognises its values."""

    key: str
    label: str | Promise
    words: tuple[str, ...] = ()
    example: str = ""
    looks: Callable[[str], bool] | None = None
    is_sensitive: bool = False


def _pattern(text: str) -> Callable[[str], bool]:
    return lambda value, found=re.compile(text): bool(found.fullmatch(value.strip()))


_CHANNELS = (
    ("sms", _("SMS allowed"), ("短信", "短信营销", "接受短信", "sms")),
    ("phone", _("Calls allowed"), ("电话营销", "接受电话", "接受来电", "callsallowed")),
    ("email", _("E-mail allowed"), ("邮件营销", "接受邮件", "emailallowed")),
    ("post", _("Post allowed"), ("邮寄", "接受邮寄", "dm", "postallowed")),
    ("wechat", _("WeChat allowed"), ("微信营销", "接受微信", "wechatallowed")),
)

TARGETS: tuple[Target, ...] = (
    Target("external_no", _("Number in the source system"),
           ("外部编号", "原会员号", "旧会员号", "原编号", "客户编号", "客户号", "externalno", "externalid", "customerid", "customerno", "id", "编号"), "A100234"),
    Target("member_no", _("Member number"), ("会员编号", "会员号", "memberno", "membernumber"), "M00001234",
           _pattern(r"[Mm]\d{8}")),
    Target("card_no", _("Card number"), ("卡号", "会员卡号", "会员卡", "cardno", "cardnumber", "card"), "8800000000123455",
           _pattern(r"8800\d{12}")),
    Target("name", _("Name"), ("姓名", "会员姓名", "名字", "客户姓名", "客户名称", "称呼", "name", "fullname", "chinesename"), "张晓敏",
           _pattern(r"[\u4e00-\u9fff]{2,4}")),
    Target("name_en", _("English name"), ("英文名", "英文姓名", "englishname", "nameen"), "Ann Lee"),
    Target("gender", _("Gender"), ("性别", "gender", "sex"), "女", _pattern(r"男|女|男士|女士|[MF]|male|female")),
    Target("phone1", _("Phone"), ("手机", "手机号", "手机号码", "电话", "联系电话", "联系方式", "移动电话", "mobile", "phone", "phone1", "tel", "cellphone"),
           "13812344821", _pattern(r"(\+?86)?\s*1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}"), True),
    Target("phone2", _("Second phone"), ("手机2", "电话2", "备用电话", "其他电话", "phone2", "otherphone"), "13912344822", None, True),
    Target("phone3", _("Third phone"), ("手机3", "电话3", "phone3"), "", None, True),
    Target("landline", _("Landline"), ("座机", "固定电话", "固话", "家庭电话", "住宅电话", "landline", "homephone"), "0532-85861234",
           _pattern(r"0\d{2,3}[-\s]?\d{7,8}"), True),
    Target("birthday", _("Birthday"), ("生日", "出生日期", "出生年月日", "birthday", "birthdate", "dob", "dateofbirth"), "1985-08-06"),
    Target("birth_calendar", _("Birthday calendar"), ("历法", "生日历法", "阴历阳历", "calendar"), "农历",
           _pattern(r"农历|阴历|公历|阳历|lunar|solar")),
    Target("identity", _("Identity number"), ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "idcard", "idnumber", "passport"),
           "3702**********1234", _pattern(r"\d{17}[\dXx]"), True),
    Target("email", _("E-mail"), ("邮箱", "电子邮箱", "电子邮件", "email", "mail", "emailaddress"), "ann@example.com",
           _pattern(r"[^@\s]+@[^@\s]+\.[^@\s]+"), True),
    Target("province", _("Province"), ("省", "省份", "province", "state"), "山东省"),
    Target("city", _("City"), ("市", "城市", "city"), "青岛市"),
    Target("district", _("District"), ("区", "区县", "district", "county"), "市南区"),
    Target("street", _("Street"), ("街道", "详细地址", "街道地址", "street"), "香港中路 10 号"),
    Target("address", _("Address in one piece"), ("地址", "住址", "家庭住址", "家庭地址", "通讯地址", "联系地址", "address"), "山东省青岛市市南区香港中路 10 号"),
    Target("postcode", _("Postcode"), ("邮编", "邮政编码", "postcode", "zip", "zipcode"), "266071"),
    Target("store", _("Home store"), ("门店", "归属门店", "所属门店", "办卡门店", "店铺", "分店", "store", "homestore", "shop", "branch"), "香港中路店"),
    Target("enrolled_on", _("Enrolled on"),
           ("办卡日期", "入会日期", "入会时间", "注册日期", "注册时间", "开卡日期", "办卡时间", "enrolledon", "joindate", "joinedon", "createdat", "registered"), "2019-05-02"),
    Target("language", _("Preferred language"), ("语言", "首选语言", "language", "lang"), "中文"),
    Target("category", _("Category"), ("类别", "会员类别", "客户类别", "会员类型", "category", "membertype"), "大客户"),
    Target("agreed_discount", _("Agreed discount"), ("协议折扣", "折扣", "团购折扣", "discount", "agreeddiscount"), "8.5折"),
    *(Target(f"consent_{key}", label, words, "是") for key, label, words in _CHANNELS),
    Target("consented_on", _("Day of consent"), ("授权日期", "同意日期", "consentdate", "consentedon"), "2024-03-01"),
    Target("note", _("Note"), ("备注", "说明", "note", "notes", "remark", "comment"), ""),
)  # fmt: skip

CLEARABLE = frozenset(
    {"name_en", "gender", "birthday", "email", "province", "city", "district", "street", "postcode", "agreed_discount"}
)
"""What an empty cell may empty, where the mapping says that blanks overwrite."""


def custom_targets() -> list[Target]:
    """The store's own fields."""
    return [
        Target(f"{CUSTOM}{one.key}", one.label, (one.name, one.name_en, one.key), "")
        for one in FieldDefinition.objects.filter(is_active=True)
    ]


def plain_heading(text: str) -> str:
    """A heading as it is compared: half-width, small, letters, digits and Han only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def guess_columns(header: Sequence[str], samples: Sequence[Sequence[str]], targets: Iterable[Target]) -> dict[str, str]:
    """Which column is what, by its heading and else by its values: target key → heading. Each target once."""
    known = list(targets)
    words = {plain_heading(word): target.key for target in reversed(known) for word in target.words if word}
    found: dict[str, str] = {}
    left = []
    for place, name in enumerate(header):
        key = words.get(plain_heading(name))
        if key and key not in found:
            found[key] = name
        else:
            left.append((place, name))
    for place, name in left:
        values = [row[place] for row in samples if place < len(row) and row[place].strip()]
        key = _by_values(values, [target for target in known if target.key not in found])
        if key:
            found[key] = name
    return found


def _by_values(values: Sequence[str], targets: Iterable[Target]) -> str:
    if not values:
        return ""
    for target in targets:
        if target.looks and sum(map(target.looks, values)) * 5 >= len(values) * 4:
            return target.key
    return ""
