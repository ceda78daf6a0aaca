"""What the loyalty floor refuses, in words for the desk and the till."""

from django.utils.translation import gettext as _

from kit.errors import DomainError, NotFound


class NotEnoughPoints(DomainError):
    code = "not_enough_points"

    def __init__(self, *, available: int) -> None:
        super().__init__(_("Only %(points)s points are available.") % {"points": f"{available:,}"})
        self.available = available


class OverMonthlyLimit(NotEnoughPoints):
    """The household has the points, but this member may not spend so many of them this month."""

    code = "over_monthly_limit"

    def __init__(self, *, available: int, limit: int) -> None:
        super().__init__(available=available)
        self.args = (
            _(
                "Only %(points)s points are available: this member may spend %(limit)s of the household's points a month."
            )
            % {"points": f"{available:,}", "limit": f"{limit:,}"},
        )


class HoldHasEnded(DomainError):
    code = "hold_has_ended"

    def __init__(self) -> None:
        super().__init__(_("This hold has already been captured, released or has lapsed."))


class OutOfStock(DomainError):
    code = "out_of_stock"

    def __init__(self, *, left: int) -> None:
        super().__init__(_("Only %(left)s left in stock.") % {"left": left})


class RewardRefused(DomainError):
    code = "reward_refused"


class CouponRefused(DomainError):
    code = "coupon_refused"


class AlreadyDone(DomainError):
    code = "already_done"


class NoProgramme(DomainError):
    code = "no_programme"

    def __init__(self) -> None:
        super().__init__(_("No loyalty programme is in force on this day. Add a programme version first."))


class UnknownMember(NotFound):
    code = "unknown_member"

    def __init__(self) -> None:
        super().__init__(_("No member with this card, phone or number."))


class KeyReused(DomainError):
    code = "key_reused"

    def __init__(self) -> None:
        super().__init__(_("This idempotency key was used for a different request."))
