"""What the pages about the pyramid show: all of it from the sums beside a picture, whatever its size."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum

from campaigns.models import Layer, Pyramid, PyramidMember, PyramidMove
from campaigns.models.pyramids import BUYERS
from kit.money import ZERO, to_fen

SCORES = (5, 4, 3, 2, 1)


@dataclass(frozen=True)
class Band:
    """Some members of a picture together: how many, what they bought, what it left the store."""

    key: object
    label: str
    members: int = 0
    receipts: int = 0
    spend: Decimal = ZERO
    profit: Decimal = ZERO
    lowest: Decimal | None = None
    highest: Decimal | None = None
    member_share: Decimal | None = None
    spend_share: Decimal | None = None
    profit_share: Decimal | None = None
    hint: str = ""
    is_buyer: bool = True

    @property
    def average(self) -> Decimal | None:
        """Net spend per member of the period."""
        return to_fen(self.spend / self.members) if self.members and self.is_buyer else None

    @property
    def basket(self) -> Decimal | None:
        return to_fen(self.spend / self.receipts) if self.receipts else None


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole and whole > 0 else None


def layers(picture: Pyramid) -> list[Band]:
    """The seven layers, highest first. Shares of members are of the buyers; the others stand outside the hundred."""
    sums = {
        row["layer"]: row
        for row in picture.cells.values("layer").annotate(
            n=Sum("members"), slips=Sum("receipts"), bought=Sum("spend"), left=Sum("profit"), least=Min("lowest"),
            most=Max("highest"),
        )
    }  # fmt: skip
    spend = sum((row["bought"] for row in sums.values()), ZERO)
    profit = sum((row["left"] for row in sums.values()), ZERO)
    bands = []
    for layer in Layer:
        row = sums.get(layer)
        if row is None:
            bands.append(Band(layer, str(layer.label), hint=layer.hint, is_buyer=layer in BUYERS))
            continue
        buys = layer in BUYERS
        bands.append(
            Band(
                layer, str(layer.label), row["n"], row["slips"], row["bought"], row["left"],
                row["least"] if buys else None, row["most"] if buys else None,
                _share(row["n"], picture.buyers) if buys else None,
                _share(row["bought"], spend) if buys else None, _share(row["left"], profit) if buys else None,
                layer.hint, buys,
            )
        )  # fmt: skip
    return bands


def grid(picture: Pyramid, *, across: str = "f", down: str = "r") -> list[tuple[int, list[Band]]]:
    """Buyers by two of the scores r, f and m: rows and columns from 5 to 1."""
    sums = {
        (row[down], row[across]): row
        for row in picture.cells.filter(r__isnull=False)
        .values(down, across)
        .annotate(n=Sum("members"), bought=Sum("spend"), slips=Sum("receipts"), left=Sum("profit"))
    }
    rows = []
    for one in SCORES:
        cells = []
        for other in SCORES:
            row = sums.get((one, other), {"n": 0, "slips": 0, "bought": ZERO, "left": ZERO})
            label = f"{down.upper()}{one} {across.upper()}{other}"
            share = _share(row["n"], picture.buyers)
            cells.append(
                Band((one, other), label, row["n"], row["slips"], row["bought"], row["left"], member_share=share)
            )
        rows.append((one, cells))
    return rows


def by_discount(picture: Pyramid) -> list[Band]:
    """Buyers by the tenth of their spend that was bought at a discount, from none to all of it."""
    rows = {
        row["tenth"]: row
        for row in picture.cells.filter(tenth__isnull=False)
        .values("tenth")
        .annotate(n=Sum("members"), slips=Sum("receipts"), bought=Sum("spend"), left=Sum("profit"))
    }
    spend = sum((row["bought"] for row in rows.values()), ZERO)
    profit = sum((row["left"] for row in rows.values()), ZERO)
    return [
        Band(
            tenth, f"{tenth * 10} %" if tenth in (0, 10) else f"{tenth * 10} – {tenth * 10 + 9} %",
            row["n"], row["slips"], row["bought"], row["left"],
            member_share=_share(row["n"], picture.buyers), spend_share=_share(row["bought"], spend),
            profit_share=_share(row["left"], profit),
        )
        for tenth in range(11)
        if (row := rows.get(tenth))
    ]  # fmt: skip


def transaction_tenth(picture: Pyramid) -> int:
    """From this tenth of discounted spend on a buyer counts as a transaction customer."""
    return int(picture.scheme.transaction_share * 10)


def customer_kinds(picture: Pyramid) -> tuple[Band, Band]:
    """Transaction customers, who buy at a discount or not at all, and relationship customers."""
    line = transaction_tenth(picture)
    bands = by_discount(picture)

    def together(key: str, chosen: list[Band]) -> Band:
        totals = {
            name: sum((getattr(one, name) for one in chosen), ZERO if name in ("spend", "profit") else 0)
            for name in ("members", "receipts", "spend", "profit")
        }
        return Band(
            key, "", **totals,
            member_share=_share(totals["members"], picture.buyers),
            spend_share=_share(totals["spend"], sum((one.spend for one in bands), ZERO)),
            profit_share=_share(totals["profit"], sum((one.profit for one in bands), ZERO)),
        )  # fmt: skip

    return (
        together("transaction", [one for one in bands if one.key >= line]),
        together("relationship", [one for one in bands if one.key < line]),
    )


@dataclass(frozen=True)
class Movement:
    """A cell of the matrix: from a layer (down) to a layer (across)."""

    from_layer: Layer | None
    to_layer: Layer | None
    members: int
    spend_before: Decimal
    spend_after: Decimal
    share: Decimal | None

    @property
    def way(self) -> str:
        """up, down, quiet (still in sight but buying no more) or stays."""
        if self.from_layer is None or self.to_layer is None or self.from_layer == self.to_layer:
            return "stays"
        if self.from_layer in BUYERS and self.to_layer not in BUYERS:
            return "quiet"
        return "up" if self.to_layer < self.from_layer else "down"


STANDING = [layer for layer in Layer if layer != Layer.ONLOOKER]


def matrix(before: Pyramid, after: Pyramid) -> list[tuple[Layer | None, int, list[Movement]]]:
    """Where the members of each earlier layer stand now; the last row: who was no member then. Shares are of the row."""
    found = {(one.from_layer, one.to_layer): one for one in PyramidMove.objects.filter(before=before, after=after)}
    rows = []
    for origin in [*STANDING, None]:
        total = sum(one.members for (source, _target), one in found.items() if source == origin)
        cells = []
        for target in STANDING:
            one = found.get((origin, target))
            cells.append(
                Movement(
                    origin, target, one.members if one else 0, one.spend_before if one else ZERO,
                    one.spend_after if one else ZERO, _share(one.members, total) if one else None,
                )
            )  # fmt: skip
        rows.append((origin, total, cells))
    return rows


def compared_with(picture: Pyramid) -> list[Pyramid]:
    """The earlier pictures this one was compared with, the latest first."""
    chosen = PyramidMove.objects.filter(after=picture).values("before_id")
    return list(Pyramid.objects.filter(pk__in=chosen).order_by("-as_of_on"))


def standing_of(member_id: int, *, most: int = 6) -> list[PyramidMember]:
    """How a member stood in the chain's last pictures, the latest first."""
    latest = list(Pyramid.objects.filter(store=None).order_by("-as_of_on").values_list("pk", flat=True)[:most])
    rows = PyramidMember.objects.filter(pyramid__in=latest, member_id=member_id).select_related("pyramid__scheme")
    return sorted(rows, key=lambda row: row.pyramid.as_of_on, reverse=True)


def members_behind(picture: Pyramid, chosen: dict[str, object]) -> QuerySet[PyramidMember]:
    """The members of a cell. Any of: `layer`, `r`, `f`, `m` (scores), `least` (net spend), `kind` (transaction or
    relationship), `before` (an earlier picture) with `was` (the layer there; 0: no member then)."""
    rows = PyramidMember.objects.filter(pyramid=picture).select_related("member")
    for name in ("layer", "r", "f", "m"):
        if (value := chosen.get(name)) is not None:
            rows = rows.filter(**{name: value})
    if (least := chosen.get("least")) is not None:
        rows = rows.filter(rank__isnull=False, spend__gte=least)
    if kind := chosen.get("kind"):
        is_transaction = Q(discounted__gte=F("spend") * picture.scheme.transaction_share)
        rows = rows.filter(rank__isnull=False).filter(is_transaction if kind == "transaction" else ~is_transaction)
    before = chosen.get("before")
    if before is not None and (was := chosen.get("was")) is not None:
        earlier = PyramidMember.objects.filter(pyramid=before, member_id=OuterRef("member_id"))
        rows = rows.filter(Exists(earlier.filter(layer=was)) if was else ~Exists(earlier))
    return rows
