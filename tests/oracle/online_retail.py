"""What the `online-retail` import must come to, computed a second time, one receipt after the other.

Plain loops over plain objects, no cleverness: this file is read to settle what the rules mean, and the product's
set-wise import is compared with it, member by member and return line by return line.

    python -m tests.oracle.online_retail FILE --as-of 2011-12-10 [--member NO]
"""

import argparse
import csv
import gzip
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
SERVICE_CODES = {
    "POST", "DOT", "M", "m", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS", "C2", "B",
}  # fmt: skip
SERVICE_PREFIX = "gift_"
WINDOW_DAYS = 365
THRESHOLDS = {5: Decimal(10000), 4: Decimal(2000)}
LOWEST = 3

BAD_DEBT = "bad-debt booking"
STOCK = "stock adjustment"


@dataclass
class Line:
    file_line: int  # 1 is the header, as an editor counts
    invoice: str
    code: str
    quantity: int  # negative on a return
    time: datetime
    price: Decimal
    member: str  # "" for an anonymous line
    index: int = 0  # 1, 2, 3 … over the accepted lines of its invoice
    amount: Decimal = Decimal(0)
    retained: int = 0  # of a sale line: the quantity not returned
    sold_at: datetime | None = None  # the time of the receipt, not of the line

    @property
    def earns(self):
        service = self.code in SERVICE_CODES or self.code.startswith(SERVICE_PREFIX)
        return not service and self.price != 0

    @property
    def retained_amount(self):
        return money(self.amount * self.retained / self.quantity)

    @property
    def points(self):
        return int(self.retained_amount) if self.earns else 0


@dataclass
class Member:
    points: int = 0
    stars: int = LOWEST
    net_spend: Decimal = Decimal(0)
    held_to: int = 0  # the year through whose end the stars are held


@dataclass
class Rejected:
    file_line: int
    invoice: str
    reason: str
    time: datetime


@dataclass
class Unmatched:
    file_line: int
    invoice: str
    code: str
    member: str
    quantity: int  # returned, positive
    missing: int  # of which no sale was found


@dataclass
class Figures:
    as_of: date
    # Of the whole file, whatever as_of says.
    lines: int = 0
    lines_without_member: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    # As they stood at the end of as_of.
    sales: int = 0
    returns: int = 0
    return_lines: int = 0
    matched_wholly: int = 0
    points: int = 0
    net_spend: Decimal = Decimal(0)  # of members
    anonymous_net_spend: Decimal = Decimal(0)
    members: dict[str, Member] = field(default_factory=dict)
    # file line of the return line -> [(sale invoice, line index on it, quantity)], newest first; [] if none
    matches: dict[int, list[tuple[str, int, int]]] = field(default_factory=dict)
    unmatched: list[Unmatched] = field(default_factory=list)
    # (invoice, line index) -> file line, to compare whichever way lines are named
    file_line: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def stars(self):
        return Counter(m.stars for m in self.members.values())

    def totals(self):
        return {
            "as_of": self.as_of.isoformat(),
            "lines": self.lines,
            "lines_without_member": self.lines_without_member,
            "lines_rejected": len(self.rejected),
            "sales": self.sales,
            "returns": self.returns,
            "members": len(self.members),
            "net_spend": str(self.net_spend),
            "points": self.points,
            "stars": {str(n): self.stars[n] for n in (3, 4, 5)},
            "return_lines_matched": self.matched_wholly,
            "return_lines_unmatched": len(self.unmatched),
        }


def money(value):
    """Half-up to 0.01, away from zero for negative amounts."""
    return value.quantize(CENT, ROUND_HALF_UP)


