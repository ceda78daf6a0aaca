"""Contracts from the first draft to the last day: drafted, approved, signed, amended, renewed, terminated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.core.files.base import File
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from stores.models import Counter, Store
from suppliers.exceptions import CounterTaken, TermsRefused, WrongState
from suppliers.locks import lock_contract, lock_party, lock_version
from suppliers.models import (
    Contract,
    ContractCounter,
    ContractDocument,
    ContractVersion,
    FeeTerm,
    MonthGuarantee,
    MonthTarget,
    Party,
    RateRule,
    RateTier,
)
from suppliers.selectors.terms import Dictionary, terms_of
from suppliers.services.charges import claim_of_term, require_allowed
from suppliers.services.early_exit import charge_early_exit
from suppliers.services.standing import review_standing
from suppliers.settling.charges import warnings_of
from suppliers.settling.words import warning_text
from workflow.services.requests import submit

Status = ContractVersion.Status
DAY: Final = timedelta(days=1)
PARTS: Final = ((RateRule, "rates"), (RateTier, "tiers"), (MonthGuarantee, "months"), (FeeTerm, "fees"))
TERMS: Final = (
    "base_rate", "mode", "rent", "breakpoint", "guarantee", "guaranteed", "cap", "promotion_share", "excess",
    "excess_rate", "horizon", "year_month", "partial", "carries_credit", "vat_rate", "carries_negative",
    "deposit_required", "deposit_refund_months", "exit_months", "move_after", "end_after", "note",
)  # fmt: skip


@dataclass
class TermsInput:
    """The terms as they were filled in: columns of the version, and the rows of its parts as dicts of columns."""

    values: dict[str, Any]
    rates: Sequence[dict[str, Any]] = field(default_factory=list)
    tiers: Sequence[dict[str, Any]] = field(default_factory=list)
    months: Sequence[dict[str, Any]] = field(default_factory=list)
    fees: Sequence[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def draft_contract(
    *,
    party: Party,
    store: Store,
    kind: str,
    starts_on: date,
    ends_on: date,
    counters: Iterable[Counter],
    terms: TermsInput,
    actor: User | None,
    notice_months: int = 2,
    settled_from_on: date | None = None,
) -> Contract:
    """Begin a contract with its first terms. Each call begins another one."""
    party = lock_party(party.pk)
    if party.status == Party.Status.BLOCKED:
        raise WrongState(_("This supplier is blocked: no new contract."))
    _check_days(starts_on, ends_on)
    contract = Contract.objects.create(
        number=f"HT{starts_on:%Y}-{_next('suppliers_contract_no'):05d}",
        party=party,
        store=store,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        settled_from_on=settled_from_on or starts_on,
        notice_months=notice_months,
        buyer=actor,
        created_by=actor,
    )
    _set_counters(contract, counters)
    version = ContractVersion(contract=contract, number=1, effective_on=starts_on, until_on=ends_on, created_by=actor)
    _write_terms(version, terms)
    record(actor, "suppliers.contract_drafted", contract, store=store, party=party.pk)
    return contract


@transaction.atomic
def change_draft(
    *,
    version_id: int,
    terms: TermsInput,
    effective_on: date,
    ends_on: date,
    actor: User,
    counters: Iterable[Counter] | None = None,
) -> ContractVersion:
    """Write a draft's terms anew. What is under approval or signed refuses."""
    version = lock_version(version_id)
    contract = version.contract
    _require(version, Status.DRAFT, _("Only a draft can be changed; withdraw the request first, or make an amendment."))
    _check_days(effective_on, ends_on)
    if version.kind == ContractVersion.Kind.ORIGINAL:
        contract.starts_on, contract.ends_on = effective_on, ends_on
        contract.settled_from_on = max(contract.settled_from_on, effective_on)
        contract.save(update_fields=["starts_on", "ends_on", "settled_from_on"])
        _set_counters(contract, counters if counters is not None else _counters_of(contract))
    version.effective_on, version.until_on = effective_on, ends_on
    _write_terms(version, terms)
    record(actor, "suppliers.version_changed", version, store=contract.store_id)
    return version


