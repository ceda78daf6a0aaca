"""Files that are broken, cut off, wrongly encoded, empty or bombs: a clear sentence, and nothing is imported by halves."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from sales.exceptions import FileRefused, ImportRefused
from sales.models import ImportBatch, Receipt, StagedLine
from sales.services.profiles import check_spec, load_profile
from sales.services.staging import stage_file

pytestmark = pytest.mark.django_db

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
GOOD = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"


def bomb_xlsx() -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        block = b"0" * (1 << 20)
        for _megabyte in range(1024):
            sheet.write(block)
    return packed.getvalue()


def bomb_gzip() -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as stream:
        block = b"a" * (1 << 20)
        for _megabyte in range(1024):
            stream.write(block)
    return packed.getvalue()


HOSTILE = {
    "empty.csv": b"",
    "header-of-nothing.csv": b"\n",
    "wrong-columns.csv": b"a,b,c\n1,2,3\n",
    "binary.csv": b"InvoiceNo\x00\x01\x02" * 100,
    "latin.csv": HEADER.encode() + "536365,85123A,CAF\xe9 \xff\xff,6,2010-12-01 08:26:00,2.55,1,UK\n".encode("latin-1"),
    "cut-off.csv.gz": gzip.compress((HEADER + GOOD * 5000).encode())[:-20],
    "damaged.csv.gz": b"\x1f\x8b\x08\x00" + b"nonsense" * 40,
    "open-quote.csv": (
        HEADER + GOOD + '536366,"85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,UK\n' + GOOD * 9
    ).encode(),
    "cut-off.xlsx": b"PK\x03\x04" + b"\x00" * 500,
    "not-a-workbook.xlsx": None,
    "one-long-line.csv": (HEADER + "x" * 5_000_000).encode(),
    "bomb.csv.gz": bomb_gzip,
    "bomb.xlsx": bomb_xlsx,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_whole_in_a_sentence(name, tmp_path):
    content = HOSTILE[name]
    path = tmp_path / name
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "not a workbook")
    else:
        path.write_bytes(content() if callable(content) else content)
    with pytest.raises(FileRefused) as refused:
        stage_file(path, profile=load_profile("online-retail"), file_name=name, actor=None)
    assert len(str(refused.value)) > 5
    assert not ImportBatch.objects.exists()
    assert not StagedLine.objects.exists()
    assert not Receipt.objects.exists()


ODD_LINES = {
    "536365,85123A,HOLDER,six,2010-12-01 08:26:00,2.55,17850.0,UK": "six",
    "536365,85123A,HOLDER,1e3,2010-12-01 08:26:00,2.55,17850.0,UK": "1e3",
    "536365,85123A,HOLDER,NaN,2010-12-01 08:26:00,2.55,17850.0,UK": "NaN",
    "536365,85123A,HOLDER,6,yesterday,2.55,17850.0,UK": "yesterday",
    "536365,85123A,HOLDER,6,2010-13-45 08:26:00,2.55,17850.0,UK": "2010-13-45",
    "536365,85123A,HOLDER,6,2010-12-01 08:26:00,99999999999999,17850.0,UK": "99999",
    "536365,85123A,HOLDER,0,2010-12-01 08:26:00,2.55,17850.0,UK": "",
    ",85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,UK": "",
    "536365,,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,UK": "",
    "536365,85123A,HOLDER,6,2010-12-01 08:26:00,-2.55,17850.0,UK": "",
    "C536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,UK": "",
    "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55": "",
    f"{'9' * 65},85123A,HOLDER,6,2010-12-01 08:26:00,2.55,1,UK": "",
}


@pytest.mark.parametrize("line", ODD_LINES, ids=range(len(ODD_LINES)))
def test_an_odd_line_is_rejected_with_its_number_and_the_others_are_kept(line, tmp_path):
    path = Path(tmp_path) / "odd.csv"
    path.write_text(HEADER + GOOD + line + "\n" + GOOD)
    batch = stage_file(path, profile=load_profile("online-retail"), file_name="odd.csv", actor=None)
    assert (batch.lines, batch.rejected) == (3, 1)
    rejected = StagedLine.objects.filter(batch_id=batch.pk).exclude(error="").get()
    assert rejected.row_no == 3
    assert ODD_LINES[line] in rejected.error


def test_a_mapping_that_lacks_a_column_is_refused():
    with pytest.raises(ImportRefused):
        check_spec({"name": "x", "source": "x", "columns": {"document": "No"}})


def test_an_unknown_profile_is_refused():
    with pytest.raises(ImportRefused):
        load_profile("nobody-has-this")


def test_formulas_are_disarmed_in_the_error_file(tmp_path):
    from sales.services.importing import error_file

    path = Path(tmp_path) / "formula.csv"
    path.write_text(HEADER + "=cmd|' /C calc'!A0,85123A,HOLDER,six,2010-12-01 08:26:00,2.55,1,UK\n")
    batch = stage_file(path, profile=load_profile("online-retail"), file_name="f.csv", actor=None)
    assert ",'=cmd" in error_file(batch) or "\"'=cmd" in error_file(batch)
