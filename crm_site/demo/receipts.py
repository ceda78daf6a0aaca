"""Two years of receipts: who buys what, where and when; returns, exchanges, points as payment."""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from crm_site.demo.days import day_weights, discount_of, moment_of
from crm_site.demo.goods import RANGES
from crm_site.demo.members import Shopper
from crm_site.demo.places import SEASONS, STORES, Places
from kit.money import to_fen
from sales.models import Payment, Receipt
from sales.services.drafts import RETURN, SALE, LineDraft, PaymentDraft, ReceiptDraft
from stores.models import Counter, Product

MEMBER_SHARE = 0.6
EMALL_SHARE = 0.07
RETURN_SHARE = 0.045
EXCHANGE_SHARE = 0.008
LOST_RECEIPT_SHARE = 0.012
NEVER_BACK = {"food", "tea", "liquor", "tobacco", "cafe", "goldbar", "lingerie"}
TENDERS = {
    Payment.Tender.WECHAT: 46,
    Payment.Tender.ALIPAY: 30,
    Payment.Tender.CARD: 14,
    Payment.Tender.CASH: 7,
    Payment.Tender.GIFT_CARD: 3,
}
CASHIERS = ("8013 孙悦", "8021 李娜", "8027 于洋", "8034 王倩", "8042 赵琳")


@dataclass(slots=True)
class Event:
    """Drafts that must be posted together, at a moment; a return knows the sale it gives back."""

    at: datetime
    drafts: list[ReceiptDraft]
    sale: ReceiptDraft | None = None


