"""A case opened at the desk in one go: the case, the visit it came from, the question to the counter."""

from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from callcenter.models import Case
from callcenter.selectors.opening import Opening
from callcenter.services.cases import CaseFacts, open_case
from callcenter.services.steps import ask_step
from callcenter.services.visits import link_visit
from staff.models import User

ASKED_HOURS: Final = Decimal(4)


@transaction.atomic
def open_from_desk(*, data: dict[str, Any], opening: Opening, actor: User) -> Case:
    """Open what was typed on the screen of a new case. A double click opens one case and asks once."""
    category, counter = data.get("category"), data.get("counter")
    facts = CaseFacts(
        kind=data["kind"],
        channel=data["channel"],
        title=data["title"],
        store_id=data["store"].pk,
        description=data["description"],
        priority=data["priority"],
        category_id=category.pk if category else None,
        member_id=opening.member.pk if opening.member else None,
        caller_name=data.get("caller_name", ""),
        caller_phone=data.get("caller_phone", ""),
        call_id=opening.call.pk if opening.call else None,
        counter_id=counter.pk if counter else None,
        line=data.get("line"),
        tags=data["tags"],
        owner_id=actor.pk if data["is_mine"] else None,
    )
    case = open_case(facts=facts, actor=actor)
    if opening.visit:
        link_visit(visit_id=opening.visit.pk, case_id=case.pk, actor=actor)
    if data["question"] and case.counter:
        ask_step(case_id=case.pk, question=data["question"], hours=ASKED_HOURS, counter=case.counter, actor=actor)
    return case