def read(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as f:
        for number, row in enumerate(csv.DictReader(f), start=2):
            yield Line(
                file_line=number,
                invoice=row["InvoiceNo"],
                code=row["StockCode"],
                quantity=int(row["Quantity"]),
                time=datetime.fromisoformat(row["InvoiceDate"]),
                price=Decimal(row["UnitPrice"]),
                member=row["CustomerID"].removesuffix(".0"),
            )


def figures(path, as_of, *, renew=True):
    """Everything as it stood at the end of the day `as_of`.

    `renew`: a test passed again while the stars are held moves the end of the hold (to the end of the year after);
    without it only the review does. The file cannot tell before 2012.
    """
    result = Figures(as_of)

    receipts = {}  # invoice -> its lines, in the order of the file
    for line in read(path):
        result.lines += 1
        if not line.member:
            result.lines_without_member += 1
        if line.invoice.startswith("A"):
            result.rejected.append(Rejected(line.file_line, line.invoice, BAD_DEBT, line.time))
        elif line.quantity < 0 and not line.invoice.startswith("C"):
            result.rejected.append(Rejected(line.file_line, line.invoice, STOCK, line.time))
        else:
            lines = receipts.setdefault(line.invoice, [])
            lines.append(line)
            line.index = len(lines)
            line.sold_at = lines[0].time
            line.amount = money(line.quantity * line.price)
            result.file_line[line.invoice, line.index] = line.file_line

    # sorted() is stable: receipts of one minute stay in the order of the file.
    queue = sorted(receipts.values(), key=lambda lines: lines[0].time)
    sold = {}  # member -> sale lines, oldest first
    year = None
    for lines in queue:
        at, member = lines[0].time, lines[0].member
        if at.date() > as_of:
            break
        if year is not None:
            for new_year in range(year + 1, at.year + 1):
                review(result.members, sold, new_year)
        year = at.year
        if member:
            result.members.setdefault(member, Member())
            result.members[member].net_spend += sum(line.amount for line in lines)
        else:
            result.anonymous_net_spend += sum(line.amount for line in lines)
        if lines[0].invoice.startswith("C"):
            result.returns += 1
            for line in lines:
                take_back(result, line, sold.get(member, []) if member else [])
        else:
            result.sales += 1
            for line in lines:
                line.retained = line.quantity
            if member:
                sold.setdefault(member, []).extend(lines)
                test(result.members[member], sold[member], at.date(), renew)
    for new_year in range((year or as_of.year) + 1, as_of.year + 1):
        review(result.members, sold, new_year)

    for member, lines in sold.items():
        # Earned in 2010, good through 2011, gone at 2012-01-01 00:00.
        result.members[member].points = sum(x.points for x in lines if x.sold_at.year + 2 > as_of.year)
    result.points = sum(m.points for m in result.members.values())
    result.net_spend = sum((m.net_spend for m in result.members.values()), Decimal(0))
    return result


def take_back(result, back, candidates):
    """Match a return line to the member's lines of the same product posted before it, newest first."""
    missing = -back.quantity
    found = []
    for line in reversed(candidates):
        if line.code != back.code or line.retained == 0 or missing == 0:
            continue
        if line.earns and line.sold_at.year + 2 <= back.sold_at.year:
            raise NotImplementedError(f"line {back.file_line}: return of a line whose points have expired")
        quantity = min(missing, line.retained)
        line.retained -= quantity
        missing -= quantity
        found.append((line.invoice, line.index, quantity))
    result.return_lines += 1
    result.matches[back.file_line] = found
    if missing:
        result.unmatched.append(
            Unmatched(back.file_line, back.invoice, back.code, back.member, -back.quantity, missing)
        )
    else:
        result.matched_wholly += 1


def qualifying(lines, day):
    """Retained amounts, as known now, of the earning lines sold on the 365 days that end with `day`."""
    after = day - timedelta(days=WINDOW_DAYS)
    return sum((x.retained_amount for x in lines if x.earns and after < x.sold_at.date() <= day), Decimal(0))


def test(member, lines, day, renew):
    """After a sale: up at once, never down."""
    spend = qualifying(lines, day)
    reached = next((stars for stars, least in THRESHOLDS.items() if spend >= least), LOWEST)
    if reached > member.stars or (renew and reached == member.stars > LOWEST):
        member.stars = reached
        member.held_to = day.year + 1


def review(members, sold, new_year):
    """At the turn of the year, for those whose hold has ended: keep the stars, or one level down, for a year."""
    for number, member in members.items():
        if member.stars > LOWEST and member.held_to < new_year:
            if qualifying(sold[number], date(new_year - 1, 12, 31)) < THRESHOLDS[member.stars]:
                member.stars -= 1
            member.held_to = new_year


test.__test__ = False  # no test case, whatever pytest thinks of its name


def main():
    parser = argparse.ArgumentParser(description="What the online-retail import must come to.")
    parser.add_argument("file")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--member")
    args = parser.parse_args()
    result = figures(args.file, args.as_of)
    if args.member:
        m = result.members[args.member]
        out = {"member": args.member, "points": m.points, "stars": m.stars, "net_spend": str(m.net_spend)}
    else:
        out = result.totals()
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