class Generator:
    """Makes receipts in the order of time."""

    def __init__(self, places: Places, shoppers: list[Shopper], rng: random.Random, today: date, sales: int) -> None:
        self.sales = sales
        self.places, self.rng, self.today = places, rng, today
        self.first, self.last = today - timedelta(days=730), today - timedelta(days=1)
        self.shoppers = shoppers
        self.enrolled = [shopper.enrolled_on for shopper in shoppers]
        self.cumulated = list(accumulate(shopper.weight for shopper in shoppers))
        self.numbers: dict[tuple[int, date], int] = defaultdict(int)
        self.goods = {category.pk: code for code, category in places.categories.items()}
        self.counters = {pk: self._weighted(counters) for pk, counters in places.counters.items()}
        self.in_season = {
            season: {month: self._season_weight(season, month) for month in range(1, 13)} for season in ("", *SEASONS)
        }

    def _weighted(self, counters: list[Counter]) -> tuple[list[Counter], list[float]]:
        return counters, list(accumulate(RANGES[self.goods[one.category_id]].weight for one in counters))

    def _season_weight(self, season: str, month: int) -> float:
        return 1.0 if not season else (2.2 if month in SEASONS[season] else 0.25)

    def events(self) -> Iterator[Event]:
        """Every event of the two years, in order."""
        weights = day_weights(self.first, self.last)
        total = sum(weights.values())
        waiting: list[Event] = []
        for day, weight in weights.items():
            count = round(self.sales * weight / total + self.rng.uniform(-0.5, 0.5))
            waiting += [self._sale(day) for _n in range(count)]
            for event in [one for one in waiting if one.at.date() == day and len(one.drafts) == 1]:
                if event.drafts[0].kind == SALE and (back := self._comes_back(event.drafts[0])):
                    waiting.append(back)
            due = sorted((one for one in waiting if one.at.date() <= day), key=lambda one: one.at)
            waiting = [one for one in waiting if one.at.date() > day]
            for event in due:
                self._number(event)
                yield event

    def _number(self, event: Event) -> None:
        """Receipts are numbered as the tills print them: by store and day, in the order of time."""
        for draft in event.drafts:
            place = next(n for n, store in enumerate(self.places.stores, start=1) if store.pk == draft.store_id)
            letter = "E" if draft.channel == Receipt.Channel.EMALL else ("R" if draft.kind == RETURN else "S")
            self.numbers[draft.store_id, draft.sold_on] += 1
            number = self.numbers[draft.store_id, draft.sold_on]
            draft.document = f"{letter}{place:02d}{draft.sold_on:%y%m%d}{number:04d}"
            if draft.kind == RETURN and event.sale:
                draft.original = (event.sale.source, event.sale.store_id, event.sale.document)

    def _sale(self, day: date) -> Event:
        rng = self.rng
        shopper = self._shopper(day) if rng.random() < MEMBER_SHARE else None
        emall = rng.random() < EMALL_SHARE
        if shopper and rng.random() < 0.75:
            counter = rng.choice(shopper.counters)
        else:
            store = self._store()
            counters, cumulated = self.counters[store]
            counter = counters[bisect_right(cumulated, rng.random() * cumulated[-1])]
        at = moment_of(day, rng)
        lines = self._lines(counter, day)
        if rng.random() < 0.1:
            counters, cumulated = self.counters[counter.store_id]
            lines += self._lines(counters[bisect_right(cumulated, rng.random() * cumulated[-1])], day)[:1]
        draft = self._draft(counter.store_id, SALE, at, lines, shopper and shopper.id, emall=emall)
        draft.payments = (PaymentDraft(self._tender().value, draft.net_amount),)
        return Event(at, [draft])

    def _shopper(self, day: date) -> Shopper:
        enrolled = bisect_right(self.enrolled, day)
        place = self.rng.random() * self.cumulated[enrolled - 1]
        return self.shoppers[bisect_right(self.cumulated, place, 0, enrolled - 1)]

    def _store(self) -> int:
        return self.rng.choices(self.places.stores, [one[-1] for one in STORES])[0].pk

    def _tender(self) -> Payment.Tender:
        return self.rng.choices(list(TENDERS), list(TENDERS.values()))[0]

    def _lines(self, counter: Counter, day: date) -> list[LineDraft]:
        rng = self.rng
        products = self.places.products[counter.brand_id]
        seasons = self.in_season
        weights = [seasons[product.season][day.month] * (0.04 if "金条" in product.name else 1) for product in products]
        count = rng.choices((1, 2, 3), (70, 23, 7))[0]
        lines: dict[int, LineDraft] = {}
        for product in rng.choices(products, weights, k=count):
            if product.pk not in lines:
                lines[product.pk] = self._line(counter, product, day)
        return list(lines.values())

    def _line(self, counter: Counter, product: Product, day: date) -> LineDraft:
        quantity = Decimal(self.rng.choices((1, 2, 3), (88, 10, 2))[0] if product.list_price < 700 else 1)
        full = product.list_price * quantity
        off = to_fen(full * discount_of(day, product.season, self.rng) / 100)
        return LineDraft(
            product_id=product.pk,
            quantity=quantity,
            unit_price=product.list_price,
            net_amount=to_fen(full - off),
            discount_amount=off,
            counter_id=counter.pk,
            brand_id=product.brand_id,
            category_id=product.category_id,
        )

    def _draft(
        self, store: int, kind: str, at: datetime, lines: list[LineDraft], member: int | None, *, emall: bool = False
    ) -> ReceiptDraft:
        return ReceiptDraft(
            source="pos",
            document="",  # numbered when its day is over
            store_id=store,
            kind=kind,
            sold_at=at,
            lines=lines,
            member_id=member,
            channel=(Receipt.Channel.EMALL if emall else Receipt.Channel.TILL).value,
            till="" if emall else f"POS-{self.rng.randrange(1, 9):02d}",
            cashier="" if emall else self.rng.choice(CASHIERS),
        )

    def _comes_back(self, sale: ReceiptDraft) -> Event | None:
        """A few sales come back within two weeks, whole or in part; some are exchanged for another size."""
        fit = [line for line in sale.lines if self.goods[line.category_id] not in NEVER_BACK]
        chance = self.rng.random()
        if not fit or chance > (RETURN_SHARE + EXCHANGE_SHARE) * 1.6:
            return None
        day = sale.sold_on + timedelta(days=self.rng.randrange(1, 15))
        if day > self.last:
            return None
        at = moment_of(day, self.rng)
        line = self.rng.choice(fit)
        back = LineDraft(
            product_id=line.product_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            net_amount=line.net_amount,
            discount_amount=line.discount_amount,
            counter_id=line.counter_id,
            brand_id=line.brand_id,
            category_id=line.category_id,
            original_line_no=line.line_no,
        )
        if self.rng.random() < LOST_RECEIPT_SHARE:
            # The customer has no receipt and no card at hand: nothing says which sale comes back.
            back.original_line_no = None
            returned = self._draft(sale.store_id, RETURN, at, [back], None)
            returned.payments = (PaymentDraft(Payment.Tender.CASH.value, returned.net_amount),)
            return Event(at, [returned])
        returned = self._draft(sale.store_id, RETURN, at, [back], sale.member_id)
        returned.payments = (PaymentDraft(sale.payments[0].tender, returned.net_amount),)
        if chance > EXCHANGE_SHARE * 1.6:
            return Event(at, [returned], sale)
        return Event(at, [returned, self._exchanged(returned, back, at)], sale)

    def _exchanged(self, returned: ReceiptDraft, back: LineDraft, at: datetime) -> ReceiptDraft:
        others = [one for one in self.places.products[back.brand_id] if one.pk != back.product_id]
        product = self.rng.choice(others)
        line = LineDraft(
            product_id=product.pk,
            quantity=Decimal(1),
            unit_price=product.list_price,
            net_amount=to_fen(product.list_price),
            counter_id=back.counter_id,
            brand_id=product.brand_id,
            category_id=product.category_id,
        )
        sale = self._draft(returned.store_id, SALE, at, [line], returned.member_id)
        sale.exchange_for = returned
        sale.payments = (PaymentDraft(self._tender().value, sale.net_amount),)
        return sale
