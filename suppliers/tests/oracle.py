"""A second settlement, naive and day by day, that shares no code with the first: only its vocabulary of terms.

It walks through every day of every month, asks for each sold line which price of commission holds, and knows guarantee,
tiers and rent as the formulas of the reference say them.
"""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

FEN = Decimal("0.01")


def fen(value):
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    return value.quantize(FEN, rounding=ROUND_HALF_UP)


class Oracle:
    """Bills period after period and remembers what it billed."""

    def __init__(self, versions, promotions=()):
        self.versions = versions
        self.promotions = promotions
        self.purses = {}

    def bill(self, first, last, sold):
        """The commission of a period."""
        days, day = {}, first
        while day <= last:
            terms = self.version_on(day)
            if terms is not None:
                days.setdefault((terms.key, self.year_of(terms, day)), []).append(day)
            day += timedelta(days=1)
        return sum((self.bill_part(key, days[key], sold) for key in days), Decimal(0))

    def version_on(self, day):
        found = [one for one in self.versions if one.from_on <= day <= (one.until_on or date.max)]
        return found[0] if found else None

    def year_of(self, terms, day):
        return day.year if day.month >= terms.year_month else day.year - 1

    def bill_part(self, key, days, sold):
        terms = self.version_on(days[0])
        mine = [one for one in sold if one.on in set(days)]
        now = self.month_purse(terms, days, mine)
        if terms.horizon == "monthly":
            return self.worth(terms, now, True)
        before = self.purses.get(key, {"groups": {}, "days": [], "billed": Decimal(0)})
        so_far = self.month_purse(terms, before["days"] + days, ())
        for groups in (before["groups"], now["groups"]):
            for group, amount in groups.items():
                so_far["groups"][group] = so_far["groups"].get(group, Decimal(0)) + amount
        bill = self.worth(terms, now, guaranteed=terms.horizon == "year_end_refund")
        after = days[-1] + timedelta(days=1)
        ends = self.version_on(after) is not terms or self.year_of(terms, after) != key[1]
        if terms.horizon == "cumulative" or ends:
            bill = self.worth(terms, so_far, True) - before["billed"]
        self.purses[key] = {**so_far, "days": before["days"] + days, "billed": before["billed"] + bill}
        return bill

    def month_purse(self, terms, days, sold):
        groups = {}
        for one in sold:
            group = self.group_of(terms, one)
            groups[group] = groups.get(group, Decimal(0)) + one.amount
        return {"groups": groups, "days": days}

    def group_of(self, terms, one):
        for kind, rules in (("promotion", self.promotions), ("goods", terms.rates)):
            for rule in rules:
                out = (rule.from_on and one.on < rule.from_on) or (rule.until_on and one.on > rule.until_on)
                other = (rule.products and one.product_id not in rule.products) or (
                    rule.categories and one.category_id not in rule.categories
                )
                if not out and not other:
                    return kind, rule.key, rule.rate
        return "base", "", terms.base_rate

    def worth(self, terms, purse, guaranteed):
        """Rates, tiers or rent of the purse; then what was guaranteed."""
        months = sum((Fraction(1, monthrange(day.year, day.month)[1]) for day in purse["days"]), Fraction(0))
        floor = sum(
            (
                Fraction(dict(terms.guaranteed_by_month).get(day.month, terms.guaranteed))
                / monthrange(day.year, day.month)[1]
                for day in purse["days"]
            ),
            Fraction(0),
        )
        floor = fen(floor)
        base = sum((amount for (kind, _key, _rate), amount in purse["groups"].items() if kind == "base"), Decimal(0))
        goods = sum((amount for (kind, _key, _rate), amount in purse["groups"].items() if kind == "goods"), Decimal(0))
        promoted = sum(purse["groups"].values(), Decimal(0)) - base - goods
        others = sum(
            (fen(amount * rate) for (kind, _key, rate), amount in purse["groups"].items() if kind != "base"), Decimal(0)
        )
        counted = base + goods + min(promoted, fen(terms.promotion_share * floor))
        missing = max(Decimal(0), floor - counted)
        worth = others + self.base_worth(terms, base, months, counted - floor if guaranteed else Decimal(-1))
        if guaranteed and terms.guarantee == "sales":
            if terms.mode in ("marginal", "whole"):
                worth = others + self.base_worth(terms, base + missing, months, Decimal(-1))
            else:
                worth += fen(missing * terms.base_rate)
        if guaranteed and terms.guarantee == "margin":
            worth = max(worth, floor)
        if guaranteed and terms.cap is not None:
            worth = min(worth, fen(Fraction(terms.cap) * months))
        return worth

    def base_worth(self, terms, base, months, above):
        if terms.mode == "rent":
            rent = fen(Fraction(terms.rent) * months)
            if terms.breakpoint is None:
                return max(rent, fen(base * terms.base_rate))
            over = Fraction(base) - Fraction(terms.breakpoint) * months
            return rent + (fen(over * Fraction(terms.base_rate)) if over > 0 else Decimal(0))
        if terms.mode == "whole":
            rate, fixed = terms.tiers[0].rate, Decimal(0)
            for tier in terms.tiers:
                if base >= Fraction(tier.lower) * months:
                    rate, fixed = tier.rate, tier.fixed
            return fen(base * rate + fixed)
        if terms.mode == "marginal":
            # Climb down: what lies above a bound is charged at its rate, then cut off.
            left, worth = Fraction(base), Fraction(0)
            for tier in reversed(terms.tiers):
                bound = Fraction(tier.lower) * months
                if left > bound:
                    worth += (left - bound) * Fraction(tier.rate) + Fraction(tier.fixed)
                    left = bound
            if base <= Fraction(terms.tiers[0].lower) * months:
                worth = Fraction(base) * Fraction(terms.tiers[0].rate)
            return fen(worth)
        if terms.excess != "none" and above > 0 and base > 0:
            over = min(above, base)
            if terms.excess == "all":
                return fen(base * terms.excess_rate)
            return fen((base - over) * terms.base_rate) + fen(over * terms.excess_rate)
        return fen(base * terms.base_rate)
