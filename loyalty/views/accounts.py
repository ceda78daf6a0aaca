"""A member's points: the ledger with lots, debts, holds and stars; why a receipt earned what it earned."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from kit.lists import Export, listing
from kit.workbooks import Column
from loyalty import access
from loyalty.filters import LedgerFilter
from loyalty.models import PointsTxn, TierPeriod
from loyalty.selectors import holdings, ledger, pooled
from loyalty.services.explaining import effects_of, why_points, why_star
from loyalty.services.rules import current_rules
from loyalty.services.standing import standing_of
from staff.access import needs

LOTS = 12
EXPORT = Export(
    "points",
    [
        Column(lazy("Happened at"), "business_at", 18),
        Column(lazy("Kind"), lambda txn: txn.get_kind_display(), 14),
        Column(lazy("Receipt number"), lambda txn: txn.receipt.document if txn.receipt else "", 22),
        Column(lazy("Reason"), "reason", 30),
        Column(lazy("Points"), lambda txn: sum(effects_of([txn])[txn.pk].values()), 12),
    ],
)


@login_required
@require_safe
@needs("loyalty.view_account")
def account_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole account of a member; the ledger below is a list like every other."""
    member = access.member_in_scope(request.user, pk)
    if member.pk != pk:
        return redirect("loyalty:account_detail", member.pk)
    account = holdings.account_of(member)
    rules = current_rules()

    def dressed(rows: list[PointsTxn]) -> list[PointsTxn]:
        effects = effects_of(rows)
        beside = pooled.beside_moves(request.user, rows)
        for txn in rows:
            txn.beside = beside.get(txn.pk, ())
            legs = effects[txn.pk]
            txn.effect, txn.legs = sum(legs.values()), legs
        return rows

    context: dict[str, object] = {"member": member, "account": account}
    if not request.htmx:
        context |= {"standing": standing_of(account, rules)}
        if account:
            basis = rules.schemes[-1].basis if rules.schemes else ""
            context |= {
                "points": holdings.points_of(account),
                "shared": pooled.shared_points(member),
                "lots": (lots := ledger.open_lots(account, LOTS + 1))[:LOTS],
                "more_lots": len(lots) > LOTS,
                "debts": ledger.open_debts(account),
                "holds": ledger.open_holds(account),
                "stars": [_star(period, basis) for period in ledger.stars_of(account)],
            }
    return listing(
        request,
        ledger.ledger_of(account),
        filterset=LedgerFilter,
        template="loyalty/account_detail.html",
        orderings={"newest": ("-pk",)},
        per_page=25,
        context=context,
        export=EXPORT,
        prepare=dressed,
    )


def _star(period: TierPeriod, basis: str) -> TierPeriod:
    """A period with its reason in words and its last day."""
    end = period.ended_on or period.until_on
    period.sentence = why_star(period, basis)
    period.last_on = end - timedelta(days=1) if end else None
    period.can_end = period.why == TierPeriod.Why.GRANTED and (end is None or end > timezone.localdate())
    return period


@login_required
@require_safe
@needs("loyalty.view_account")
def receipt_points(request: HttpRequest, pk: int) -> HttpResponse:
    """Per line: the amount that earns, the rate, the rules by name, the cap, what came back since."""
    receipt = access.receipt_with_points(request.user, pk)
    context = {"receipt": receipt, "member": receipt.member, "reason": why_points(receipt, current_rules())}
    return render(request, "loyalty/receipt_points.html", context)
