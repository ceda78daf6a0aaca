import pytest
from django.core.management import call_command

from loyalty.models import Account, PointsLot
from loyalty.services.points import redeem_points
from loyalty.services.verification import find_breaches
from members.models import Member
from members.services.imports.undoing import undo_import
from members.tests.factories import make_member
from members.tests.importing import applied, as_csv, checked, reasons, verdicts

HEADER = ["编号", "姓名", "手机", "积分", "积分日期", "积分有效期"]
ROWS = [
    ["A1", "张晓敏", "13812344821", "1,200", "2026-03-01", "2027-12-31"],
    ["A2", "王建国", "13912344822", "300", "", ""],
    ["A3", "李雷", "13712344823", "12.5", "", ""],
    ["A4", "韩梅梅", "12", "70", "", ""],
    ["A5", "赵四", "13612344825", "0", "", ""],
]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _programme():
    from loyalty.tests.factories import make_programme

    make_programme()


def test_balances_become_dated_lots_and_the_totals_reconcile():
    batch = applied(as_csv(HEADER, ROWS))
    assert verdicts(batch) == {2: "new", 3: "new", 4: "error", 5: "error", 6: "new"}
    lot = PointsLot.objects.get(account__member__external_no="A1")
    assert (lot.granted, f"{lot.active_from:%Y-%m-%d}") == (1200, "2026-02-28")
    assert f"{lot.expires_at:%Y-%m-%d %H:%M}" == "2027-12-31 16:00"
    results = batch.results
    assert (results["points_file"], results["points_booked"]) == (1570, 1500)
    assert (results["points_refused"], results["points_there"]) == (70, 0)
    assert not list(find_breaches())


def test_a_balance_is_opened_once_per_member_and_source():
    applied(as_csv(HEADER, ROWS))
    again = applied(as_csv(HEADER, [*ROWS[:1], ["A2", "王建国", "13912344822", "400", "", ""]]))
    assert verdicts(again) == {2: "unchanged", 3: "error"}
    assert list(reasons(again, 3)) == ["points"]
    assert again.results["points_file"] == again.results["points_there"] + again.results["points_refused"]
    assert Account.objects.get(member__external_no="A1").available == 1200


def test_undo_books_the_reverse_and_leaves_what_was_used():
    known = make_member(name="孙丽", phone="+8613512344826")
    batch = applied(as_csv(HEADER, [*ROWS, ["A6", "孙丽", "13512344826", "50", "", ""]]))
    member = Member.objects.get(external_no="A2")
    redeem_points(member_id=member.pk, points=100, key="x", reason="", actor=None)
    undo_import(batch, actor=None)
    assert batch.results["emptied"] == 1
    assert batch.results["taken_back"] == 1
    assert batch.results["left"] == 1
    assert Account.objects.get(member=member).available == 200
    assert Account.objects.get(member=known).available == 0
    assert not list(find_breaches())
    again = applied(as_csv(HEADER, ROWS[:1]))
    assert again.results["points_booked"] == 1200
    assert checked(as_csv(HEADER, [["A6", "孙丽", "13512344826", "50", "", ""]])).counts["update"] == 1
    call_command("verify_ledgers")
