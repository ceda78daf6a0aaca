import pytest

from members.exceptions import ImportRefused
from members.models import Consent, Member, MemberCard, MemberIdentity, MemberImport, MemberPhone, StagedMember
from members.selectors import search
from members.services.imports.applying import State, apply_import
from members.services.imports.undoing import undo_import
from members.tests.factories import make_member
from members.tests.importing import applied, as_csv, checked, reasons, uploaded, verdicts
from staff.models import AuditEntry

HEADER = [
    "编号",
    "姓名",
    "性别",
    "手机",
    "生日",
    "身份证号",
    "邮箱",
    "地址",
    "门店",
    "办卡日期",
    "卡号",
    "短信",
    "备注",
]
ID = "370202198508062345"


def id_card(body: str = "37020219850806234") -> str:
    from kit.identity_numbers import check_digit

    return body + check_digit(body)


@pytest.fixture
def rows(store_a):
    return [
        ["A1", "张晓敏", "女", "138 1234 4821/0532-85861234", "农历八月初六", id_card(), "a@example.com",
         "山东省青岛市市南区香港中路 10 号", store_a.name, "2019/5/2", "C0001", "是", "喜欢浅色"],
        ["A2", "王　建国", "M?", "13912344822", "", "", "", "", "", "", "", "", ""],
        ["A3", "李雷", "男", "12", "1985-02-30", "370202198508062340", "nobody", "", "月球店", "2999-01-01", "", "", ""],
        ["A1", "张晓敏", "", "", "", "", "", "", "", "", "", "", ""],
        ["", "韩梅梅", "女士", "+86 137 0000 0001", "19850806", "", "", "", "", "43587", "", "2024-03-01", ""],
        ["", "", "", "13700000009", "", "", "", "", "", "", "", "", ""],
    ]  # fmt: skip


@pytest.mark.django_db
def test_every_row_gets_its_verdict_and_nothing_is_written(rows):
    batch = checked(as_csv(HEADER, rows))
    assert verdicts(batch) == {2: "new", 3: "error", 4: "error", 5: "duplicate", 6: "new", 7: "error"}
    assert StagedMember.objects.get(batch=batch, row_no=5).twin_row == 2
    assert set(reasons(batch, 3)) == {"gender"}
    assert set(reasons(batch, 4)) == {"phone1", "birthday", "identity", "email", "store", "enrolled_on"}
    assert batch.unknown_values == {"gender": {"M?": 1}, "store": {"月球店": 1}}
    assert batch.counts == {"new": 2, "update": 0, "unchanged": 0, "duplicate": 1, "ambiguous": 0, "error": 3}
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_new_members_are_made_whole(ada, rows):
    batch = applied(as_csv(HEADER, rows), actor=ada)
    zhang = Member.objects.get(external_no="A1")
    assert (zhang.name, zhang.gender, zhang.email) == ("张晓敏", "female", "a@example.com")
    assert (zhang.province, zhang.city, zhang.district, zhang.street) == (
        "山东省",
        "青岛市",
        "市南区",
        "香港中路 10 号",
    )
    assert (zhang.birth_calendar, zhang.birth_month, zhang.birth_day) == ("lunar", 8, 6)
    assert str(zhang.enrolled_on) == "2019-05-02"
    assert [p.e164 for p in zhang.phones.order_by("pk")] == ["+8613812344821", "+8653285861234"]
    assert zhang.cards.get().number == "C0001"
    assert zhang.identities.get().shown == "3702**********" + id_card()[-4:]
    assert zhang.allows_sms
    assert zhang.notes.get().text == "喜欢浅色"
    assert [one.pk for one in search("zxm 4821", ada)] == [zhang.pk]
    han = Member.objects.get(name="韩梅梅")
    assert str(han.enrolled_on) == "2019-05-02"
    assert str(Consent.objects.get(member=han).at.date()) == "2024-03-01"
    assert batch.state == State.APPLIED
    assert batch.results["new"] == 2
    assert sum(batch.results.values()) == batch.rows
    assert AuditEntry.objects.filter(action="members.import_applied").count() == 1