@transaction.atomic
def amend_contract(*, contract_id: int, effective_on: date, actor: User) -> ContractVersion:
    """Begin an amendment from a day on, with the terms of today; the end of the contract stays."""
    contract = lock_contract(contract_id)
    last = _last_signed(contract)
    if not last.effective_on < effective_on <= contract.last_on:
        raise TermsRefused(
            _("An amendment begins after %(first)s and no later than %(last)s.")
            % {"first": last.effective_on.isoformat(), "last": contract.last_on.isoformat()},
            fields={"effective_on": ""},
        )
    return _next_version(contract, last, ContractVersion.Kind.AMENDMENT, effective_on, contract.ends_on, actor)


@transaction.atomic
def renew_contract(*, contract_id: int, ends_on: date, actor: User) -> ContractVersion:
    """Begin a renewal from the day after the end, with the terms of today."""
    contract = lock_contract(contract_id)
    last = _last_signed(contract)
    if contract.state != Contract.State.ACTIVE:
        raise WrongState(_("A terminated contract is not renewed; draft a new one."))
    if ends_on <= contract.ends_on:
        raise TermsRefused(_("A renewal ends after %(day)s.") % {"day": contract.ends_on}, fields={"ends_on": ""})
    kind = ContractVersion.Kind.RENEWAL
    return _next_version(contract, last, kind, contract.ends_on + DAY, ends_on, actor)


@transaction.atomic
def submit_version(*, version_id: int, actor: User, urgent: bool = False, comment: str = "") -> ContractVersion:
    """Ask for approval of a draft. A banned fee is refused here at the latest; one under approval refuses."""
    version = ContractVersion.objects.select_related("contract").get(pk=version_id)
    _require(version, Status.DRAFT, _("Only a draft is submitted."))
    for term in version.fees.select_related("fee_type"):
        require_allowed(claim_of_term(term, version), term.fee_type.label)
    if not version.contract.counters.exists():
        raise TermsRefused(_("A contract needs at least one counter."))
    submit(subject=version, actor=actor, urgent=urgent, comment=comment)
    version = lock_version(version_id)
    if version.status == Status.DRAFT:
        version.status = Status.SUBMITTED
        version.save(update_fields=["status"])
    record(actor, "suppliers.version_submitted", version, store=version.contract.store_id)
    return version


@transaction.atomic
def approve_version(*, version_id: int, actor: User | None) -> ContractVersion:
    """The approval is through: the version may be signed. A second call changes nothing."""
    version = lock_version(version_id)
    if version.status in (Status.APPROVED, Status.SIGNED):
        return version
    _require(version, (Status.SUBMITTED, Status.DRAFT), _("This version is dropped."))
    version.status, version.approved_at = Status.APPROVED, timezone.now()
    version.save(update_fields=["status", "approved_at"])
    record(actor, "suppliers.version_approved", version, store=version.contract.store_id)
    return version


@transaction.atomic
def reopen_version(*, version_id: int, actor: User | None) -> ContractVersion:
    """Not approved: back to a draft. A second call changes nothing; a signed one refuses."""
    version = lock_version(version_id)
    if version.status == Status.DRAFT:
        return version
    _require(version, (Status.SUBMITTED, Status.APPROVED), _("A signed version stays."))
    version.status, version.approved_at = Status.DRAFT, None
    version.save(update_fields=["status", "approved_at"])
    record(actor, "suppliers.version_reopened", version, store=version.contract.store_id)
    return version


@transaction.atomic
def drop_version(*, version_id: int, actor: User) -> ContractVersion:
    """Give up a draft. The draft of a contract that was never signed takes the contract with it."""
    version = lock_version(version_id)
    _require(version, (Status.DRAFT, Status.APPROVED), _("Withdraw the request first."))
    version.status = Status.DROPPED
    version.save(update_fields=["status"])
    contract = version.contract
    if contract.state == Contract.State.DRAFT:
        contract.state = Contract.State.CANCELLED
        contract.save(update_fields=["state"])
    record(actor, "suppliers.version_dropped", version, store=contract.store_id)
    return version


