"""The suppliers of the demo: one per brand, prospects in each stage, papers some of which run out, people, scores."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from crm_site.demo.places import Places
from kit.credit_codes import check_digit
from staff.models import User
from stores.models import Brand, Counter, Store
from suppliers.models import (
    Licence,
    LicenceType,
    Party,
    PartyContact,
    PartyEvent,
    PartyPerson,
    PartyTask,
    ScorePeriod,
    Standing,
)
from suppliers.services.bottom import watch_bottom
from suppliers.services.parties import spoken, take_party_numbers
from suppliers.services.schemes import STANDARD_GRADES, save_scheme, standard_weights
from suppliers.services.scoring import calculate_month
from suppliers.services.standing import review_all

SEED: Final = 20261125
CITIES = ("青岛", "烟台", "济南", "上海", "杭州", "广州", "北京", "苏州")
TRADES = {
    "beauty": "化妆品", "fragrance": "香氛", "gold": "珠宝首饰", "watch": "钟表", "girls": "服饰", "ladies": "服饰",
    "cashmere": "羊绒制品", "lingerie": "服饰", "men": "服饰", "kids": "童装", "shoes": "鞋业", "bags": "皮具",
    "sport": "体育用品", "toys": "玩具", "home": "家居用品", "kitchen": "电器", "food": "食品", "tea": "茶业",
    "liquor": "酒业", "tobacco": "商贸", "cafe": "餐饮管理",
}  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN = ("建华", "晓丽", "海燕", "志强", "文静", "美玲", "国栋", "雪梅", "思源", "佳宁", "春燕", "立新", "雅婷", "永刚")
FOODS = ("food", "tea", "liquor", "tobacco", "cafe")
TYPES = (
    ("BL", "营业执照", "Business licence", "party", (), False),
    ("BA", "品牌授权书", "Brand authorisation", "party", (), False),
    ("FD", "食品经营许可证", "Food business licence", "party", ("food", "cafe"), False),
    ("TB", "烟草专卖零售许可证", "Tobacco retail licence", "party", ("tobacco",), False),
    ("CS", "化妆品备案凭证", "Cosmetics filing", "party", ("beauty",), False),
    ("HC", "健康证", "Health certificate", "person", ("food", "cafe", "beauty"), False),
    ("TR", "上岗培训", "Induction training", "person", (), True),
)
PROSPECTS = (
    ("麦浪烘焙", "食品", "lead"), ("南屿户外", "体育用品", "lead"), ("青瓷生活", "家居用品", "lead"),
    ("一棉", "服饰", "contacted"), ("云栖茶事", "茶业", "contacted"), ("木鱼童鞋", "鞋业", "contacted"),
    ("拾光珠宝", "珠宝首饰", "visited"), ("北纬三十六度", "餐饮管理", "visited"), ("素年", "服饰", "visited"),
    ("海石花护肤", "化妆品", "quoted"), ("格律男装", "服饰", "quoted"), ("旷野箱包", "皮具", "talks"),
    ("七月香氛", "香氛", "talks"), ("老船坞精酿", "酒业", "signing"), ("小满家纺", "家居用品", "signing"),
    ("潮汐玩具", "玩具", "given_up"),
)  # fmt: skip
SAID = {
    "contacted": ("call", "电话了解开店意向，对方愿意面谈"),
    "visited": ("visit", "考察对方在当地的两家门店，陈列与客流均可"),
    "quoted": ("quotation", "收到首轮报价"),
    "talks": ("meeting", "就扣点与装修补贴面谈，下周再议"),
    "signing": ("meeting", "主要条款谈定，法务起草合同"),
    "given_up": ("call", "对方暂缓在青岛拓店"),
}


@dataclass
class Suppliers:
    """What was built, as other builders need it: the supplier of each brand."""

    of_brand: dict[int, Party]


def build_suppliers(places: Places, people: dict[str, User], today: date) -> Suppliers:
    """Suppliers of all brands and prospects, in a few dozen statements."""
    rng = random.Random(SEED)  # noqa: S311 - the fixed seed is the point
    _types(places)
    suppliers = _suppliers(places, people, rng, today)
    _contacts(list(suppliers.of_brand.values()), rng)
    _licences(suppliers, places, rng, today)
    _people(suppliers, places, rng, today)
    _prospects(places, people, rng, today)
    _special(suppliers, people, today)
    return suppliers


def _types(places: Places) -> None:
    for code, name, name_en, holder, categories, is_training in TYPES:
        type = LicenceType.objects.create(code=code, name=name, name_en=name_en, holder=holder, is_training=is_training)
        type.categories.set(places.categories[one] for one in categories)


def _code(number: int) -> str:
    body = f"91370200MA{number:07d}"
    return body + check_digit(body)


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def _company(short: str, trade: str, number: int, rng: random.Random) -> dict[str, object]:
    city = rng.choice(CITIES)
    name = f"{city}{short}{trade}有限公司"
    return {
        "short_name": short,
        "name": name,
        "pinyin": spoken(short, name),
        "uscc": _code(number),
        "legal_representative": _name(rng),
        "registered_address": f"{city}市{rng.choice(('市南区', '高新区', '开发区', '城阳区'))}{rng.randrange(1, 300)} 号",
        "founded_on": date(rng.randrange(1996, 2021), rng.randrange(1, 13), rng.randrange(1, 28)),
        "bank_name": rng.choice(("中国工商银行", "招商银行", "青岛银行", "中国建设银行")),
        "bank_account": "6222" + "".join(str(rng.randrange(10)) for _n in range(15)),
        "bank_account_name": name,
    }


def _suppliers(places: Places, people: dict[str, User], rng: random.Random, today: date) -> Suppliers:
    used: dict[int, set[int]] = {}
    goods: dict[int, str] = {}
    codes = {category.pk: code for code, category in places.categories.items()}
    for store_id, counters in places.counters.items():
        for counter in counters:
            used.setdefault(counter.brand_id, set()).add(store_id)
            goods[counter.brand_id] = codes[counter.category_id]
    brands = list(Brand.objects.filter(pk__in=used).order_by("pk"))
    numbers = take_party_numbers(len(brands))
    parties = [
        Party(
            code=number,
            status=Party.Status.SUPPLIER,
            stage=Party.Stage.SIGNING,
            selling=Party.Selling.ALLOWED,
            kind=rng.choice((Party.Kind.COMPANY, Party.Kind.AGENT)),
            source=rng.choice(Party.Source.values),
            category=places.categories[goods[brand.pk]],
            buyer=people["buyer"],
            became_supplier_on=today - timedelta(days=rng.randrange(740, 2400)),
            name_en=brand.name_en,
            **_company(brand.name, TRADES[goods[brand.pk]], place, rng),
        )
        for place, (brand, number) in enumerate(zip(brands, numbers, strict=True), start=1001)
    ]
    Party.objects.bulk_create(parties)
    Party.stores.through.objects.bulk_create(
        Party.stores.through(party_id=party.pk, store_id=store)
        for brand, party in zip(brands, parties, strict=True)
        for store in sorted(used[brand.pk])
    )
    Party.brands.through.objects.bulk_create(
        Party.brands.through(party_id=party.pk, brand_id=brand.pk) for brand, party in zip(brands, parties, strict=True)
    )
    Standing.objects.bulk_create(
        Standing(party=party, status=party.status, selling=party.selling, reason=Standing.Reason.COMPLETE)
        for party in parties
    )
    return Suppliers({brand.pk: party for brand, party in zip(brands, parties, strict=True)})


def _contacts(parties: list[Party], rng: random.Random) -> None:
    PartyContact.objects.bulk_create(
        PartyContact(
            party=party,
            name=_name(rng),
            job_title=rng.choice(("区域经理", "商务经理", "总经理")),
            phone=f"+86139{rng.randrange(10**8):08d}",
            is_primary=True,
        )
        for party in parties
    )


def _fits(type_code: str, goods: str) -> bool:
    if type_code == "FD":
        return goods in FOODS
    if type_code == "TB":
        return goods == "tobacco"
    if type_code == "HC":
        return goods in (*FOODS, "beauty", "fragrance")
    return goods in ("beauty", "fragrance") if type_code == "CS" else True


def _licences(suppliers: Suppliers, places: Places, rng: random.Random, today: date) -> None:
    types = {type.code: type for type in LicenceType.objects.all()}
    codes = {category.pk: code for code, category in places.categories.items()}
    rows = []
    for party in suppliers.of_brand.values():
        goods = codes[party.category_id]
        for code in ("BL", "BA", "FD", "TB", "CS"):
            if not _fits(code, goods):
                continue
            ends = None if code == "BL" else today + timedelta(days=rng.choice((18, 45, 200, 260, 330, 420, 600, 700)))
            rows.append(
                Licence(
                    party=party,
                    type=types[code],
                    number=party.uscc if code == "BL" else f"JY{rng.randrange(10**12):012d}",
                    valid_from=today - timedelta(days=rng.randrange(300, 900)),
                    valid_to=ends,
                )
            )
    Licence.objects.bulk_create(rows)


def _people(suppliers: Suppliers, places: Places, rng: random.Random, today: date) -> None:
    types = {type.code: type for type in LicenceType.objects.filter(holder="person")}
    codes = {category.pk: code for code, category in places.categories.items()}
    counters: list[Counter] = [counter for some in places.counters.values() for counter in some]
    people = [
        PartyPerson(
            party=suppliers.of_brand[counter.brand_id],
            counter=counter,
            name=_name(rng),
            role=role,
            phone=f"+86137{rng.randrange(10**8):08d}",
            entered_on=today - timedelta(days=rng.randrange(40, 1500)),
        )
        for counter in counters
        for role in (PartyPerson.Role.COUNTER_HEAD, PartyPerson.Role.ASSOCIATE)
    ]
    PartyPerson.objects.bulk_create(people)
    rows = []
    for person in people:
        goods = codes[person.counter.category_id]
        for code, days in (("HC", 365), ("TR", 730)):
            if _fits(code, goods) and rng.random() > 0.05:
                begun = today - timedelta(days=rng.randrange(10, days + 15))
                rows.append(
                    Licence(
                        party=person.party,
                        person=person,
                        type=types[code],
                        number=f"{code}{rng.randrange(10**8):08d}",
                        valid_from=begun,
                        valid_to=begun + timedelta(days=days),
                    )
                )
    Licence.objects.bulk_create(rows)


def _prospects(places: Places, people: dict[str, User], rng: random.Random, today: date) -> None:
    flagship = places.stores[0]
    floors = list(flagship.floors.all())
    by_trade = {trade: code for code, trade in reversed(TRADES.items())}
    numbers = take_party_numbers(len(PROSPECTS))
    parties = []
    for place, ((short, trade, stage), number) in enumerate(zip(PROSPECTS, numbers, strict=True), start=5001):
        parties.append(
            Party(
                code=number,
                stage=stage,
                stage_since_on=today - timedelta(days=rng.randrange(3, 45)),
                source=rng.choice(Party.Source.values),
                category=places.categories[by_trade[trade]],
                wanted_floor=rng.choice(floors),
                wanted_area_sqm=Decimal(rng.randrange(20, 120)),
                buyer=people["buyer"],
                **_company(short, trade, place, rng),
            )
        )
    Party.objects.bulk_create(parties)
    Party.stores.through.objects.bulk_create(
        Party.stores.through(party_id=party.pk, store_id=flagship.pk) for party in parties
    )
    _contacts(parties, rng)
    PartyEvent.objects.bulk_create(_events(parties, people["buyer"], rng))
    PartyTask.objects.bulk_create(
        PartyTask(
            party=party,
            title=title,
            due_on=today + timedelta(days=days),
            owner=people["buyer"],
            created_by=people["buyer"],
        )
        for party, title, days in (
            (parties[6], "要近两年各店销售数据", -2),
            (parties[9], "把样品送招商会", 1),
            (parties[11], "回复装修补贴方案", 3),
            (parties[13], "催法务合同初稿", 0),
        )
    )


def _events(parties: list[Party], buyer: User, rng: random.Random) -> list[PartyEvent]:
    order = list(SAID)
    found = []
    for party in parties:
        if party.stage == Party.Stage.LEAD:
            continue
        reached = order.index(party.stage)
        steps = ["contacted", "given_up"] if party.stage == "given_up" else order[: reached + 1]
        for ago, stage in zip(range(len(steps) * 9, 0, -9), steps, strict=True):
            kind, summary = SAID[stage]
            found.append(
                PartyEvent(
                    party=party,
                    kind=kind,
                    happened_on=party.stage_since_on - timedelta(days=max(0, ago - 9)),
                    summary=summary,
                    rate=Decimal(rng.randrange(18, 28)) / 100 if kind == "quotation" else None,
                    guarantee=Decimal(rng.randrange(3, 12) * 10_000) if kind == "quotation" else None,
                    written_by=buyer,
                )
            )
    return found


def _special(suppliers: Suppliers, people: dict[str, User], today: date) -> None:
    """One supplier within its days of grace, one that may not sell: a licence each has run out."""
    parties = list(suppliers.of_brand.values())
    authorised = LicenceType.objects.get(code="BA")
    for party, ago in ((parties[3], 3), (parties[17], 40)):
        Licence.objects.filter(party=party, type=authorised).update(valid_to=today - timedelta(days=ago))


def build_scores(places: Places, people: dict[str, User], today: date) -> None:
    """Who may sell by contracts and papers; for each store a scheme and two years of months, the older ones closed."""
    review_all(on=today)
    this = today.replace(day=1)
    months = [_months_before(this, count) for count in range(23, -1, -1)]
    for store in places.stores:
        save_scheme(
            store=store,
            valid_from=months[0],
            weights=standard_weights(),
            grades=STANDARD_GRADES,
            actor=people["manager"],
        )
        for month in months:
            calculate_month(store_id=store.pk, month=month)
    _watch(places.stores, months)
    ScorePeriod.objects.filter(month__lt=months[-2]).update(closed_at=timezone.now(), closed_by=people["manager"])


def _watch(stores: list[Store], months: list[date]) -> None:
    quarter = next(month for month in reversed(months[:-1]) if month.month % 3 == 0)
    for store in stores:
        watch_bottom(store_id=store.pk, month=quarter)


def _months_before(month: date, count: int) -> date:
    year, index = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(year, index + 1, 1)