@pytest.mark.django_db
def test_the_same_rows_again_are_unchanged_and_the_same_file_is_refused(rows):
    first = applied(as_csv(HEADER, rows))
    again = checked(as_csv(HEADER, [*rows, [""] * 13, ["A9", "赵四", *[""] * 11]]))
    assert again.counts["unchanged"] == 2
    assert again.counts["new"] == 1
    with pytest.raises(ImportRefused) as refused:
        uploaded(as_csv(HEADER, rows))
    assert refused.value.import_id == first.pk


@pytest.mark.django_db
def test_known_members_are_changed_and_blanks_keep_what_is_there():
    member = make_member(name="张晓敏", phone="+8613812344821", email="old@example.com", city="青岛市")
    batch = applied(
        as_csv(
            ["姓名", "手机", "邮箱", "城市", "身份证号"], [["张晓敏", "13812344821", "new@example.com", "", id_card()]]
        )
    )
    member.refresh_from_db()
    assert batch.results["update"] == 1
    assert (member.email, member.city) == ("new@example.com", "青岛市")
    assert MemberIdentity.objects.get().member == member


@pytest.mark.django_db
def test_blanks_empty_fields_where_the_mapping_says_so():
    member = make_member(name="张晓敏", phone="+8613812344821", email="old@example.com", city="青岛市")
    applied(as_csv(["姓名", "手机", "邮箱", "城市"], [["张晓敏", "13812344821", "", ""]]), blanks_overwrite=True)
    member.refresh_from_db()
    assert (member.email, member.city, member.name) == ("", "", "张晓敏")


@pytest.mark.django_db
def test_several_members_are_never_decided_between():
    one, two = (make_member(name="张晓敏", phone="+8613812344821") for _ in range(2))
    batch = applied(as_csv(["姓名", "手机", "邮箱"], [["张晓敏", "13812344821", "x@example.com"]]))
    assert batch.results["ambiguous"] == 1
    assert StagedMember.objects.get(batch=batch).matches == [one.pk, two.pk]
    assert not Member.objects.filter(email="x@example.com").exists()


@pytest.mark.django_db
def test_a_row_is_judged_anew_when_it_is_written():
    batch = checked(as_csv(["姓名", "手机", "邮箱"], [["张晓敏", "13812344821", "x@example.com"]]))
    assert batch.counts["new"] == 1
    member = make_member(name="张晓敏", phone="+8613812344821")
    batch = apply_import(batch, actor=None)
    assert batch.results["update"] == 1
    member.refresh_from_db()
    assert member.email == "x@example.com"
    assert Member.objects.count() == 1


@pytest.mark.django_db
def test_undo_takes_back_what_was_made_and_changed(rows):
    member = make_member(name="韩梅梅", phone="+8613700000001", gender="", email="before@example.com")
    phones = set(MemberPhone.objects.values_list("pk", flat=True))
    cards = set(MemberCard.objects.values_list("pk", flat=True))
    batch = applied(as_csv(HEADER, rows))
    member.refresh_from_db()
    assert member.gender == "female"
    assert member.allows_sms
    undo_import(batch, actor=None)
    member.refresh_from_db()
    assert (member.gender, member.email, member.allows_sms) == ("", "before@example.com", False)
    assert list(Member.objects.all()) == [member]
    assert set(MemberPhone.objects.values_list("pk", flat=True)) == phones
    assert set(MemberCard.objects.values_list("pk", flat=True)) == cards
    assert batch.results["taken_back"] == 1
    assert batch.results["restored"] == 1
    assert MemberImport.objects.get().state == State.UNDONE
    applied(as_csv(HEADER, rows))
    assert Member.objects.count() == 2
