from datetime import date

import pytest
from django.db import IntegrityError, transaction

from members.birthdays import Birthday
from members.models import Consent, Member, MemberCard, MemberPhone, MemberSearch
from members.selectors import members_by_external_no, search
from members.services.bulk import NewMember, enrol_members_bulk
from members.services.search_rows import reconcile_search_rows
from members.signals import members_enrolled
from staff.models import AuditEntry


def test_bulk_enrolment_writes_what_the_desk_would(ada, store_a):
    rows = [
        NewMember(
            name="张晓敏",
            phones=["13812344821", "+8653285861234"],
            store_id=store_a.pk,
            enrolled_on=date(2019, 5, 2),
            birthday=Birthday(8, 6, 1985, lunar=True),
            consents=["sms"],
            email="a@example.com",
            street="香港中路\t1\\号\n2楼",
        ),
        NewMember(name='O\'Hara, "Ann" \\ {x}', external_no="14646"),
        NewMember(external_no="14647"),
    ]
    ids = enrol_members_bulk(rows, actor=ada, external_source="online-retail")

    assert list(Member.objects.order_by("pk").values_list("pk", flat=True)) == ids
    zhang = Member.objects.get(pk=ids[0])
    assert zhang.enrolled_on == date(2019, 5, 2)
    assert zhang.street == "香港中路\t1\\号\n2楼"
    assert zhang.next_birthday_on is not None
    assert zhang.allows_sms
    assert not zhang.allows_phone
    assert zhang.enrolled_by == ada
    assert Consent.objects.get().member == zhang
    assert [p.is_primary for p in zhang.phones.order_by("pk")] == [True, False]
    assert MemberCard.objects.count() == 3
    assert MemberSearch.objects.count() == 3
    assert Member.objects.get(pk=ids[1]).name == 'O\'Hara, "Ann" \\ {x}'
    assert Member.objects.get(pk=ids[2]).display_name == "14647"
    assert members_by_external_no("online-retail", ["14646", "x"]) == {"14646": ids[1]}
    assert [one.pk for one in search("zxm 4821", ada)] == [ids[0]]
    assert [one.pk for one in search("14647", ada)] == [ids[2]]
    assert AuditEntry.objects.filter(action="members.members_enrolled").count() == 1
    assert MemberPhone.objects.count() == 2


def test_the_search_rows_are_the_ones_the_desk_writes(ada, store_a):
    enrol_members_bulk(
        [NewMember(name=n) for n in ("单晓敏", "欧阳修", "John Smith", "张😀敏", 'a"b\\c', "")], actor=ada
    )
    before = list(MemberSearch.objects.order_by("pk").values_list("name", "py", "ini", "toks"))
    reconcile_search_rows()
    assert list(MemberSearch.objects.order_by("pk").values_list("name", "py", "ini", "toks")) == before


def test_reconciling_repairs_missing_and_stale_rows(ada):
    ids = enrol_members_bulk([NewMember(name="张晓敏"), NewMember(name="李明")], actor=ada)
    MemberSearch.objects.filter(pk=ids[0]).delete()
    MemberSearch.objects.filter(pk=ids[1]).update(name="stale")
    last = reconcile_search_rows()
    assert last == ids[1]
    assert reconcile_search_rows(after_id=last) is None
    assert set(MemberSearch.objects.values_list("name", flat=True)) == {"张晓敏", "李明"}


def test_the_same_external_number_twice_enrols_nobody(ada):
    enrol_members_bulk([NewMember(external_no="1")], actor=ada, external_source="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        enrol_members_bulk([NewMember(name="新"), NewMember(external_no="1")], actor=ada, external_source="x")
    assert Member.objects.count() == 1


def test_apps_above_learn_of_all_of_them_at_once(ada):
    heard = []
    listen = lambda sender, member_ids, **_: heard.append(member_ids)  # noqa: E731
    members_enrolled.connect(listen)
    try:
        ids = enrol_members_bulk([NewMember(name="a"), NewMember(name="b")], actor=ada)
    finally:
        members_enrolled.disconnect(listen)
    assert heard == [ids]


def test_nobody_is_enrolled_for_no_rows(ada):
    assert enrol_members_bulk([], actor=ada) == []


@pytest.mark.parametrize("size", [2, 100])
def test_the_number_of_statements_does_not_grow(ada, size, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        enrol_members_bulk([NewMember(name="张晓敏", phones=["13812344821"])] * size, actor=ada)
