"""A made file of members: a third are known already, an eighth is bad in one of many ways, the rest are new."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

from django.conf import settings

from bench.people import GIVEN, PREFIXES, SURNAMES
from kit.identity_numbers import check_digit
from members.models import MemberPhone
from stores.models import Store

HEADER = (
    "编号", "姓名", "性别", "手机", "座机", "生日", "身份证号", "邮箱", "地址", "门店", "办卡日期", "短信", "积分",
)  # fmt: skip
KNOWN, BAD = 0.33, 0.12
SPEC = {
    "source": "old-system",
    "columns": {
        "external_no": "编号", "name": "姓名", "gender": "性别", "phone1": "手机", "landline": "座机",
        "birthday": "生日", "identity": "身份证号", "email": "邮箱", "address": "地址", "store": "门店",
        "enrolled_on": "办卡日期", "consent_sms": "短信",
    },
    "match": ["external_no", "identity", "phone_name"],
}  # fmt: skip
_STREETS = ("香港中路", "闽江路", "东海西路", "台东三路", "南京路", "海尔路", "山东路", "宁夏路")
_WRONG = (
    ("手机", "12345"), ("生日", "1985-02-31"), ("性别", "X?"), ("邮箱", "nobody"), ("门店", "月球店"),
    ("身份证号", "370202198508062340"), ("办卡日期", "2999-01-01"),
)  # fmt: skip


def made_member_file(rows: int) -> Path:
    """Write the file beside the benchmarks' data, in the database it will be imported into; returns its path."""
    path = settings.DATA_DIR / f"members-{rows}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows(_rows(rows))
    return path


def _rows(rows: int) -> Iterator[list[str]]:
    rng = Random(20_261_125)
    stores = list(Store.objects.order_by("pk").values_list("name", flat=True))
    known = MemberPhone.objects.order_by("pk").values_list("member__name", "e164")[: int(rows * KNOWN) + 1]
    people = known.iterator(chunk_size=5_000)
    earlier: list[str] = []
    for number in range(rows):
        draw = rng.random()
        if draw < KNOWN and (person := next(people, None)):
            yield _row(rng, number, person[0], person[1][3:], stores)
            continue
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + (rng.choice(GIVEN) if rng.random() < 0.8 else "")
        row = _row(rng, number, name, _new_phone(number), stores)
        if draw < KNOWN + BAD:
            if rng.random() < 0.15 and earlier:
                row = [*earlier]
            else:
                column, value = rng.choice(_WRONG)
                row[HEADER.index(column)] = value
        else:
            earlier = row
        yield row


def _row(rng: Random, number: int, name: str, phone: str, stores: list[str]) -> list[str]:
    year, month, day = rng.randrange(1950, 2005), rng.randrange(1, 13), rng.randrange(1, 29)
    birthday = rng.choice(
        (f"{year}-{month:02}-{day:02}", f"{year}{month:02}{day:02}", f"{month}月{day}日", f"农历{year}-{month}-{day}")
    )
    card = f"370202{year}{month:02}{day:02}{number % 1000:03}"
    return [
        f"A{number:08}",
        name,
        rng.choice(("女", "女", "男", "F", "M", "")),
        f"{phone[:3]} {phone[3:7]} {phone[7:]}" if rng.random() < 0.2 else phone,
        f"0532-{80000000 + number % 9999999}" if rng.random() < 0.1 else "",
        birthday,
        card + check_digit(card) if rng.random() < 0.02 else "",
        f"m{number}@example.com" if rng.random() < 0.4 else "",
        f"山东省青岛市市南区{rng.choice(_STREETS)}{rng.randrange(1, 200)}号" if rng.random() < 0.5 else "",
        rng.choice(stores),
        f"{rng.randrange(2015, 2026)}/{month}/{day}",
        rng.choice(("是", "否", "")),
        str(rng.randrange(0, 5000)),
    ]


def _new_phone(number: int) -> str:
    """Numbers the made members do not have: another prefix."""
    assert "199" not in PREFIXES
    return f"199{number * 7_919_003 % 100_000_000:08d}"
