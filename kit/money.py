"""Yuan are ``Decimal`` with two places; this is the one place where they are rounded."""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal("0.00")


def to_fen(amount: Decimal) -> Decimal:
    """Round an amount of yuan to the fen, half up (0.005 becomes 0.01, -0.005 becomes -0.01)."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """``amount × part / whole`` to the fen; the whole amount when the part is the whole."""
    if part == whole:
        return amount
    return to_fen(amount * part / whole)


def format_yuan(amount: Decimal | None) -> str:
    """``¥1,280.00``; negative amounts as ``-¥12.00``; an em dash for nothing known."""
    if amount is None:
        return "—"
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.2f}"
