"""How the service desk locks: after members and accounts, the case before what hangs on it."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from callcenter.models import Case, CaseStep, Compensation, HandOver, Promise, Visit, Wish
from kit.errors import NotFound


def lock_case(case_id: int) -> Case:
    """Lock one case; rows that point at it may still be written."""
    return _locked(Case, case_id, _("There is no such case."))


def lock_step(step_id: int) -> CaseStep:
    """Lock one step, after its case."""
    case_id = CaseStep.objects.filter(pk=step_id).values_list("case_id", flat=True).first()
    case = lock_case(case_id or 0)
    step = _locked(CaseStep, step_id, _("There is no such step."))
    step.case = case
    return step


def lock_promise(promise_id: int) -> Promise:
    """Lock one promise, after its case where it has one."""
    case_id = Promise.objects.filter(pk=promise_id).values_list("case_id", flat=True).first()
    case = lock_case(case_id) if case_id else None
    promise = _locked(Promise, promise_id, _("There is no such promise."))
    promise.case = case
    return promise


def lock_compensation(compensation_id: int) -> Compensation:
    """Lock one compensation; its account and case are locked before."""
    return _locked(Compensation, compensation_id, _("There is no such compensation."))


def lock_visit(visit_id: int) -> Visit:
    return _locked(Visit, visit_id, _("There is no such visit."))


def lock_wish(wish_id: int) -> Wish:
    """Lock one wish of a member."""
    return _locked(Wish, wish_id, _("There is no such wish."))


def lock_hand_over(hand_over_id: int) -> HandOver:
    return _locked(HandOver, hand_over_id, _("There is no such hand-over."))


def _locked(model: type[Model], pk: int, refusal: str) -> Any:
    row = model.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None:
        raise NotFound(refusal)
    return row
