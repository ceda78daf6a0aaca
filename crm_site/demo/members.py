"""Three thousand members of a seaside city: names, phones, birthdays, consents; companies, contacts, care."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from faker import Faker

from crm_site.demo.places import STORES, Places
from kit import calendars
from members.birthdays import Birthday
from members.services.bulk import NewMember, enrol_members_bulk
from members.services.care import assign_care
from members.services.contacts import note_contact
from members.services.groups import add_buyer, add_group_contact
from members.services.notes import add_note
from staff.models import User
from stores.models import Counter

HEROINE_PHONE = "+8613816604821"
GROUPS = (
    ("青岛海岳物流有限公司", "0.9200", "王海燕", "行政主管"),
    ("胶东软件园管理处", "0.9500", "刘志强", "工会干事"),
    ("市南第三实验小学", "0.9500", "孙丽娟", "后勤主任"),
    ("青岛远洋船舶配件厂", "0.9000", "于建波", "采购经理"),
    ("浮山湾酒店管理公司", "0.8800", "张蕾", "采购总监"),
    ("岛城建筑设计院", "0.9300", "高翔", "工会主席"),
    ("崂山区卫生服务中心", "0.9500", "姜玉梅", "办公室主任"),
    ("齐鲁港务服务公司", "0.9000", "宋建华", "福利专员"),
    ("蓝湾生物科技有限公司", "0.9200", "曲婷", "人事经理"),
    ("团岛海鲜批发市场", "0.9500", "逄军", "总经理助理"),
)
PREFIXES = (
    "130",
    "131",
    "132",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "158",
    "159",
    "176",
    "178",
    "182",
    "183",
    "186",
    "187",
    "188",
    "189",
    "199",
)
DISTRICTS = {"市南区": 34, "市北区": 26, "崂山区": 16, "李沧区": 14, "城阳区": 6, "黄岛区": 4}
STREETS = (
    "香港中路",
    "闽江路",
    "东海西路",
    "台东三路",
    "南京路",
    "海尔路",
    "山东路",
    "京口路",
    "燕儿岛路",
    "宁夏路",
    "江西路",
    "延吉路",
)
NOTES = (
    "喜欢浅色系，尺码 165/88A，试衣时不喜欢被催促。",
    "对海鲜过敏，送礼盒时请换坚果。",
    "家里有两个孩子，周末常带孩子来五楼。",
    "每年春节前为单位采购礼盒，提前两周联系。",
    "修改裤长要加急，周五取。",
    "只接受微信联系，不要打电话。",
    "眼镜度数变化，下次提醒检查表带。",
    "婆婆也常用这张卡，积分归她本人。",
)
ASKED = (
    "羊绒大衣什么时候打折",
    "儿童羽绒服 130 码到货通知",
    "黄金手镯以旧换新",
    "想办会员卡，没带手机",
    "问停车优惠",
    "五楼有没有积木课",
    "企业福利采购报价",
)


@dataclass(slots=True)
class Shopper:
    """A member as the receipts' generator knows them."""

    id: int
    enrolled_on: date
    store: int
    weight: float
    counters: list[Counter]
    card: str = ""


def new_phone(rng: random.Random, taken: set[str]) -> str:
    """A mobile number nobody here has."""
    while True:
        number = rng.choice(PREFIXES) + f"{rng.randrange(10**8):08d}"
        if number not in taken:
            taken.add(number)
            return number


def build_members(
    places: Places, people: dict[str, User], rng: random.Random, today: date, count: int
) -> list[Shopper]:
    """Enrol members and companies; returns everybody as a shopper, those enrolled first in front."""
    fake = Faker("zh_CN")
    fake.seed_instance(rng.randrange(10**9))
    taken: set[str] = set()
    rows = [_heroine(places)] + [_person(places, fake, rng, today, taken) for _n in range(count - 1 - len(GROUPS))]
    rows += [_group(places, name, discount, rng, today, taken) for name, discount, _who, _title in GROUPS]
    rows.sort(key=lambda row: row.enrolled_on)
    ids = enrol_members_bulk(rows, actor=None, source="desk")
    shoppers = [_shopper(pk, row, places, rng) for pk, row in zip(ids, rows, strict=True)]
    _companies(rows, ids, people, rng, taken)
    _care_and_notes(shoppers, places, people, rng)
    _contacts(places, people, fake, rng, taken)
    return shoppers


def _heroine(places: Places) -> NewMember:
    """The member of the picture: `zxm 4821` finds her."""
    return NewMember(
        name="张晓敏",
        phones=[HEROINE_PHONE],
        store_id=places.stores[0].pk,
        enrolled_on=date(2019, 5, 2),
        gender="female",
        birthday=Birthday(8, 6, 1986, lunar=True),
        province="山东省",
        city="青岛市",
        district="市南区",
        street="闽江路 116 号",
        consents=("sms", "phone", "wechat"),
        phones_are_verified=True,
        category="big_customer",
    )


