import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from staff.tests.factories import make_user
from stores.models import Chain, Product
from stores.tests.factories import (
    make_brand,
    make_category,
    make_counter,
    make_department,
    make_floor,
    make_product,
    make_store,
)


def test_a_name_is_shown_in_the_language_of_the_page(db):
    store = make_store(name="香港中路店", name_en="Hong Kong Road")
    with translation.override("zh-hans"):
        assert store.label == "香港中路店"
    with translation.override("en"):
        assert store.label == "Hong Kong Road"
        assert make_store(name="台东店", name_en="").label == "台东店"


def test_the_chain_is_one_row_with_defaults_before_it_is_set_up(db):
    Chain.objects.all().delete()
    Chain.forget()
    assert Chain.get().shares_member_base is True
    assert Chain.get().setting("anything", 7) == 7
    Chain.forget()
    with pytest.raises(IntegrityError), transaction.atomic():
        Chain.objects.create(pk=2, name="x")


def test_a_changed_chain_is_read_again_after_forgetting(db):
    Chain.forget()
    Chain.get()
    Chain.objects.filter(pk=1).update(shares_member_base=False)
    Chain.forget()
    assert Chain.get().shares_member_base is False
    Chain.forget()


def test_product_codes_are_taken_as_written(db):
    make_product(code="m")
    make_product(code="M")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_product(code="M")
    assert Product.objects.count() == 2


@pytest.mark.parametrize("model", ["chain", "store", "floor", "department", "category", "brand", "counter", "product"])
def test_administrators_open_every_dictionary_and_others_do_not(client, db, model):
    store = make_store()
    for thing in (make_floor, make_department, make_counter):
        thing(store)
    make_brand(), make_category(), make_product()
    address = reverse(f"admin:stores_{model}_changelist")
    client.force_login(make_user("admin"))
    assert client.get(address).status_code == 200
    client.force_login(make_user("manager", [store]))
    assert client.get(address).status_code != 200


@pytest.mark.parametrize(
    "model", ["member", "membercard", "memberphone", "consent", "contact", "mergeoperation", "membercare"]
)
def test_administrators_look_at_members_but_change_nothing(client, db, model):
    client.force_login(make_user("admin"))
    assert client.get(reverse(f"admin:members_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:members_{model}_add")).status_code == 403