@transaction.atomic
def sign_version(*, version_id: int, signed_on: date, signatory: str, actor: User | None) -> ContractVersion:
    """Sign an approved version: its terms are in force from its day, those before end the day before. Calling it
    again changes nothing."""
    found = ContractVersion.objects.filter(pk=version_id).values_list("contract__party_id", flat=True).first()
    lock_party(found or 0)
    version = lock_version(version_id)
    contract = version.contract
    if version.status == Status.SIGNED:
        return version
    _require(version, Status.APPROVED, _("Only what is approved can be signed."))
    _end_before(contract, version.effective_on)
    version.status, version.signed_on = Status.SIGNED, signed_on
    version.signed_by, version.signatory = actor, signatory
    version.save(update_fields=["status", "signed_on", "signed_by", "signatory"])
    if version.kind == ContractVersion.Kind.RENEWAL:
        contract.ends_on = version.until_on
    contract.state = Contract.State.ACTIVE
    contract.save(update_fields=["state", "ends_on"])
    _occupy(contract)
    record(actor, "suppliers.version_signed", version, store=contract.store_id, signatory=signatory)
    review_standing(contract.party_id, actor=actor)
    return version


@transaction.atomic
def terminate_contract(*, contract_id: int, last_on: date, reason: str, consented: bool, actor: User) -> Contract:
    """End a signed contract early. Its terms and its counters are free from the next day on; without consent the
    supplier owes the compensation agreed."""
    found = Contract.objects.filter(pk=contract_id).values_list("party_id", flat=True).first()
    lock_party(found or 0)
    contract = lock_contract(contract_id)
    if contract.state != Contract.State.ACTIVE:
        raise WrongState(_("Only a signed contract can be terminated."))
    if not contract.starts_on <= last_on <= contract.ends_on:
        raise TermsRefused(_("The last day lies within the contract."), fields={"last_on": ""})
    if contract.settlements.exclude(state="draft").filter(last_on__gt=last_on).exists():
        raise WrongState(_("A later month is settled already."))
    _end_before(contract, last_on + DAY)
    contract.state, contract.terminated_on = Contract.State.TERMINATED, last_on
    contract.termination_reason, contract.consented = reason, consented
    contract.save(update_fields=["state", "terminated_on", "termination_reason", "consented"])
    contract.counters.filter(until_on__gt=last_on).update(until_on=last_on)
    if not consented:
        charge_early_exit(contract, actor=actor)
    record(actor, "suppliers.contract_terminated", contract, store=contract.store_id, last_on=last_on, reason=reason)
    review_standing(contract.party_id, actor=actor)
    return contract


@transaction.atomic
def set_targets(*, contract_id: int, targets: Sequence[dict[str, Any]], actor: User) -> int:
    """Write the targets of months; a month named again is replaced."""
    contract = lock_contract(contract_id)
    rows = [MonthTarget(contract=contract, **one) for one in targets]
    MonthTarget.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["contract", "month_on"], update_fields=["sales", "margin"]
    )
    record(actor, "suppliers.targets_set", contract, store=contract.store_id, months=len(rows))
    return len(rows)


@transaction.atomic
def add_document(*, contract_id: int, title: str, file: File, actor: User) -> ContractDocument:
    """Keep a file with a contract. Each call keeps another one."""
    contract = lock_contract(contract_id)
    document = ContractDocument(contract=contract, title=title, added_by=actor)
    document.file.save(file.name, file, save=False)
    document.save()
    record(actor, "suppliers.document_added", contract, store=contract.store_id, title=title)
    return document


def terms_warnings(version: ContractVersion) -> list[str]:
    """What the author should look at again, in words."""
    return [warning_text(code) for code in warnings_of(terms_of(version, Dictionary()))]


def copied_terms(version: ContractVersion) -> TermsInput:
    """The terms of a version, to begin the next one with; fees keep their series."""
    rows = {
        name: [
            {
                one.attname: getattr(row, one.attname)
                for one in model._meta.concrete_fields
                if one.attname not in ("id", "version_id")
            }
            for row in getattr(version, name).all()
        ]
        for model, name in PARTS
    }
    return TermsInput({name: getattr(version, name) for name in TERMS}, **rows)


def _next_version(
    contract: Contract, last: ContractVersion, kind: str, effective_on: date, ends_on: date, actor: User
) -> ContractVersion:
    if contract.versions.filter(status__in=[Status.DRAFT, Status.SUBMITTED, Status.APPROVED]).exists():
        raise WrongState(_("Another version is being prepared already."))
    number = contract.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ContractVersion(
        contract=contract, number=number + 1, kind=kind, effective_on=effective_on, until_on=ends_on, created_by=actor
    )
    _write_terms(version, copied_terms(last))
    record(actor, "suppliers.version_drafted", version, store=contract.store_id, kind=kind)
    return version


