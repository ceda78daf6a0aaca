"""What the page of one contract shows, in a handful of queries."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.money import ZERO
from suppliers.models import Contract, ContractVersion, DepositEntry, FeeCharge, FeeTerm, RateRule, Settlement
from suppliers.selectors.history import Deed, history_of
from suppliers.selectors.outlook import BurnDown, burn_down
from suppliers.settling.fees import Deposit
from suppliers.settling.spans import add_months
from suppliers.settling.words import percent, yuan
from workflow.models import ApprovalRequest
from workflow.services.requests import last_request_of

Status = ContractVersion.Status


@dataclass(frozen=True)
class ContractPage:
    versions: list[ContractVersion]
    current: ContractVersion | None
    open: ContractVersion | None
    approval: ApprovalRequest | None
    shown: ContractVersion | None
    words: list[tuple[str, str]]
    counters: list[Any]
    charges: list[FeeCharge]
    deposits: list[DepositEntry]
    deposit: Deposit
    targets: list[Any]
    documents: list[Any]
    settlements: list[Settlement]
    burn: BurnDown | None
    notice_on: date
    history: list[Deed]


def contract_page(contract: Contract, today: date | None = None) -> ContractPage:
    """Everything about one contract. While a version is being prepared, its comparison takes the place of the history."""
    today = today or timezone.localdate()
    versions = list(
        contract.versions.order_by("-number").prefetch_related(
            Prefetch("rates", RateRule.objects.select_related("category", "brand")),
            "tiers",
            "months",
            Prefetch("fees", FeeTerm.objects.select_related("fee_type")),
        )
    )
    current = version_in_force(versions, today)
    waiting = next((row for row in versions if row.status in (Status.DRAFT, Status.SUBMITTED, Status.APPROVED)), None)
    shown = current or waiting or (versions[0] if versions else None)
    places = list(contract.counters.select_related("counter__floor", "counter__brand").order_by("counter__code"))
    targets = list(contract.targets.all())
    entries = list(contract.deposits.all())
    return ContractPage(
        versions=versions,
        current=current,
        open=waiting,
        approval=last_request_of(waiting) if waiting and waiting.status != Status.DRAFT else None,
        shown=shown,
        words=terms_in_words(shown) if shown else [],
        counters=places,
        charges=list(contract.charges.select_related("fee_type", "settlement")[:30]),
        deposits=entries,
        deposit=_deposit(entries, shown),
        targets=targets,
        documents=list(contract.documents.all()),
        settlements=list(contract.settlements.all()[:13]),
        burn=_burn(contract, current, today, places, targets),
        notice_on=notice_day(contract),
        history=[] if waiting else history_of(contract, versions),
    )


def _burn(
    contract: Contract, version: ContractVersion | None, today: date, places: list[Any], targets: list[Any]
) -> BurnDown | None:
    if contract.state != Contract.State.ACTIVE:
        return None
    counters = [row.counter_id for row in places]
    return burn_down(contract, version, today, counters=counters, targets={row.month_on: row.sales for row in targets})


def burn_down_of_counter(contracts: QuerySet[Contract], counter_id: int, today: date | None = None) -> BurnDown | None:
    """The burn-down of the signed contract that has a counter today, of all its counters together."""
    today = today or timezone.localdate()
    contract = contracts.filter(
        counters__counter=counter_id,
        counters__is_signed=True,
        counters__from_on__lte=today,
        counters__until_on__gte=today,
    ).first()
    if contract is None:
        return None
    signed = contract.versions.filter(status=Status.SIGNED).prefetch_related("rates", "tiers", "months")
    return burn_down(contract, version_in_force(list(signed), today), today)


def notice_day(contract: Contract) -> date:
    """The last day on which notice can be given, or a renewal asked for."""
    return add_months(contract.ends_on, -contract.notice_months)


def version_in_force(versions: list[ContractVersion], day: date) -> ContractVersion | None:
    """The signed version of a day; before the first day the first one, after the end the last one."""
    signed = sorted(
        (row for row in versions if row.status == Status.SIGNED and row.until_on >= row.effective_on),
        key=lambda row: row.effective_on,
    )
    inside = [row for row in signed if row.effective_on <= day]
    return inside[-1] if inside else (signed[0] if signed else None)


def _deposit(entries: list[DepositEntry], version: ContractVersion | None) -> Deposit:
    sums = {kind: sum((row.amount for row in entries if row.kind == kind), ZERO) for kind in DepositEntry.Kind.values}
    return Deposit(
        required=version.deposit_required if version else Decimal(0),
        paid=sums[DepositEntry.Kind.PAID],
        deducted=sums[DepositEntry.Kind.DEDUCTED] + sums[DepositEntry.Kind.REFUNDED],
        topped_up=sums[DepositEntry.Kind.TOPPED_UP],
    )


def terms_in_words(version: ContractVersion) -> list[tuple[str, str]]:
    """The terms of a version as pairs of heading and sentence: for the page and for the printed contract."""
    found = [(_("Charged by"), _charged(version))]
    found += [(_("From %(lower)s a month") % {"lower": yuan(row.lower)}, _tier(row)) for row in version.tiers.all()]
    found += [(_goods(row), _rate_words(row)) for row in version.rates.all()]
    found += _guarantee(version)
    if version.cap is not None:
        found.append((_("Most commission a month"), yuan(version.cap)))
    found += [(row.fee_type.label, _fee(row)) for row in version.fees.all()]
    if version.deposit_required:
        found.append(
            (
                _("Deposit"),
                _("%(amount)s without interest, refunded %(months)s months after leaving")
                % {"amount": yuan(version.deposit_required), "months": version.deposit_refund_months},
            )
        )
    found.append((_("VAT rate"), percent(version.vat_rate)))
    found.append(
        (
            _("Negative balance"),
            _("goes to the next settlement")
            if version.carries_negative
            else _("paid by the supplier within 14 days of written notice"),
        )
    )
    found.append(
        (
            _("Missed months"),
            _("%(move)s: the counter may be moved; %(end)s: the contract may be ended")
            % {"move": version.move_after, "end": version.end_after},
        )
    )
    found.append((_("Leaving early"), _("%(months)s months of the highest turnover") % {"months": version.exit_months}))
    return found


def _charged(version: ContractVersion) -> str:
    rate = percent(version.base_rate)
    match version.mode:
        case ContractVersion.Mode.RENT:
            point = _("rent ÷ rate") if version.breakpoint is None else yuan(version.breakpoint)
            return _("base rent of %(rent)s a month and %(rate)s of sales above the breakpoint (%(point)s)") % {
                "rent": yuan(version.rent),
                "rate": rate,
                "point": point,
            }
        case ContractVersion.Mode.RATE:
            return _("%(rate)s of sales, tax included") % {"rate": rate}
    return version.get_mode_display()


def _tier(row: Any) -> str:
    return f"{percent(row.rate)} + {yuan(row.fixed)}" if row.fixed else percent(row.rate)


def _goods(row: Any) -> str:
    names = [one.label for one in (row.category, row.brand) if one]
    names += [_("%(count)s products") % {"count": len(row.products)}] if row.products else []
    return " · ".join(names)


def _rate_words(row: Any) -> str:
    text = _("commission %(rate)s") % {"rate": percent(row.rate)}
    return f"{text} ({row.from_on or ''} – {row.until_on or ''})" if row.from_on or row.until_on else text


def _guarantee(version: ContractVersion) -> list[tuple[str, str]]:
    if version.guarantee == ContractVersion.Guarantee.NONE:
        return []
    found = [
        (
            version.get_guarantee_display(),
            _("%(amount)s a month; %(horizon)s")
            % {"amount": yuan(version.guaranteed), "horizon": version.get_horizon_display()},
        )
    ]
    found += [
        (_("Guarantee of month %(month)s") % {"month": row.month}, yuan(row.guaranteed)) for row in version.months.all()
    ]
    if version.guarantee == ContractVersion.Guarantee.SALES and version.promotion_share < 1:
        found.append((_("Promotion sales count up to"), percent(version.promotion_share)))
    if version.excess != ContractVersion.Excess.NONE:
        found.append((version.get_excess_display(), percent(version.excess_rate)))
    return found


def _fee(row: Any) -> str:
    text = _("%(amount)s %(recurrence)s, invoiced %(payment)s") % {
        "amount": yuan(row.amount),
        "recurrence": row.get_recurrence_display(),
        "payment": row.get_payment_display(),
    }
    return f"{text}({row.service_item}:{row.service_content})" if row.service_item else text


def ends_soon(contract: Contract, today: date) -> bool:
    return contract.state == Contract.State.ACTIVE and today >= notice_day(contract) - timedelta(days=60)
