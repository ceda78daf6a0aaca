import pytest

from kit.errors import NotFound, PermissionRefused
from members import access
from members.models import Member
from members.tests.factories import make_care, make_member
from staff.tests.factories import make_user
from stores.models import Chain
from stores.tests.factories import make_counter


@pytest.fixture
def apart(db):
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False})
    Chain.forget()
    yield
    Chain.forget()


@pytest.fixture
def member(store_a):
    return make_member(store=store_a)


@pytest.fixture
def associate(store_a):
    return make_user("associate", [store_a], counters=[make_counter(store_a)])


def test_everybody_sees_everybody_where_the_base_is_shared(member, ada, ben):
    assert access.sees_unmasked(ada, member)
    assert access.sees_unmasked(ben, member)


def test_only_the_own_store_where_it_is_not(apart, member, ada, ben, store_b):
    nobodys = make_member(store=None)
    assert access.sees_unmasked(ada, member)
    assert not access.sees_unmasked(ben, member)
    assert access.sees_unmasked(ben, nobodys)
    assert set(access.members_visible(ben)) == {nobodys}
    assert access.sees_unmasked(make_user("ceo", all_stores=True), member)


def test_an_associate_sees_the_own_customers_by_person_and_by_counter(member, associate, store_a):
    assert not access.sees_unmasked(associate, member)
    care = make_care(member, make_user("associate", [store_a]), counter=associate.counters.get())
    assert access.sees_unmasked(associate, member)
    assert list(access.members_visible(associate)) == [member]
    care.until_on = care.from_on.replace(year=care.from_on.year - 1)
    care.from_on = care.until_on
    care.save()
    assert not access.sees_unmasked(associate, member)


def test_apps_above_widen_an_associates_scope(member, associate, monkeypatch):
    monkeypatch.setattr(access, "_associate_checks", [])
    monkeypatch.setattr(access, "_associate_ids", [])
    access.register_associate_scope(
        lambda user, ids: ids & {member.pk}, lambda user: Member.objects.filter(pk=member.pk).values("pk")
    )
    assert access.sees_unmasked(associate, member)
    assert list(access.members_visible(associate)) == [member]


def test_member_for_looks_at_permission_then_existence_then_scope(apart, member, ada, ben, cho):
    assert access.member_for(ada, member.pk, "members.change_member") == member
    assert access.member_for(ben, member.pk) == member
    with pytest.raises(PermissionRefused):
        access.member_for(ben, member.pk, "members.change_member")
    with pytest.raises(PermissionRefused):
        access.member_for(cho, member.pk)
    with pytest.raises(NotFound):
        access.member_for(ada, 10**9)


@pytest.mark.parametrize("rows", [3, 30])
def test_scope_of_many_takes_as_many_queries_as_of_few(
    apart, associate, ben, store_a, rows, django_assert_max_num_queries
):
    members = [make_member(store=store_a) for _ in range(rows)]
    for user in (associate, ben):
        Chain.get()
        with django_assert_max_num_queries(4):
            access.unmasked_ids(user, [(m.pk, m.home_store_id) for m in members])
