"""Fees of contracts: refused when banned, raised once per term and period, single ones agreed by approval."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from suppliers.exceptions import FeeBanned, WrongState
from suppliers.locks import lock_charge, lock_contract, lock_contracts
from suppliers.models import Contract, ContractVersion, FeeCharge, FeeTerm, FeeType
from suppliers.services.receivables import follow_charges
from suppliers.settling import fees
from suppliers.settling.words import ban_reason
from workflow.services.requests import submit


def claim_of(
    fee_type: FeeType,
    amount: Decimal,
    *,
    service: fees.Service | None = None,
    has_national_barcode: bool = False,
    cost: Decimal | None = None,
    own_area: bool = False,
) -> fees.FeeClaim:
    return fees.FeeClaim(fees.Nature(fee_type.nature), amount, service, has_national_barcode, cost, own_area)


def claim_of_term(term: FeeTerm, version: ContractVersion) -> fees.FeeClaim:
    """What the ban depends on for a fee of a contract."""
    service = fees.Service(
        term.service_item,
        term.service_content,
        term.from_on or version.effective_on,
        term.until_on or version.until_on,
        term.consented,
    )
    return claim_of(
        term.fee_type,
        term.amount,
        service=service,
        has_national_barcode=term.has_national_barcode,
        cost=term.cost,
        own_area=term.own_area,
    )


def require_allowed(claim: fees.FeeClaim, label: str) -> None:
    """Refuse a fee the regulation bans, with its reason."""
    if reason := fees.banned(claim):
        raise FeeBanned(f"{label}: {ban_reason(reason)}")


def raise_charges(*, contract_ids: Iterable[int], until: date) -> int:
    """Charge every period of every fee that is invoiced up to a day and not charged yet. A second call adds nothing.

    Amendments carry a fee's series on: a period that was charged under the old terms is not charged under the new ones.
    """
    ids = list(contract_ids)
    rows = FeeTerm.objects.filter(
        version__contract__in=ids, version__status=ContractVersion.Status.SIGNED
    ).select_related("version__contract", "fee_type")
    terms: dict[object, list[FeeTerm]] = defaultdict(list)
    for row in rows.order_by("version__effective_on", "pk"):
        terms[row.series].append(row)
    covered: dict[object, date] = {}
    for series, last in FeeCharge.objects.filter(contract__in=ids, series__isnull=False).values_list(
        "series", "period_last"
    ):
        covered[series] = max(covered.get(series, last), last)
    due = [charge for series, versions in terms.items() for charge in _charges_of(versions, covered.get(series), until)]
    before = FeeCharge.objects.filter(contract__in=ids).count()
    FeeCharge.objects.bulk_create(due, batch_size=1000, ignore_conflicts=True)
    follow_charges(FeeCharge.objects.filter(contract__in=ids, state=FeeCharge.State.OPEN))
    return FeeCharge.objects.filter(contract__in=ids).count() - before


def _charges_of(versions: list[FeeTerm], covered: date | None, until: date) -> list[FeeCharge]:
    found = []
    for row in versions:
        version, contract = row.version, row.version.contract
        begin = max(row.from_on or version.effective_on, version.effective_on, contract.settled_from_on)
        if covered is not None:
            begin = max(begin, covered + timedelta(days=1))
        end = min(row.until_on or version.until_on, version.until_on, contract.last_on)
        if row.recurrence == FeeTerm.Recurrence.ONCE and covered is not None:
            continue
        term = fees.FeeTerm(
            key=str(row.series),
            amount=row.amount,
            recurrence=fees.Recurrence(row.recurrence),
            payment=fees.Payment(row.payment),
            from_on=begin,
            until_on=end,
        )
        for period in fees.fee_periods(term, until):
            found.append(_charge(row, contract, period))
            covered = period.last
    return found


def _charge(row: FeeTerm, contract: Contract, period: fees.FeePeriod) -> FeeCharge:
    return FeeCharge(
        contract=contract,
        term=row,
        series=row.series,
        fee_type=row.fee_type,
        amount=period.amount,
        period_first=period.first,
        period_last=period.last,
        invoiced_on=period.invoiced_on,
    )


def raise_all_charges(*, until: date) -> int:
    """Charge what is due of every signed contract; contracts in pieces, each on its own."""
    ids = list(Contract.objects.exclude(state=Contract.State.DRAFT).order_by("pk").values_list("pk", flat=True))
    raised = 0
    for start in range(0, len(ids), 200):
        with transaction.atomic():
            some = ids[start : start + 200]
            lock_contracts(some)
            raised += raise_charges(contract_ids=some, until=until)
    return raised


@transaction.atomic
def propose_charge(
    *,
    contract_id: int,
    fee_type: FeeType,
    amount: Decimal,
    reason: str,
    document: File,
    invoiced_on: date,
    actor: User,
    service: fees.Service | None = None,
    own_area: bool = False,
) -> FeeCharge:
    """Write down a single fee with its document; it counts once it is approved. A banned one is refused."""
    contract = lock_contract(contract_id)
    if contract.state not in (Contract.State.ACTIVE, Contract.State.TERMINATED):
        raise WrongState(_("Fees need a signed contract."))
    require_allowed(claim_of(fee_type, amount, service=service, own_area=own_area), fee_type.label)
    charge = FeeCharge(
        contract=contract,
        fee_type=fee_type,
        amount=amount,
        reason=reason,
        period_first=invoiced_on,
        period_last=invoiced_on,
        invoiced_on=invoiced_on,
        state=FeeCharge.State.DRAFT,
        created_by=actor,
    )
    charge.document.save(document.name, document, save=False)
    charge.save()
    record(actor, "suppliers.charge_proposed", charge, store=contract.store_id, amount=amount, fee=fee_type.code)
    return charge


@transaction.atomic
def submit_charge(*, charge_id: int, actor: User, urgent: bool = False, comment: str = "") -> FeeCharge:
    """Ask for approval of a single fee."""
    charge = FeeCharge.objects.get(pk=charge_id)
    if charge.state != FeeCharge.State.DRAFT:
        raise WrongState(_("Only a draft is submitted."))
    submit(subject=charge, actor=actor, urgent=urgent, comment=comment)
    charge = lock_charge(charge_id)
    if charge.state == FeeCharge.State.DRAFT:
        charge.state = FeeCharge.State.SUBMITTED
        charge.save(update_fields=["state"])
    record(actor, "suppliers.charge_submitted", charge, store=charge.contract.store_id, amount=charge.amount)
    return charge


@transaction.atomic
def open_charge(*, charge_id: int, actor: User | None) -> FeeCharge:
    """An approved single fee is due from now on. A second call changes nothing."""
    charge = lock_charge(charge_id)
    if charge.state == FeeCharge.State.OPEN:
        return charge
    if charge.state not in (FeeCharge.State.DRAFT, FeeCharge.State.SUBMITTED):
        raise WrongState(_("This fee is deducted or cancelled already."))
    charge.state, charge.invoiced_on = FeeCharge.State.OPEN, max(charge.invoiced_on, timezone.localdate())
    charge.save(update_fields=["state", "invoiced_on"])
    follow_charges(FeeCharge.objects.filter(pk=charge.pk))
    record(actor, "suppliers.charge_opened", charge, store=charge.contract.store_id)
    return charge


@transaction.atomic
def reopen_charge(*, charge_id: int, actor: User | None) -> FeeCharge:
    """Sent back: a draft again, to be submitted anew. A second call changes nothing."""
    charge = lock_charge(charge_id)
    if charge.state == FeeCharge.State.DRAFT:
        return charge
    if charge.state != FeeCharge.State.SUBMITTED:
        raise WrongState(_("This fee is not under approval."))
    charge.state = FeeCharge.State.DRAFT
    charge.save(update_fields=["state"])
    record(actor, "suppliers.charge_reopened", charge, store=charge.contract.store_id)
    return charge


@transaction.atomic
def cancel_charge(*, charge_id: int, reason: str, actor: User | None) -> FeeCharge:
    """Take a fee back that no settlement has deducted. A deducted one refuses."""
    charge = lock_charge(charge_id)
    if charge.state == FeeCharge.State.CANCELLED:
        return charge
    if charge.state == FeeCharge.State.SETTLED:
        raise WrongState(_("This fee is deducted already; correct the settlement by an adjustment."))
    charge.state = FeeCharge.State.CANCELLED
    charge.save(update_fields=["state"])
    follow_charges(FeeCharge.objects.filter(pk=charge.pk))
    record(actor, "suppliers.charge_cancelled", charge, store=charge.contract.store_id, reason=reason)
    return charge
