"""What the sales floor refuses, in words for the till."""

from django.utils.translation import gettext as _

from kit.errors import DomainError
from kit.tables import FileRefused

__all__ = ["FileRefused", "ImportRefused", "OriginalNotFound", "ReceiptRefused", "ReturnExceedsSale"]


class ReceiptRefused(DomainError):
    """A receipt that cannot be posted; ``document`` says which of a batch."""

    code = "receipt_refused"

    def __init__(self, message: str, *, document: str) -> None:
        super().__init__(message)
        self.document = document


class ReturnExceedsSale(ReceiptRefused):
    code = "return_exceeds_sale"

    def __init__(self, *, document: str, line_no: int, left: str) -> None:
        super().__init__(
            _("Line %(line)s: only %(left)s left to return.") % {"line": line_no, "left": left},
            document=document,
        )


class OriginalNotFound(ReceiptRefused):
    code = "original_not_found"

    def __init__(self, *, document: str) -> None:
        super().__init__(
            _("The original receipt or its line was not found. Check the receipt number."),
            document=document,
        )


class ImportRefused(DomainError):
    """An import that cannot do what was asked now."""

    code = "import_refused"
