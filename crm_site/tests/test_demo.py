"""The demo store, small: believable, complete, alike on every run."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from math import sqrt

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm_site.demo.building import Size, build_demo
from crm_site.demo.duplicates import TWICE
from crm_site.demo.receipts import MEMBER_SHARE
from loyalty.models import Account, Programme, Tier
from members.models import DuplicatePair, Member, MemberImport
from sales.models import Receipt, ReceiptLine, ReturnMatch
from sales.selectors.rollups import sums_of
from staff.models import Device, User
from staff.roles import Role
from staff.services.devices import device_of
from stores.models import Brand, Counter, Store

SMALL = Size(members=150, sales=900)


@pytest.fixture
def demo(db) -> str:
    return build_demo(today=timezone.localdate(), say=lambda _text: None, size=SMALL)


def test_it_makes_three_stores_with_a_hundred_and_twenty_counters_and_everybody_who_signs_in(demo, client):
    assert Store.objects.count() == 3
    assert Counter.objects.count() == 120
    assert 80 <= Brand.objects.count() <= 100
    assert not Counter.objects.filter(brand=None).exists()
    assert set(User.objects.values_list("username", flat=True)) >= set(Role.values)
    for role in Role.values:
        assert client.login(username=role, password="atrium-demo")
    assert User.objects.get(username="associate").counters.count() == 1
    assert device_of(demo) == Device.objects.get()


def test_its_members_have_chinese_names_phones_and_points(demo):
    imported = MemberImport.objects.get().results["new"]
    assert Member.objects.count() == SMALL.members + imported + TWICE
    assert DuplicatePair.objects.filter(likeness="exact").count() == TWICE
    assert Member.objects.filter(kind="group").count() == 10
    assert not Member.objects.filter(name="").exists()
    assert Member.objects.filter(birth_calendar="lunar").exists()
    assert Member.objects.filter(name="张晓敏", phones__tail="4821").exists()
    assert Account.objects.filter(available__gt=0).count() > 50
    assert Programme.objects.exists()
    assert Tier.objects.count() == 3


def test_its_receipts_span_two_years_to_yesterday_with_returns_and_exchanges(demo):
    today = timezone.localdate()
    receipts = Receipt.objects.order_by("sold_on")
    assert receipts.first().sold_on <= today - timedelta(days=720)
    assert receipts.last().sold_on < today
    sales = receipts.filter(kind="sale")
    anonymous = sales.filter(member=None).count() / sales.count()
    # Four standard deviations of a share counted over so many sales.
    assert abs(anonymous - (1 - MEMBER_SHARE)) < 4 * sqrt(MEMBER_SHARE * (1 - MEMBER_SHARE) / sales.count())
    assert receipts.filter(kind="return", original__isnull=False).exists()
    assert receipts.filter(channel="emall").exists()
    assert ReturnMatch.objects.exists()
    assert not ReceiptLine.objects.filter(counter=None).exists()
    assert not receipts.filter(document="").exists()


def test_its_figures_are_those_of_its_receipts(demo):
    first = Receipt.objects.order_by("sold_on").first().sold_on
    stores = list(Store.objects.values_list("pk", flat=True))
    (seen,) = sums_of([(first, timezone.localdate())], stores=stores)
    assert seen.total.net == sum(Receipt.objects.values_list("net_amount", flat=True), Decimal(0))


def test_a_database_with_a_store_is_left_alone(db, store_a):
    out = StringIO()
    call_command("demo", stdout=out)
    assert "already" in out.getvalue()
    assert Store.objects.count() == 1


def test_it_refuses_outside_demo_mode(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("demo")
