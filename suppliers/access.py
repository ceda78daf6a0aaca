"""Which suppliers a person may see and touch: those that are, or want to be, in one of the own stores."""

from typing import Any

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils.translation import gettext as _

from kit.errors import NotFound
from staff.access import require, stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Counter
from suppliers.models import (
    Contract,
    ContractDocument,
    ContractVersion,
    CounterScore,
    Dispute,
    FeeCharge,
    FeeType,
    Leaving,
    LeavingStep,
    Licence,
    Party,
    PartyContact,
    PartyPerson,
    PartyTask,
    PromotionSheet,
    ScorePeriod,
    ScoreScheme,
    Settlement,
)

VIEW = "suppliers.view_supplier"
CHANGE = "suppliers.change_supplier"


def sees_all_stores(user: User) -> bool:
    return user.all_stores or user.role == Role.ADMIN


def parties_for(user: User) -> QuerySet[Party]:
    """The suppliers and prospects of the stores in scope."""
    parties = Party.objects.all()
    if sees_all_stores(user):
        return parties
    link = Party.stores.through
    return parties.filter(
        Exists(link.objects.filter(party_id=OuterRef("pk"), store_id__in=stores_for(user).values("pk")))
    )


def party_for(user: User, pk: int, permission: str = VIEW) -> Party:
    """One supplier in scope."""
    require(user, permission)
    related = ("category", "wanted_floor", "wanted_floor__store", "buyer")
    party = parties_for(user).select_related(*related).filter(pk=pk).first()
    if party is None:
        raise NotFound(_("There is no such supplier in your stores."))
    return party


def _of_party(rows: QuerySet, user: User, pk: int, permission: str, refusal: str) -> Any:
    require(user, permission)
    row: Model | None = rows.filter(pk=pk, party__in=parties_for(user)).first()
    if row is None:
        raise NotFound(refusal)
    return row


def contact_for(user: User, pk: int, permission: str = CHANGE) -> PartyContact:
    contacts = PartyContact.objects.select_related("party").filter(is_active=True)
    return _of_party(contacts, user, pk, permission, _("There is no such contact."))


def task_for(user: User, pk: int, permission: str = CHANGE) -> PartyTask:
    return _of_party(PartyTask.objects.select_related("party"), user, pk, permission, _("There is no such task."))


def licences_for(user: User) -> QuerySet[Licence]:
    """Licences and certificates in force or run out; not the replaced and the withdrawn."""
    require(user, VIEW)
    licences = Licence.objects.filter(withdrawn_at=None, replaced_by=None)
    if sees_all_stores(user):
        return licences
    return licences.filter(party__in=parties_for(user))


def licence_for(user: User, pk: int, permission: str = VIEW) -> Licence:
    licences = Licence.objects.select_related("party", "person", "type")
    return _of_party(licences, user, pk, permission, _("There is no such licence."))


def people_for(user: User) -> QuerySet[PartyPerson]:
    """People of suppliers at counters of the stores in scope, and those without a counter of suppliers in scope."""
    require(user, VIEW)
    people = PartyPerson.objects.all()
    if sees_all_stores(user):
        return people
    return people.filter(party__in=parties_for(user)).exclude(
        counter__in=Counter.objects.exclude(store__in=stores_for(user).values("pk"))
    )


def person_for(user: User, pk: int, permission: str = CHANGE) -> PartyPerson:
    require(user, permission)
    person = people_for(user).select_related("party", "counter").filter(pk=pk).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    return person


def leaving_for(user: User, pk: int, permission: str = CHANGE) -> Leaving:
    return _of_party(Leaving.objects.select_related("party"), user, pk, permission, _("There is no such leaving."))


def step_for(user: User, pk: int, permission: str = CHANGE) -> LeavingStep:
    require(user, permission)
    steps = LeavingStep.objects.select_related("leaving__party")
    step = steps.filter(pk=pk, leaving__party__in=parties_for(user)).first()
    if step is None:
        raise NotFound(_("There is no such step."))
    return step


def counter_in_scope(user: User, pk: int, permission: str = VIEW) -> Counter:
    """A counter of the own stores."""
    require(user, permission)
    counters = Counter.objects.select_related("store", "floor", "brand", "category")
    counter = counters.filter(pk=pk, store__in=stores_for(user).values("pk")).first()
    if counter is None:
        raise NotFound(_("There is no such counter in your stores."))
    return counter


