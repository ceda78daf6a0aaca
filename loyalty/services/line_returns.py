"""What returning one line would do: asked on the phone, before the member comes to the store."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError, NotFound
from kit.money import to_fen
from loyalty.models import EarnLine, PointsLot
from loyalty.services.desk_till import ReturnEffect, Returning, preview_return
from loyalty.services.rules import current_rules
from loyalty.services.till_inputs import ReturnedLine
from sales.models import Receipt, ReceiptLine
from sales.selectors.receipts import return_days

# Nothing is posted under this key: the preview is rolled back.
PREVIEW_KEY = "preview"


@dataclass(frozen=True, slots=True)
class LineReturn:
    """Whether a line may come back, and its effect. `effect` is None where nothing is left or posting would refuse."""

    receipt: Receipt
    line: ReceiptLine
    retained: Decimal
    until_on: date
    earned: EarnLine | None
    lot: PointsLot | None
    effect: ReturnEffect | None
    refusal: str
    debt_in_yuan: Decimal

    @property
    def days_left(self) -> int:
        """Days until the time to return ends; negative when it is over."""
        return (self.until_on - timezone.localdate()).days

    @property
    def spent(self) -> int:
        """Points of the line's own lot that were used already."""
        return self.lot.granted - self.lot.remaining if self.lot else 0


def line_return_of(receipt: Receipt, line_no: int) -> LineReturn:
    """The effect of returning all that is left of a line today, exactly as posting would have it. Nothing is kept."""
    named = {"sold_on": receipt.sold_on, "receipt_id": receipt.pk, "line_no": line_no}
    line = ReceiptLine.objects.filter(**named).select_related("product", "counter", "brand").first()
    if line is None:
        raise NotFound(_("There is no such line."))
    retained = line.quantity - line.returned_quantity
    effect, refusal = None, ""
    if retained > 0:
        try:
            effect = preview_return(
                Returning(PREVIEW_KEY, receipt.store_id, receipt, [ReturnedLine(line_no, retained)])
            )
        except DomainError as exc:
            refusal = str(exc)
    earned = EarnLine.objects.filter(**named).first()
    lot = PointsLot.objects.filter(pk=earned.lot_id).first() if earned and earned.lot_id else None
    per_yuan = current_rules().programme_at(timezone.now()).points_per_yuan_paid if effect else Decimal(0)
    return LineReturn(
        receipt=receipt,
        line=line,
        retained=retained,
        until_on=line.sold_on + timedelta(days=return_days(line.product.return_days)),
        earned=earned,
        lot=lot,
        effect=effect,
        refusal=refusal,
        debt_in_yuan=to_fen(Decimal(effect.owed) / per_yuan) if effect and effect.owed and per_yuan else Decimal(0),
    )