def _write_terms(version: ContractVersion, terms: TermsInput) -> None:
    for name, value in terms.values.items():
        setattr(version, name, value)
    if version.rent and version.mode != ContractVersion.Mode.RENT:
        version.rent = 0
    if version.mode == ContractVersion.Mode.RENT:
        version.guarantee = ContractVersion.Guarantee.NONE
    _check(version, terms)
    version.save()
    for model, name in PARTS:
        getattr(version, name).all().delete()
        model.objects.bulk_create(model(version=version, **row) for row in getattr(terms, name))


def _check(version: ContractVersion, terms: TermsInput) -> None:
    tiered = version.mode in (ContractVersion.Mode.MARGINAL, ContractVersion.Mode.WHOLE)
    if tiered and not terms.tiers:
        raise TermsRefused(_("Tiers need at least one row."), fields={"mode": ""})
    if version.excess != ContractVersion.Excess.NONE and (
        version.guarantee != ContractVersion.Guarantee.SALES or version.mode != ContractVersion.Mode.RATE
    ):
        raise TermsRefused(warning_text("excess.without_guarantee"), fields={"excess": ""})
    for row in terms.fees:
        term = FeeTerm(version=version, **row)
        require_allowed(claim_of_term(term, version), term.fee_type.label)


def _check_days(first: date, last: date) -> None:
    if last < first:
        raise TermsRefused(_("A contract ends after it begins."), fields={"ends_on": ""})


def _require(version: ContractVersion, states: str | Sequence[str], refusal: str) -> None:
    if version.status not in ((states,) if isinstance(states, str) else states):
        raise WrongState(refusal)


def _set_counters(contract: Contract, counters: Iterable[Counter]) -> None:
    chosen = list(counters)
    if any(counter.store_id != contract.store_id for counter in chosen):
        raise TermsRefused(_("All counters of a contract lie in its store."), fields={"counters": ""})
    contract.counters.all().delete()
    ContractCounter.objects.bulk_create(
        ContractCounter(contract=contract, counter=one, from_on=contract.starts_on, until_on=contract.ends_on)
        for one in chosen
    )


def _counters_of(contract: Contract) -> list[Counter]:
    return [row.counter for row in contract.counters.select_related("counter")]


def _occupy(contract: Contract) -> None:
    """The contract's counters are its own until its end; the database refuses a day another contract has."""
    rows = contract.counters.filter(until_on__gte=contract.starts_on)
    try:
        with transaction.atomic():
            rows.update(is_signed=True, until_on=contract.last_on)
    except IntegrityError as exc:
        taken = (
            ContractCounter.objects.filter(
                counter__in=rows.values("counter"), is_signed=True, from_on__lte=contract.last_on
            )
            .filter(until_on__gte=contract.starts_on)
            .exclude(contract=contract)
            .select_related("contract", "counter")
            .first()
        )
        if taken is None:
            raise
        raise CounterTaken(
            _("%(counter)s belongs to contract %(number)s from %(first)s to %(last)s.")
            % {
                "counter": taken.counter.label,
                "number": taken.contract.number,
                "first": taken.from_on.isoformat(),
                "last": taken.until_on.isoformat(),
            }
        ) from exc


def _end_before(contract: Contract, day: date) -> None:
    """Signed terms that reach to this day end the day before; those that begin later never come into force."""
    for version in contract.versions.filter(status=Status.SIGNED, until_on__gte=day):
        version.until_on = max(day, version.effective_on) - DAY
        version.save(update_fields=["until_on"])


def _last_signed(contract: Contract) -> ContractVersion:
    version = contract.versions.filter(status=Status.SIGNED).order_by("-effective_on", "-number").first()
    if version is None or contract.state not in (Contract.State.ACTIVE, Contract.State.TERMINATED):
        raise WrongState(_("This contract is not signed yet; change its draft."))
    return version


def _next(sequence: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [sequence])
        return cursor.fetchone()[0]
