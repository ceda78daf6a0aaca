from sales.models.figures import CounterHour, MemberStat, StoreHour
from sales.models.imports import ImportBatch, ImportPiece, StagedLine
from sales.models.receipts import Payment, Receipt, ReceiptLine, ReturnMatch, UnmatchedReturn

__all__ = [
    "CounterHour",
    "ImportBatch",
    "ImportPiece",
    "MemberStat",
    "Payment",
    "Receipt",
    "ReceiptLine",
    "ReturnMatch",
    "StagedLine",
    "StoreHour",
    "UnmatchedReturn",
]
