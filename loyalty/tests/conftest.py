import pytest

from loyalty.tests.factories import make_programme, make_scheme
from members.tests.factories import make_member


@pytest.fixture
def programme(db):
    return make_programme()


@pytest.fixture
def scheme(db):
    return make_scheme()


@pytest.fixture
def member(store_a, programme, scheme):
    return make_member(store=store_a)
