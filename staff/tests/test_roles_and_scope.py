"""Permissions come from the role without a query; rows from the stores and counters of a person."""

import pytest

from kit.errors import PermissionRefused
from kit.testing import counted_queries
from staff.access import counters_for, require, require_store, stores_for
from staff.models import User
from staff.roles import Role, grant
from staff.tests.factories import make_user
from stores.tests.factories import make_counter

grant(Role.MARKETER, "staff.test_permission")


def test_a_role_answers_without_a_query(db):
    marketer, clerk, admin = make_user("marketer"), make_user("clerk"), make_user("admin")
    with counted_queries() as queries:
        assert marketer.has_perm("staff.test_permission")
        assert not clerk.has_perm("staff.test_permission")
        assert admin.has_perm("staff.test_permission")
        assert admin.has_perm("anything.at_all")
    assert len(queries) == 0


def test_an_inactive_person_may_nothing(db):
    assert not make_user("admin", is_active=False).has_perm("staff.test_permission")


def test_require_refuses_in_words(db):
    with pytest.raises(PermissionRefused, match="角色"):
        require(make_user("clerk"), "staff.test_permission")


def test_scope_is_the_stores_of_a_person(ada, store_a, store_b):
    assert set(stores_for(ada)) == {store_a}
    require_store(ada, store_a.pk)
    with pytest.raises(PermissionRefused):
        require_store(ada, store_b.pk)


@pytest.mark.parametrize("fields", [{"role": "ceo", "all_stores": True}, {"role": "admin"}])
def test_the_office_sees_every_store(store_a, store_b, fields):
    assert set(stores_for(make_user(**fields))) == {store_a, store_b}


def test_an_associate_has_counters_and_others_those_of_their_stores(store_a, store_b):
    mine, beside, elsewhere = make_counter(store_a), make_counter(store_a), make_counter(store_b)
    associate = make_user("associate", [store_a], counters=[mine])
    assert set(counters_for(associate)) == {mine}
    assert set(counters_for(make_user("clerk", [store_a]))) == {mine, beside}
    assert set(counters_for(make_user("admin"))) == {mine, beside, elsewhere}


def test_createsuperuser_makes_an_administrator(db):
    user = User.objects.create_superuser("chief", "chief@example.com", "a long password")
    assert (user.role, user.all_stores) == ("admin", True)