def _person(places: Places, fake: Faker, rng: random.Random, today: date, taken: set[str]) -> NewMember:
    female = rng.random() < 0.68
    store = rng.choices(places.stores, [one[-1] for one in STORES])[0]
    district = rng.choices(list(DISTRICTS), list(DISTRICTS.values()))[0]
    consents = [
        channel
        for channel, share in (("sms", 0.72), ("wechat", 0.55), ("phone", 0.31), ("email", 0.12))
        if rng.random() < share
    ]
    phones = [new_phone(rng, taken)]
    if rng.random() < 0.05:
        phones.append(new_phone(rng, taken))
    return NewMember(
        name=fake.name_female() if female else fake.name_male(),
        phones=phones,
        store_id=store.pk,
        enrolled_on=_enrolled(rng, today, store.opened_on),
        gender="female" if female else "male",
        birthday=_birthday(rng) if rng.random() < 0.86 else None,
        email=f"{fake.user_name()}@example.com" if "email" in consents else "",
        language="en" if rng.random() < 0.01 else "zh-hans",
        province="山东省",
        city="青岛市",
        district=district,
        street=f"{rng.choice(STREETS)} {rng.randrange(1, 300)} 号" if rng.random() < 0.4 else "",
        consents=consents,
        phones_are_verified=rng.random() < 0.8,
    )


def _enrolled(rng: random.Random, today: date, opened_on: date) -> date:
    """Half were members before the receipts begin; the others came since, more of them lately."""
    two_years = today - timedelta(days=730)
    if rng.random() < 0.5:
        return opened_on + timedelta(days=int((two_years - opened_on).days * rng.random() ** 0.7))
    return two_years + timedelta(days=int(729 * rng.random() ** 0.85))


def _birthday(rng: random.Random) -> Birthday:
    year = int(min(2007, max(1946, rng.gauss(1985, 12))))
    month, day = rng.randrange(1, 13), rng.randrange(1, 29)
    lunar = year < 1990 and rng.random() < 0.35 and calendars.lunar_date_exists(year, month, day)
    return Birthday(month, day, year if rng.random() < 0.9 else None, lunar=lunar)


def _group(places: Places, name: str, discount: str, rng: random.Random, today: date, taken: set[str]) -> NewMember:
    return NewMember(
        name=name,
        phones=[new_phone(rng, taken)],
        store_id=places.stores[0].pk,
        kind="group",
        category="group",
        enrolled_on=today - timedelta(days=rng.randrange(800, 2600)),
        agreed_discount=Decimal(discount),
        province="山东省",
        city="青岛市",
        district=rng.choice(list(DISTRICTS)),
        consents=("phone",),
    )


def _shopper(pk: int, row: NewMember, places: Places, rng: random.Random) -> Shopper:
    home = places.counters[row.store_id]
    away = places.counters[rng.choice(places.stores).pk]
    favourites = rng.sample(home, rng.randrange(2, 6)) + rng.sample(away, 1)
    weight = rng.paretovariate(1.25)
    if row.kind == "group":
        weight = 25.0
    elif row.category == "big_customer":
        weight, favourites = 60.0, [c for c in home if c.category.code in ("ladies", "beauty", "cashmere", "kids")][:8]
    return Shopper(pk, row.enrolled_on, row.store_id, min(weight, 60.0), favourites)


def _companies(
    rows: list[NewMember], ids: list[int], people: dict[str, User], rng: random.Random, taken: set[str]
) -> None:
    by_name = {row.name: pk for row, pk in zip(rows, ids, strict=True) if row.kind == "group"}
    for name, _discount, who, title in GROUPS:
        clerk = people["clerk"]
        add_group_contact(group_id=by_name[name], name=who, title=title, phone=new_phone(rng, taken), actor=clerk)
        add_buyer(group_id=by_name[name], name=who, id_note="凭工作证", actor=clerk)
        if rng.random() < 0.6:
            add_buyer(
                group_id=by_name[name],
                name=rng.choice(("赵磊", "林芳", "韩雪", "丁鹏")),
                id_note="持授权书",
                actor=clerk,
            )


def _care_and_notes(shoppers: list[Shopper], places: Places, people: dict[str, User], rng: random.Random) -> None:
    best = sorted(shoppers, key=lambda shopper: -shopper.weight)[:120]
    for username in ("associate", "associate2", "associate3", "associate4"):
        associate = people[username]
        counter = associate.counters.first()
        fond = [one for one in best if counter in one.counters or rng.random() < 0.12]
        for shopper in fond[:14]:
            assign_care(member_id=shopper.id, associate=associate, counter=counter, actor=people["manager"])
    for shopper in rng.sample(best, len(best) // 3):
        add_note(
            member_id=shopper.id, text=rng.choice(NOTES), actor=people[rng.choice(("clerk", "associate", "agent"))]
        )


def _contacts(places: Places, people: dict[str, User], fake: Faker, rng: random.Random, taken: set[str]) -> None:
    flagship = places.stores[0]
    for _n in range(24):
        note_contact(
            store=flagship,
            actor=people["clerk"],
            name=fake.name() if rng.random() < 0.7 else "",
            phone=new_phone(rng, taken) if rng.random() < 0.8 else "",
            asked_for=rng.choice(ASKED),
        )
