"""Three stores with their floors, departments and 120 counters; brands and products."""

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from crm_site.demo.goods import BRANDS, CATEGORIES, RANGES
from stores.models import Brand, Category, Chain, Counter, Department, Floor, Product, Store

# Code, name, English name, address, opened on, area, share of sales.
STORES = (
    ("QD01", "香港中路店", "Hong Kong Middle Road", "青岛市市南区香港中路", date(2008, 9, 28), 68_000, 0.5),
    ("QD02", "台东店", "Taidong", "青岛市市北区台东三路", date(2013, 4, 29), 42_000, 0.29),
    ("QD03", "李沧店", "Licang", "青岛市李沧区京口路", date(2019, 12, 20), 36_000, 0.21),
)
# Floor, name, English name, department code and names, goods on it, counters in each of the stores.
FLOORS = (
    (-1, "B1 美食超市", "B1 Food hall", "FOOD", "食品部", "Food", ("food", "tea", "liquor", "tobacco"), (9, 6, 5)),
    (
        1,
        "1F 美妆珠宝",
        "1F Beauty & jewellery",
        "BEAU",
        "化妆珠宝部",
        "Beauty and jewellery",
        ("beauty", "fragrance", "gold", "watch"),
        (14, 8, 6),
    ),
    (2, "2F 少女装", "2F Young fashion", "YOUN", "少女部", "Young fashion", ("girls", "lingerie", "shoes"), (9, 7, 5)),
    (3, "3F 淑女装", "3F Ladies' wear", "LADI", "淑女部", "Ladies' wear", ("ladies", "cashmere", "bags"), (9, 6, 4)),
    (4, "4F 男装运动", "4F Menswear & sport", "MENS", "男装运动部", "Menswear and sport", ("men", "sport"), (7, 5, 3)),
    (
        5,
        "5F 儿童家居",
        "5F Children & home",
        "HOME",
        "儿童家居部",
        "Children and home",
        ("kids", "toys", "home", "kitchen"),
        (6, 4, 3),
    ),
    (6, "6F 餐饮", "6F Dining", "CAFE", "餐饮部", "Dining", ("cafe",), (2, 1, 1)),
)
SEASONS = {"春": (3, 4, 5), "夏": (5, 6, 7, 8), "秋": (9, 10, 11), "冬": (11, 12, 1, 2)}


@dataclass
class Places:
    """What was built, as the other builders need it."""

    stores: list[Store]
    counters: dict[int, list[Counter]]
    products: dict[int, list[Product]]
    brands: dict[str, list[Brand]]
    categories: dict[str, Category]
    weights: dict[int, float] = field(default_factory=dict)


def build_places(rng: random.Random) -> Places:
    """Build the chain's places and goods in an empty database."""
    Chain.objects.update_or_create(
        pk=1,
        defaults={"name": "青岛中庭百货", "name_en": "Atrium Qingdao", "settings": {"return_days": 30}},
    )
    Chain.forget()
    stores = [
        Store.objects.create(
            code=code, name=name, name_en=name_en, city="青岛", address=address, opened_on=opened_on, area_sqm=area
        )
        for code, name, name_en, address, opened_on, area, _share in STORES
    ]
    categories = _categories()
    brands = _brands()
    places = Places(stores, {}, {}, brands, categories)
    for number, store in enumerate(stores):
        places.counters[store.pk] = _counters(store, number, places, rng)
    places.products = _products(places, rng)
    return places


def _categories() -> dict[str, Category]:
    found: dict[str, Category] = {}
    for code, name, name_en, parent in CATEGORIES:
        found[code] = Category.objects.create(
            code=code, name=name, name_en=name_en, parent=found.get(parent), is_outgrown=code == "kids"
        )
    return found


def _brands() -> dict[str, list[Brand]]:
    number = 0
    found: dict[str, list[Brand]] = {}
    for goods, names in BRANDS.items():
        rows = []
        for name, name_en in names:
            number += 1
            rows.append(Brand(code=f"B{number:03d}", name=name, name_en=name_en))
        found[goods] = Brand.objects.bulk_create(rows)
    return found


def _counters(store: Store, number: int, places: Places, rng: random.Random) -> list[Counter]:
    rows: list[Counter] = []
    for level, name, name_en, code, department_name, department_en, goods, counts in FLOORS:
        floor = Floor.objects.create(store=store, number=level, name=name, name_en=name_en)
        department = Department.objects.create(store=store, code=code, name=department_name, name_en=department_en)
        choices = [(kind, brand) for kind in goods for brand in places.brands[kind]]
        # The flagship takes the first brands of each kind; the others some, so that many brands have several counters.
        chosen = _spread(choices, goods, counts[number], rng if number else None)
        for place, (kind, brand) in enumerate(chosen, start=1):
            spot = f"{'B1' if level < 0 else f'{level}F'}-{place:02d}"
            rows.append(
                Counter(
                    store=store,
                    floor=floor,
                    department=department,
                    code=spot,
                    brand=brand,
                    category=places.categories[kind],
                    name=f"{brand.name} {spot}",
                    name_en=f"{brand.name_en} {spot}",
                    area_sqm=Decimal(rng.randrange(180, 1200)) / 10,
                )
            )
    return Counter.objects.bulk_create(rows)


def _spread(choices: list, goods: tuple[str, ...], count: int, rng: random.Random | None) -> list:
    """So many of the choices, each kind of goods at least once, in the order of the goods."""
    first = [pick(rng, [one for one in choices if one[0] == kind]) for kind in goods][:count]
    rest = [one for one in choices if one not in first]
    more = rest[: count - len(first)] if rng is None else rng.sample(rest, min(count - len(first), len(rest)))
    return sorted(first + more, key=choices.index)


def pick(rng: random.Random | None, choices: list) -> tuple:
    return rng.choice(choices) if rng else choices[0]


def _products(places: Places, rng: random.Random) -> dict[int, list[Product]]:
    """Products of each brand; gold counters also sell bars."""
    rows: list[Product] = []
    for goods, brands in places.brands.items():
        kinds = [goods, "goldbar"] if goods == "gold" else [goods]
        for brand in brands:
            rows += [row for kind in kinds for row in _range_of(brand, kind, places, rng)]
    for number, row in enumerate(rows, start=1):
        row.code = f"{row.brand.code}{number:05d}"
        row.barcode = f"69{number * 7919 % 10**9:09d}{number % 100:02d}"
    found: dict[int, list[Product]] = {}
    for product in Product.objects.bulk_create(rows, batch_size=2000):
        found.setdefault(product.brand_id, []).append(product)
    return found


def _range_of(brand: Brand, kind: str, places: Places, rng: random.Random) -> list[Product]:
    goods = RANGES[kind]
    rows = []
    for style in goods.styles:
        price = Decimal(rng.randrange(style.low, style.high + 1))
        price = price - price % 10 + 9 if price > 100 else price
        model = rng.randrange(1000, 9999)
        sizes = goods.sizes if len(goods.sizes) < 4 else rng.sample(goods.sizes, 3)
        for size in sizes:
            rows.append(
                Product(
                    name=f"{style.name} {model}" if goods.colours != ("",) or size else style.name,
                    brand=brand,
                    category=places.categories[kind],
                    size=size,
                    colour=rng.choice(goods.colours),
                    season=style.season,
                    return_days=goods.return_days,
                    list_price=price,
                )
            )
    return rows
