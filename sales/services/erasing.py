"""What stays of a member's purchases when the member is erased."""

from members.services.erasing import rows_gone, stays


def register_policies() -> None:
    """Receipts are books: kept as the law wants, they name nobody once the member has no name."""
    rows_gone("sales.MemberStat", "member")
    stays("sales.Receipt", "books: the receipt stays with the number of a member who has no name any more")
    stays("sales.ReceiptLine", "books: goods and amounts")
    stays("sales.UnmatchedReturn", "books: a return still to be matched")
    stays("sales.Payment", "books: the reference is the payment provider's")
