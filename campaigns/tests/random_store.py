"""A small store at random for comparing implementations: leap days, lunar months, nothing known, tombstones, returns and
slips taken back."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from campaigns.models import SegmentMember
from campaigns.tests.oracle import Person, Slip, World
from kit.partitions import ensure_months
from loyalty.models import Account, Coupon, CouponKind
from members.birthdays import Birthday, NotABirthday
from members.models import FieldDefinition, Member, MemberPhone
from sales.models import MemberStat, Receipt, ReceiptLine
from sales.services.figures import refresh_member_stats
from stores.models import Category
from stores.tests.factories import make_brand, make_category, make_counter, make_product, make_store

MEMBERS, SLIPS = 60, 260


class Random:
    """The rows, and the world the oracle reads."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.today = timezone.localdate()
        self.stores = [make_store() for _ in range(2)]
        self.brands = [make_brand() for _ in range(3)]
        top = make_category()
        middle = make_category(parent=top)
        self.categories = [top, middle, make_category(parent=middle), make_category()]
        self.counters = [make_counter(self.stores[n % 2]) for n in range(3)]
        self.kinds = [CouponKind.objects.create(code=f"K{n}", name=f"K{n}", amount=10) for n in range(2)]
        FieldDefinition.objects.create(key="shoe", name="鞋码", kind="number")
        FieldDefinition.objects.create(
            key="likes", name="喜好", kind="choices", options=[["tea", "茶"], ["wine", "酒"]]
        )
        FieldDefinition.objects.create(key="wedding", name="纪念日", kind="occasion")
        self.product = make_product()
        self.members = [self._member(n) for n in range(MEMBERS)]
        for loser in self.members[:5]:
            loser.merged_into, loser.status = self.members[-1], "closed"
            loser.save(update_fields=["merged_into", "status"])
        self.slips: dict[int, list[Slip]] = {}
        for n in range(SLIPS):
            self._slip(n)
        refresh_member_stats(set(self.slips), as_of_on=self.today)

    def _day(self, most: int = 800) -> date:
        near = self.rng.choice((0, 1, 29, 30, 89, 90, 91, 364, 365, self.rng.randint(0, most)))
        return self.today - timedelta(days=near)

    def _birthday(self) -> dict[str, Any]:
        pick = self.rng.random()
        if pick < 0.2:
            return {"birth_year": self.rng.choice((None, 1980))}
        if pick < 0.3:
            birthday = Birthday(2, 29, self.rng.choice((None, 1984)))
        elif pick < 0.5:
            day = self.today + timedelta(days=self.rng.randint(-3, 12))
            birthday = Birthday(day.month, 28 if (day.month, day.day) == (2, 29) else day.day, 1990)
        elif pick < 0.75:
            month, leap = self.rng.randint(1, 12), self.rng.random() < 0.3
            birthday = Birthday(month, self.rng.randint(1, 30), 1975, lunar=True, is_leap=leap)
        else:
            try:
                birthday = Birthday(self.rng.randint(1, 12), self.rng.randint(1, 31))
            except NotABirthday:
                birthday = Birthday(12, 31)
        return birthday.columns(self.today)

    def _member(self, n: int) -> Member:
        rng = self.rng
        custom: dict[str, Any] = {}
        if rng.random() < 0.5:
            custom["shoe"] = rng.choice(("36", "37.5", "42"))
        if rng.random() < 0.5:
            custom["likes"] = rng.sample(["tea", "wine"], rng.randint(1, 2))
        if rng.random() < 0.6:
            custom["wedding"] = rng.choice(
                ("02-29", "01-01", "12-31", f"{self.today + timedelta(days=rng.randint(0, 9)):%m-%d}")
            )
        member = Member.objects.create(
            member_no=f"R{n:05d}", name="某", gender=rng.choice(("female", "male", "")),
            category=rng.choice(("ordinary", "big_customer")), status=rng.choice(("active",) * 6 + ("frozen", "closed")),
            home_store=rng.choice((None, *self.stores)), enrolled_on=self._day(1500), city=rng.choice(("", "青岛", "Qingdao", "青州")),
            allows_sms=rng.random() < 0.5, email=rng.choice(("", f"a{n}@example.com")), custom=custom,
            erased_at=timezone.now() if rng.random() < 0.05 else None, **self._birthday(),
        )  # fmt: skip
        for place in range(rng.randint(0, 2)):
            e164 = f"+8613{n:04d}{place:05d}"
            kind = rng.choice(("mobile", "landline"))
            MemberPhone.objects.create(member=member, e164=e164, tail=e164[-4:], kind=kind, invalid=rng.random() < 0.3)
        if rng.random() < 0.7:
            Account.objects.create(member=member, available=rng.choice((0, 100, 1000)), tier_rank=rng.randint(0, 3))
        for place in range(rng.randint(0, 2)):
            state = rng.choice(("issued", "redeemed", "expired"))
            at = timezone.now() - timedelta(days=rng.randint(0, 100))
            Coupon.objects.create(
                number=f"C{n}-{place}", kind=rng.choice(self.kinds), member=member, state=state, issued_at=at,
                expires_at=at + timedelta(days=30), source="t", source_key=f"{n}-{place}",
                redeemed_at=at if state == "redeemed" else None,
            )  # fmt: skip
        return member

    def _slip(self, n: int) -> None:
        rng = self.rng
        member, on = rng.choice(self.members[:45]), self._day()
        kind, taken_back = rng.choice(("sale", "sale", "sale", "return")), rng.random() < 0.12
        lines = [
            (
                rng.choice((None, *self.brands)), rng.choice((None, *self.categories)), rng.choice((None, *self.counters)),
                Decimal(rng.randint(1, 3)), Decimal(rng.choice((50, 100, 999))), rng.random() < 0.4,
            )
            for _ in range(rng.randint(1, 3))
        ]  # fmt: skip
        store = rng.choice(self.stores)
        first = self._post(f"D{n}", kind, store, member, on, lines, taken_back, None)
        if taken_back:
            self._post(f"D{n}", "reversal", store, member, on, lines, False, first)

    def _post(self, document: str, kind: str, store: Any, member: Member, on: date, lines: list, taken_back: bool, of: Receipt | None) -> Receipt:  # fmt: skip
        sign = 1 if kind == "sale" or (of is not None and of.kind == "return") else -1
        at = timezone.make_aware(datetime.combine(on, time(12)))
        net = sum(line[4] for line in lines) * sign
        receipt = Receipt.objects.create(
            source="pos", document=document, store=store, kind=kind, member=member, sold_at=at, sold_on=on, posted_at=at,
            line_count=len(lines), discount_amount=0, net_amount=net, is_reversed=taken_back, reverses=of,
        )  # fmt: skip
        ensure_months(["sales_receiptline"], [on])
        ReceiptLine.objects.bulk_create(
            ReceiptLine(
                sold_on=on, receipt=receipt, line_no=place, store=store, counter=counter, brand=brand, category=category,
                product=self.product, member=member, quantity=quantity * sign, unit_price=amount,
                discount_amount=sign if discounted else 0, net_amount=amount * sign,
            )
            for place, (brand, category, counter, quantity, amount, discounted) in enumerate(lines, 1)
        )  # fmt: skip
        kept = [
            (brand and brand.pk, category and category.pk, counter and counter.pk, quantity * sign, amount * sign)
            for brand, category, counter, quantity, amount, _off in lines
        ]
        self.slips.setdefault(member.pk, []).append(Slip(kind, store.pk, on, net, taken_back, kept))
        return receipt

    def world(self) -> World:
        """What the oracle reads."""
        people = [Person(member, slips=self.slips.get(member.pk, [])) for member in Member.objects.all()]
        by_id = {one.member.pk: one for one in people}
        for stat in MemberStat.objects.all():
            by_id[stat.member_id].stat = stat
        for account in Account.objects.all():
            by_id[account.member_id].account = account
        for phone in MemberPhone.objects.all():
            by_id[phone.member_id].phones.append(phone)
        for coupon in Coupon.objects.all():
            by_id[coupon.member_id].coupons.append(coupon)
        for belongs in SegmentMember.objects.filter(is_in=True):
            by_id[belongs.member_id].segments.add(belongs.segment_id)
        return World(people, self.today, dict(Category.objects.values_list("pk", "parent_id")))
