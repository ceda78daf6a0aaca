"""Fixtures every app's tests share: two stores, and Ada, Ben and Cho."""

import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from crm_site.translations import compile_catalogues
from kit.remembered import Remembered
from staff.models import User
from staff.tests.factories import make_user
from stores.models import Chain, Store

# How fast examples are drawn says how busy the machine is, and nothing about the product.
hypothesis_settings.register_profile("atrium", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("atrium")


def pytest_configure(config: pytest.Config) -> None:
    compile_catalogues()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database is dropped once everybody has left it: a server process needs a moment to end after its client.
    Whoever stays for a minute is named, with what it does."""
    yield
    deadline = time.monotonic() + 60
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT state, query FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if not (others := cursor.fetchall()):
                return
            assert time.monotonic() < deadline, f"still connected to the test database: {others}"
            time.sleep(0.1)


@pytest.fixture(autouse=True)
def _clean_slate(settings, monkeypatch):
    """Each test begins with an empty cache, no chain remembered from another test, and in Chinese; what is remembered
    for seconds stays remembered, so that counts of queries do not depend on the clock."""
    cache.clear()
    Chain.forget()
    Remembered.forget_all()
    monkeypatch.setattr(Chain, "CACHE_SECONDS", 3600.0)
    monkeypatch.setattr(Remembered, "SECONDS", 3600.0)
    monkeypatch.setattr("staff.selectors.SCOPE_SECONDS", 3600)
    monkeypatch.setattr("staff.selectors.UNREAD_SECONDS", 3600)
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def store_a(db) -> Store:
    from stores.tests.factories import make_store

    return make_store(name="香港中路店")


@pytest.fixture
def store_b(db) -> Store:
    from stores.tests.factories import make_store

    return make_store(name="台东店")


@pytest.fixture
def role() -> str:
    """The role Ada and Ben have; a test module overrides this fixture where a clerk is not allowed."""
    return "clerk"


@pytest.fixture
def ada(store_a: Store, role: str) -> User:
    """Allowed, in store A."""
    return make_user(role, [store_a], username="ada", display_name="Ada")


@pytest.fixture
def ben(store_b: Store, role: str) -> User:
    """Allowed, but in store B."""
    return make_user(role, [store_b], username="ben", display_name="Ben")


@pytest.fixture
def outsider_role() -> str:
    """The role of Cho, who has no permission; overridden where a buyer is allowed."""
    return "buyer"


@pytest.fixture
def cho(store_a: Store, outsider_role: str) -> User:
    """Signed in, in store A, without the permission."""
    return make_user(outsider_role, [store_a], username="cho", display_name="Cho")


# Partitioned and unlogged tables are not Django's own, so the flush between transactional tests leaves them as they are.
BESIDE_DJANGO = (
    "sales_receiptline, sales_stagedline, loyalty_pointsentry, loyalty_earnline, members_stagedmember,"
    " campaigns_sendrecipient, campaigns_pyramidmember, campaigns_segmentmove, campaigns_trackevent"
)


@pytest.fixture(autouse=True)
def _empty_partitions(request):
    marker = request.node.get_closest_marker("django_db")
    if not (marker and marker.kwargs.get("transaction")) and "transactional_db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {BESIDE_DJANGO}")