def _in_stores(rows: QuerySet, user: User, path: str = "store") -> QuerySet:
    return rows if sees_all_stores(user) else rows.filter(**{f"{path}__in": stores_for(user).values("pk")})


def _one(rows: QuerySet, pk: int, refusal: str) -> Any:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound(refusal)
    return row


VIEW_CONTRACT = "suppliers.view_contract"


def contracts_for(user: User, permission: str = VIEW_CONTRACT) -> QuerySet[Contract]:
    """The contracts of the stores in scope."""
    require(user, permission)
    return _in_stores(Contract.objects.select_related("party", "store"), user)


def contract_for(user: User, pk: int, permission: str = VIEW_CONTRACT) -> Contract:
    return _one(contracts_for(user, permission), pk, _("There is no such contract in your stores."))


def version_for(user: User, pk: int, permission: str = VIEW_CONTRACT) -> ContractVersion:
    require(user, permission)
    versions = ContractVersion.objects.select_related("contract__party", "contract__store")
    return _one(_in_stores(versions, user, "contract__store"), pk, _("There is no such version of a contract."))


def promotions_for(user: User, permission: str = VIEW_CONTRACT) -> QuerySet[PromotionSheet]:
    require(user, permission)
    sheets = PromotionSheet.objects.select_related("contract__party", "contract__store")
    return _in_stores(sheets, user, "contract__store")


def promotion_for(user: User, pk: int, permission: str = VIEW_CONTRACT) -> PromotionSheet:
    return _one(promotions_for(user, permission), pk, _("There is no such promotion sheet."))


def charge_for(user: User, pk: int, permission: str = VIEW_CONTRACT) -> FeeCharge:
    require(user, permission)
    charges = FeeCharge.objects.select_related("contract__party", "contract__store", "fee_type")
    return _one(_in_stores(charges, user, "contract__store"), pk, _("There is no such fee."))


def fee_type_for(user: User, pk: int, permission: str) -> FeeType:
    require(user, permission)
    return _one(FeeType.objects.all(), pk, _("There is no such kind of fee."))


def document_for(user: User, pk: int, permission: str = VIEW_CONTRACT) -> ContractDocument:
    require(user, permission)
    documents = ContractDocument.objects.select_related("contract")
    return _one(_in_stores(documents, user, "contract__store"), pk, _("There is no such document."))


def settlements_for(user: User, permission: str = "suppliers.view_settlement") -> QuerySet[Settlement]:
    """The settlements of the stores in scope."""
    require(user, permission)
    return _in_stores(Settlement.objects.select_related("contract", "party", "store"), user)


def settlement_for(user: User, pk: int, permission: str = "suppliers.view_settlement") -> Settlement:
    return _one(settlements_for(user, permission), pk, _("There is no such settlement in your stores."))


def dispute_for(user: User, pk: int, permission: str) -> Dispute:
    require(user, permission)
    disputes = Dispute.objects.select_related("line__settlement")
    return _one(_in_stores(disputes, user, "line__settlement__store"), pk, _("There is no such dispute."))


SCORE_ORDERINGS = {
    "score": (F("score").desc(nulls_last=True), "pk"),
    "sales": ("-net_sales", "pk"),
    "counter": ("counter__store", "counter__code", "pk"),
}


def scores_for(user: User) -> QuerySet[CounterScore]:
    """Scores of counters of the stores in scope."""
    require(user, "suppliers.view_score")
    return CounterScore.objects.filter(period__store__in=stores_for(user).values("pk"))


def score_for(user: User, pk: int) -> CounterScore:
    related = ("counter__store", "counter__category", "party", "period__scheme", "period__store")
    score = scores_for(user).select_related(*related).filter(pk=pk).first()
    if score is None:
        raise NotFound(_("There is no such score in your stores."))
    return score


def periods_for(user: User) -> QuerySet[ScorePeriod]:
    require(user, "suppliers.view_score")
    return ScorePeriod.objects.filter(store__in=stores_for(user).values("pk"))


def period_for(user: User, pk: int, permission: str) -> ScorePeriod:
    require(user, permission)
    period = periods_for(user).filter(pk=pk).first()
    if period is None:
        raise NotFound(_("There is no such month in your stores."))
    return period


def schemes_for(user: User) -> QuerySet[ScoreScheme]:
    require(user, "suppliers.view_score")
    return ScoreScheme.objects.filter(store__in=stores_for(user).values("pk"))
