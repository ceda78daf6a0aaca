"""Made members: Chinese names from a modest pool, a phone, a birthday and a card each."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from members.birthdays import Birthday
from members.services.bulk import NewMember, enrol_members_bulk
from stores.models import Store

# By how often they are met: one surname in seven is the first.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲芬燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉"
    "晓欣怡宇浩然子轩梓涵思远雨桐一诺博文海峰建国志强国庆立新俊凯鹏飞天翔中清若溪可心安之诗晴语嫣乐天"
)
PREFIXES = ("130", "131", "135", "136", "138", "139", "150", "152", "158", "159", "176", "178", "186", "188", "189")


def phone_of(number: int) -> str:
    """The phone of the member with this running number; every one another's."""
    scattered = number * 7_919_003 % 100_000_000
    return f"+86{PREFIXES[number % len(PREFIXES)]}{scattered:08d}"


def card_of(number: int) -> str:
    """The card of the member with this running number."""
    return f"6688{number:010d}"


def enrol_many(count: int, today: date) -> int:
    """Enrol so many members and return the first id; in a fresh database ids are the running numbers, from 1."""
    stores = list(Store.objects.order_by("pk").values_list("pk", flat=True))
    return enrol_members_bulk(_rows(count, stores, today), actor=None)[0]


def _rows(count: int, stores: list[int], today: date) -> Iterator[NewMember]:
    rng = Random(20_261_121)
    first = today - timedelta(days=5 * 365)
    for number in range(1, count + 1):
        draw = rng.random()
        yield NewMember(
            name=_name(rng),
            phones=(phone_of(number),),
            card_number=card_of(number),
            store_id=stores[0 if draw < 0.5 else 1 if draw < 0.79 else 2],
            enrolled_on=first + timedelta(days=number * 1000 // count),
            gender="female" if draw < 0.62 else "male",
            birthday=Birthday(rng.randrange(1, 13), rng.randrange(1, 29), 1950 + rng.randrange(55)),
            consents=("sms",) if draw < 0.4 else (),
            phones_are_verified=True,
        )


def _name(rng: Random) -> str:
    surname = SURNAMES[int(len(SURNAMES) * rng.random() ** 2)]
    given = rng.choice(GIVEN)
    return surname + given + (rng.choice(GIVEN) if rng.random() < 0.8 else "")
