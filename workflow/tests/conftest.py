"""The test subjects are registered for every test of this app, and only there."""

import pytest

from staff.tests.factories import make_user
from workflow.services.subjects import register, unregister
from workflow.tests.factories import ENDED, BudgetSubject, PaperSubject


@pytest.fixture(autouse=True)
def _subjects():
    """The kinds of things these tests approve."""
    ENDED.clear()
    BudgetSubject.extra.clear()
    BudgetSubject.revocable = True
    register(BudgetSubject)
    yield
    unregister(BudgetSubject.key)
    unregister(PaperSubject.key)


@pytest.fixture
def people(db, store_a):
    """An initiator with a supervisor, six colleagues, and an administrator."""
    boss = make_user("manager", [store_a], username="boss", phone="+8613900000001", email="boss@example.com")
    named = {name: make_user("finance", [store_a], username=name) for name in ("lin", "wu", "he", "ma", "qi", "su")}
    ina = make_user("buyer", [store_a], username="ina", manager=boss)
    root = make_user("admin", [], username="root", all_stores=True)
    return {"ina": ina, "boss": boss, "root": root, **named}
