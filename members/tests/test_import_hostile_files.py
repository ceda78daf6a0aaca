import gzip
import io
import zipfile

import pytest
from openpyxl import Workbook

from kit.tables import FileRefused
from members.exceptions import ImportRefused
from members.models import Member, MemberImport, StagedMember
from members.tests.importing import applied, as_csv, checked, reasons, uploaded, verdicts

pytestmark = pytest.mark.django_db
GOOD = "姓名,手机\n张晓敏,13812344821\n"


def test_ragged_rows_are_errors_only_where_something_would_be_lost():
    batch = checked("姓名,手机,邮箱\n张晓敏,13812344821\n王建国,13912344822,,\n李雷,13712344823,,多出\n".encode())
    assert verdicts(batch) == {2: "new", 3: "new", 4: "error"}


def test_nuls_and_binary_files_are_refused():
    for content in (GOOD.encode() + b"\x00", b"\x89PNG\r\n\x1a\n" + bytes(range(256))):
        with pytest.raises(FileRefused):
            uploaded(content)
    assert not MemberImport.objects.exists()


def test_a_huge_cell_is_refused_with_its_line():
    with pytest.raises(FileRefused, match="2"):
        uploaded(("姓名,手机\n" + "张" * (10 << 20) + ",1\n").encode())


def test_every_encoding_and_line_end_is_read():
    for content in (
        GOOD.encode("utf-8-sig"), GOOD.encode("gb18030"), GOOD.replace("\n", "\r").encode(),
        GOOD.replace("\n", "\r\n").encode(), GOOD.replace(",", "\t").encode(), GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "|").encode(), gzip.compress(GOOD.encode()),
    ):  # fmt: skip
        batch = checked(content)
        assert verdicts(batch) == {2: "new"}
        assert StagedMember.objects.get(batch=batch).data["phones"] == ["+8613812344821"]


def test_wrong_encodings_empty_and_cut_files_are_refused():
    cut = gzip.compress(GOOD.encode() * 50)[:-12]
    for content in (b"\xff\xfe" + GOOD.encode("utf-16-le"), b"", b"name\n\xff\xff\xff\xff", cut, b"PK\x03\x04rubbish"):
        with pytest.raises(FileRefused):
            uploaded(content)


def test_a_bomb_is_not_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (120 << 20))
    with pytest.raises(FileRefused):
        uploaded(packed.getvalue(), name="bomb.xlsx")


def test_workbooks_with_formulas_dates_and_numbers_are_read():
    book = Workbook()
    book.active.append(["姓名", "手机", "生日", "备注"])
    import datetime as dt

    book.active.append(["张晓敏", 13812344821, dt.date(1985, 8, 6), "=1+1"])
    out = io.BytesIO()
    book.save(out)
    applied(out.getvalue(), actor=None)
    member = Member.objects.get()
    assert (member.birth_month, member.birth_day) == (8, 6)
    assert member.phones.get().e164 == "+8613812344821"


def test_the_heading_in_the_middle_is_an_error():
    batch = checked((GOOD + GOOD).encode())
    assert verdicts(batch) == {2: "new", 3: "error", 4: "duplicate"}


def test_one_column_and_repeated_headings():
    assert verdicts(checked("姓名\n张晓敏\n".encode())) == {2: "new"}
    batch = uploaded("姓名,姓名,\n张晓敏,王建国,x\n".encode())
    assert batch.header == ["姓名", "姓名 (2)", "#3"]


def test_a_file_without_any_known_column_cannot_be_checked():
    with pytest.raises(ImportRefused):
        checked(b"foo\nbar\n", columns={"name": "nowhere"})


def test_formula_text_stays_text():
    applied(as_csv(["姓名", "手机", "备注"], [["=HYPERLINK(1)", "13812344821", "@x\\N\t{}\"'"]]))
    member = Member.objects.get()
    assert member.name == "=HYPERLINK(1)"
    assert member.notes.get().text == "@x\\N\t{}\"'"


def test_numbers_and_words_that_are_too_long_or_odd():
    rows = [
        ["长" * 200, "13812344821", "M0001;DROP"],
        ["张晓敏", "１３８ １２３４ ４８２２", ""],
        ["王", "0086-13812344823", ""],
    ]
    batch = checked(as_csv(["姓名", "手机", "会员编号"], rows))
    assert verdicts(batch) == {2: "error", 3: "new", 4: "new"}
    assert set(reasons(batch, 2)) == {"name", "member_no"}
