"""Claims, budgets, fixed fees for tests."""

from datetime import date
from decimal import Decimal
from itertools import count

from staff.models import User
from stores.models import Department, Store
from stores.tests.factories import make_department
from workflow.models import Budget, ExpenseCategory, ExpenseClaim, ExpenseTerm
from workflow.services.expenses import ClaimLine, draft_claim

MONTH = date(2026, 11, 1)
_numbers = count(1)


def make_expense_category(name: str = "保洁") -> ExpenseCategory:
    return ExpenseCategory.objects.create(code=f"E{next(_numbers)}", name=name, account_code="6602.01")


def make_money(department: Department, category: ExpenseCategory, amount: str, month: date = MONTH) -> Budget:
    """A budget of a department for a category."""
    return Budget.objects.create(department=department, category=category, month=month, amount=Decimal(amount))


def draft(
    person: User,
    store: Store,
    *amounts: str,
    department: Department | None = None,
    category: ExpenseCategory | None = None,
) -> ExpenseClaim:
    """A claim of these amounts, 800.00 when none is given."""
    category = category or make_expense_category()
    lines = [ClaimLine(category.pk, date(2026, 11, 20), "抛光", Decimal(amount)) for amount in amounts or ["800.00"]]
    return draft_claim(
        store=store,
        department=department or make_department(store),
        month=MONTH,
        counterparty="青岛净洁保洁",
        purpose="中庭保洁",
        lines=lines,
        actor=person,
    )


def make_term(department: Department, *, owner: User, **fields: object) -> ExpenseTerm:
    """A fixed fee of 500.00 a month from 2026-01-31 on."""
    defaults = {
        "name": "电梯维保", "store": department.store, "category": make_expense_category("维保"), "payee": "奥的斯",
        "amount": Decimal("500.00"), "starts_on": date(2026, 1, 31),
    }  # fmt: skip
    return ExpenseTerm.objects.create(department=department, owner=owner, **(defaults | fields))
