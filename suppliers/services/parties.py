"""A company's record: noted as a prospect, corrected, moved along the pipeline, given up, blocked."""

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import credit_codes, names
from staff.audit import record
from staff.models import User
from stores.models import Brand, Category, Floor, Store
from suppliers.exceptions import PartyExists, WrongCreditCode, WrongStatus
from suppliers.locks import lock_party
from suppliers.models import Party, PartyEvent

Stage = Party.Stage
Status = Party.Status
UNIQUE_CODE = "suppliers_party_uscc_is_unique"


@dataclass(frozen=True)
class CompanyFacts:
    """What a company is and wants, as a form gives it."""

    name: str
    short_name: str = ""
    name_en: str = ""
    kind: str = Party.Kind.COMPANY
    source: str = Party.Source.APPLIED
    category: Category | None = None
    brand_note: str = ""
    wanted_floor: Floor | None = None
    wanted_area_sqm: Decimal | None = None
    buyer: User | None = None
    uscc: str = ""
    legal_representative: str = ""
    registered_address: str = ""
    founded_on: date | None = None
    taxpayer: str = Party.Taxpayer.GENERAL
    note: str = ""
    stores: tuple[Store, ...] = field(default=())
    brands: tuple[Brand, ...] = field(default=())


COLUMNS = tuple(one.name for one in fields(CompanyFacts) if one.name not in ("stores", "brands"))


def take_party_numbers(count: int = 1) -> list[str]:
    """Draw supplier numbers such as S000123 from their sequence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('suppliers_party_no') FROM generate_series(1, %s)", [count])
        return [f"S{number:06d}" for (number,) in cursor.fetchall()]


def spoken(*texts: str) -> str:
    """Full pinyin and initials of names, so that they are found as people type them."""
    found: list[str] = []
    for text in filter(None, texts):
        readings = names.readings(text)
        found += [readings.py, readings.ini]
    return " ".join(dict.fromkeys(found))[:400]


@transaction.atomic
def note_prospect(*, facts: CompanyFacts, actor: User) -> Party:
    """Note a company as a prospect. The same credit code twice is refused with the name of the first."""
    party = Party(code=take_party_numbers()[0], created_by=actor)
    _fill(party, facts)
    _save(party)
    party.stores.set(facts.stores)
    party.brands.set(facts.brands)
    record(actor, "suppliers.prospect_noted", party, name=party.name, source=party.source)
    return party


@transaction.atomic
def edit_party(*, party_id: int, facts: CompanyFacts, actor: User) -> Party:
    """Correct a company's facts. Nothing changed writes nothing but the audit line."""
    party = lock_party(party_id)
    before = {name: getattr(party, name) for name in COLUMNS}
    _fill(party, facts)
    _save(party)
    party.stores.set(facts.stores)
    party.brands.set(facts.brands)
    changed = {name: getattr(party, name) for name in COLUMNS if getattr(party, name) != before[name]}
    record(actor, "suppliers.party_edited", party, **changed)
    return party


def _fill(party: Party, facts: CompanyFacts) -> None:
    for name in COLUMNS:
        setattr(party, name, getattr(facts, name))
    party.uscc = _checked_code(facts.uscc)
    party.pinyin = spoken(party.short_name, party.name)


def _checked_code(typed: str) -> str:
    code = credit_codes.tidy(typed)
    if code and not credit_codes.is_right(code):
        raise WrongCreditCode(
            _("This is not a unified social credit code: 18 characters, the last one checks the others."),
            fields={"uscc": True},
        )
    return code


def _save(party: Party) -> None:
    try:
        with transaction.atomic():
            party.save()
    except IntegrityError as exc:
        if UNIQUE_CODE not in str(exc):
            raise
        other = Party.objects.filter(uscc=party.uscc).first()
        raise PartyExists(
            _("%(name)s (%(code)s) already has this credit code.")
            % {"name": other.name if other else "—", "code": other.code if other else "—"},
            fields={"uscc": True},
        ) from exc


@transaction.atomic
def change_bank_account(
    *, party_id: int, bank_name: str, bank_account: str, bank_account_name: str, actor: User
) -> Party:
    """Change where the supplier is paid. The audit line keeps the last four digits only."""
    party = lock_party(party_id)
    before = party.bank_account
    party.bank_name, party.bank_account_name = bank_name, bank_account_name
    party.bank_account = "".join(bank_account.split())
    party.save(update_fields=["bank_name", "bank_account", "bank_account_name"])
    record(
        actor,
        "suppliers.bank_account_changed",
        party,
        bank=bank_name,
        before=before[-4:],
        after=party.bank_account[-4:],
    )
    return party


@transaction.atomic
def move_prospect(*, party_id: int, stage: str, actor: User, reason: str = "") -> Party:
    """Move a prospect to a stage of the pipeline. Where it is already: nothing happens."""
    party = lock_party(party_id)
    if party.status != Status.PROSPECT:
        raise WrongStatus(_("Only a prospect stands in the pipeline."))
    if stage not in Stage.values:
        raise WrongStatus(_("There is no such stage."))
    if stage == party.stage:
        return party
    _write_stage(party, stage, reason, actor)
    party.stage, party.stage_since_on = stage, timezone.localdate()
    party.save(update_fields=["stage", "stage_since_on"])
    record(actor, "suppliers.prospect_moved", party, stage=stage, reason=reason)
    return party


def _write_stage(party: Party, stage: str, reason: str, actor: User) -> None:
    PartyEvent.objects.create(
        party=party,
        kind=PartyEvent.Kind.STAGE,
        happened_on=timezone.localdate(),
        summary=reason,
        stage_from=party.stage,
        stage_to=stage,
        written_by=actor,
    )


@transaction.atomic
def give_up_prospect(*, party_id: int, reason: str, actor: User) -> Party:
    """Give a prospect up, with the reason; it stays on record and may be taken up again."""
    return move_prospect(party_id=party_id, stage=Stage.GIVEN_UP, reason=reason, actor=actor)
