"""Budgets per department, category and month: reserved when a claim is submitted, consumed when it is paid.

Locked by id, after the claim. `reserved` and `consumed` are sums over the claims; `budget_differences` counts them anew.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from kit.errors import Conflict
from kit.money import ZERO, format_yuan
from staff.audit import record
from staff.models import User
from stores.models import Department
from workflow.exceptions import NoBudget, OverBudget
from workflow.models import Budget, ExpenseCategory, ExpenseClaim, ExpenseLine

RESERVING = (ExpenseClaim.Status.SUBMITTED, ExpenseClaim.Status.APPROVED)


@transaction.atomic
def set_budget(
    *, department: Department, category: ExpenseCategory, month: date, amount: Decimal, actor: User
) -> Budget:
    """Set what may be spent in the month of a day; again with another amount changes it. Less than is already
    reserved and consumed refuses."""
    month = month.replace(day=1)
    Budget.objects.get_or_create(department=department, category=category, month=month, defaults={"amount": ZERO})
    budget = Budget.objects.select_for_update(no_key=True).get(department=department, category=category, month=month)
    used = budget.reserved + budget.consumed
    if amount < used:
        raise Conflict(
            _("%(used)s of it is already reserved or spent.") % {"used": format_yuan(used)}, fields={"amount": True}
        )
    before, budget.amount = budget.amount, amount
    budget.save(update_fields=["amount"])
    record(actor, "workflow.budget_set", budget, store=department.store_id, before=before, after=amount)
    return budget


def reserve(claim: ExpenseClaim) -> None:
    """Set the claim's lines aside in the budgets of its department and month; refuses what exceeds one of them."""
    needed = _needed(claim)
    budgets = _locked(claim, needed)
    for category_id, amount in needed.items():
        budget = budgets.get(category_id)
        category = ExpenseCategory.objects.get(pk=category_id)
        if budget is None:
            raise NoBudget(category.label, f"{claim.month:%Y-%m}")
        if amount > budget.left:
            raise OverBudget(category.label, format_yuan(budget.left))
    for category_id, amount in needed.items():
        Budget.objects.filter(pk=budgets[category_id].pk).update(reserved=F("reserved") + amount)


def release(claim: ExpenseClaim) -> None:
    """Give back what the claim had reserved."""
    needed = _needed(claim)
    budgets = _locked(claim, needed)
    for category_id, amount in needed.items():
        Budget.objects.filter(pk=budgets[category_id].pk).update(reserved=F("reserved") - amount)


def consume(claim: ExpenseClaim) -> None:
    """Turn what the claim had reserved into spent."""
    needed = _needed(claim)
    budgets = _locked(claim, needed)
    for category_id, amount in needed.items():
        Budget.objects.filter(pk=budgets[category_id].pk).update(
            reserved=F("reserved") - amount, consumed=F("consumed") + amount
        )


def budget_differences() -> list[tuple[Budget, Decimal, Decimal]]:
    """Budgets whose sums are not those of their claims, with the right reserved and consumed sums."""
    right: dict[tuple, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    rows = ExpenseLine.objects.filter(
        claim__direction=ExpenseClaim.Direction.PAYABLE, claim__status__in=[*RESERVING, ExpenseClaim.Status.PAID]
    ).values("claim__department", "category", "claim__month", "claim__status")
    for row in rows.annotate(amount=Sum("amount")):
        place = 1 if row["claim__status"] == ExpenseClaim.Status.PAID else 0
        right[row["claim__department"], row["category"], row["claim__month"]][place] += row["amount"]
    wrong = []
    for budget in Budget.objects.all():
        reserved, consumed = right[budget.department_id, budget.category_id, budget.month]
        if (reserved, consumed) != (budget.reserved, budget.consumed):
            wrong.append((budget, reserved, consumed))
    return wrong


def _needed(claim: ExpenseClaim) -> dict[int, Decimal]:
    return dict(
        ExpenseLine.objects.filter(claim=claim)
        .values_list("category")
        .annotate(amount=Sum("amount"))
        .order_by("category")
    )


def _locked(claim: ExpenseClaim, needed: dict[int, Decimal]) -> dict[int, Budget]:
    found = (
        Budget.objects.select_for_update(no_key=True)
        .filter(department=claim.department_id, month=claim.month, category__in=needed)
        .order_by("pk")
    )
    return {budget.category_id: budget for budget in found}
