"""Large exports written row by row: CSV.GZ and XLSX, marked with who asked for them, text always as text."""

import csv
import datetime as dt
import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_str
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from kit.workbooks import Column, plain_cell

ROWS_A_SHEET = 1_000_000
REPORT_EVERY = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Mark:
    """Whose export it is: shown on every sheet and page, and in a code at the end of every row."""

    number: str
    who: str
    at: dt.datetime

    @property
    def text(self) -> str:
        return f"{self.number} · {self.who} · {timezone.localtime(self.at):%Y-%m-%d %H:%M}"

    def code(self, row: int) -> str:
        """What tells, of one row found somewhere, from which export it is."""
        return f"{self.number}-{row}-{salted_hmac('kit.exports', f'{self.number}:{row}').hexdigest()[:6]}"


Report = Callable[[int], None]


def write_csv_gz(path: Path, columns: Sequence[Column], rows: Iterable[Any], mark: Mark, report: Report) -> int:
    """The rows as compressed CSV in UTF-8; returns how many."""
    written = 0
    with gzip.open(path, "wb", compresslevel=5) as packed, io.TextIOWrapper(packed, "utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*(force_str(column.label) for column in columns), mark.text])
        for written, row in enumerate(rows, 1):
            writer.writerow([*(_text(column.of(row)) for column in columns), mark.code(written)])
            if written % REPORT_EVERY == 0:
                report(written)
    return written


def write_xlsx(path: Path, columns: Sequence[Column], rows: Iterable[Any], mark: Mark, report: Report) -> int:
    """The rows as a workbook, a million a sheet, never held whole in memory; returns how many."""
    book = Workbook(write_only=True)
    book.properties.creator = mark.who
    book.properties.title = mark.text
    sheet = None
    written = 0
    for written, row in enumerate(rows, 1):
        if sheet is None or (written - 1) % ROWS_A_SHEET == 0:
            sheet = _new_sheet(book, columns, mark)
        sheet.append([*(plain_cell(sheet, column.of(row)) for column in columns), mark.code(written)])
        if written % REPORT_EVERY == 0:
            report(written)
    if sheet is None:
        _new_sheet(book, columns, mark)
    book.save(path)
    return written


def _new_sheet(book: Workbook, columns: Sequence[Column], mark: Mark) -> Any:
    sheet = book.create_sheet(f"{mark.number} {len(book.worksheets) + 1}"[:31])
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = mark.text.replace("&", "&&")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions[_letter(len(columns))].hidden = True
    headings = []
    for label in (*(force_str(column.label) for column in columns), mark.text):
        cell = WriteOnlyCell(sheet, value=label)
        cell.font = Font(bold=True)
        headings.append(cell)
    sheet.append(headings)
    return sheet


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else f"A{chr(39 + index)}"


def _text(value: object) -> str:
    """A cell no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, (bool, int, dt.date)) or hasattr(value, "as_tuple"):
        return str(value)
    text = force_str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(_FORMULA) else text
