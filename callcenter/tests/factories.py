"""Cases, steps and visits for tests, one plain function each."""

from decimal import Decimal
from itertools import count

from callcenter.models import Case, CaseCategory, CaseStep, Kind, Visit, VisitReason
from callcenter.services.cases import CaseFacts, open_case
from callcenter.services.steps import ask_step
from callcenter.services.visits import register_visit
from staff.models import User
from stores.models import Counter, Store

_numbers = count(1)


def make_category(**fields: object) -> CaseCategory:
    return CaseCategory.objects.create(**{"code": f"K{next(_numbers):03}", "name": "商品质量", **fields})


def make_case(store: Store, actor: User | None = None, **fields: object) -> Case:
    """A case opened by the service; a complaint at the desk, with words of its own."""
    number = next(_numbers)
    owner = fields.pop("owner", None)
    facts = {"kind": Kind.COMPLAINT, "channel": Case.Channel.DESK, "title": f"大衣脱线 {number}", "store_id": store.pk}
    if "member" in fields:
        facts["member_id"] = fields.pop("member").pk
    if "counter" in fields:
        facts["counter_id"] = fields.pop("counter").pk
    if "category" in fields:
        facts["category_id"] = fields.pop("category").pk
    return open_case(facts=CaseFacts(**{**facts, "owner_id": owner.pk if owner else None, **fields}), actor=actor)


def make_step(case: Case, actor: User, *, counter: Counter | None = None, **fields: object) -> CaseStep:
    words = {"question": "请问为什么拒绝退换?", "hours": Decimal(4), "counter": counter, **fields}
    return ask_step(case_id=case.pk, actor=actor, **words)


def make_reason(code: str = "return", **fields: object) -> VisitReason:
    words = {"name": "退货", "name_en": "Return", "key": "1", "icon": "arrow-back-up", **fields}
    return VisitReason.objects.get_or_create(code=code, defaults=words)[0]


def make_visit(store: Store, actor: User, **fields: object) -> Visit:
    member = fields.pop("member", None)
    words = {"reason": make_reason(), "member_id": member.pk if member else None, **fields}
    if member is None:
        words.setdefault("visitor_name", "李女士")
    return register_visit(store=store, actor=actor, **words)
