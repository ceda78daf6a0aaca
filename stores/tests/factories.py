"""Places and products for tests, one plain function each."""

from itertools import count

from stores.models import Brand, Category, Counter, Department, Floor, Product, Store

_numbers = count(1)


def make_store(*, name: str = "香港中路店", name_en: str = "Hong Kong Road", code: str = "", **fields: object) -> Store:
    return Store.objects.create(code=code or f"S{next(_numbers):03}", name=name, name_en=name_en, **fields)


def make_floor(store: Store | None = None, *, number: int = 1, **fields: object) -> Floor:
    fields.setdefault("name", f"{number}楼")
    return Floor.objects.create(store=store or make_store(), number=number, **fields)


def make_department(store: Store | None = None, **fields: object) -> Department:
    fields.setdefault("code", f"D{next(_numbers):03}")
    return Department.objects.create(store=store or make_store(), **{"name": "女装部", **fields})


def make_brand(*, name: str = "之春", **fields: object) -> Brand:
    return Brand.objects.create(**{"code": f"B{next(_numbers):03}", "name": name, **fields})


def make_category(*, name: str = "女装", **fields: object) -> Category:
    return Category.objects.create(**{"code": f"C{next(_numbers):03}", "name": name, **fields})


def make_counter(store: Store | None = None, *, name: str = "之春 3F-12", **fields: object) -> Counter:
    return Counter.objects.create(
        **{"store": store or make_store(), "code": f"{next(_numbers):04}", "name": name, **fields}
    )


def make_product(*, name: str = "羊毛双面大衣", **fields: object) -> Product:
    return Product.objects.create(**{"code": f"P{next(_numbers):05}", "name": name, **fields})
