"""Written workbooks: rows out as XLSX, text always as text."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from operator import attrgetter
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.functional import Promise
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A heading, and how a row's value is got: a dotted attribute or a callable."""

    label: str | Promise
    value: str | Callable[[Any], object]
    width: int = 16

    def of(self, row: Any) -> object:
        return self.value(row) if callable(self.value) else attrgetter(self.value)(row)


def workbook(columns: Sequence[Column], rows: Iterable[Any], title: str = "Sheet1") -> bytes:
    """The rows as one sheet with a heading."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for index, column in enumerate(columns):
        sheet.column_dimensions[chr(65 + index) if index < 26 else f"A{chr(39 + index)}"].width = column.width
    sheet.freeze_panes = "A2"
    headings = []
    for column in columns:
        cell = WriteOnlyCell(sheet, value=force_str(column.label))
        cell.font = Font(bold=True)
        headings.append(cell)
    sheet.append(headings)
    for row in rows:
        sheet.append([plain_cell(sheet, column.of(row)) for column in columns])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def plain_cell(sheet: Any, value: object) -> object:
    """A value as a cell: numbers and dates as such, text as text."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if value is None or isinstance(value, (bool, int, dt.date, dt.time)):
        return value
    if hasattr(value, "as_tuple"):  # Decimal: a number, not text
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", force_str(value))
    cell = WriteOnlyCell(sheet, value=text)
    # A name that begins with "=" is a name, not a formula.
    cell.data_type = "s"
    return cell


def workbook_response(filename: str, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """The workbook as a download, its name ending in today's date."""
    name = f"{filename}-{timezone.localdate():%Y-%m-%d}.xlsx"
    response = HttpResponse(workbook(columns, rows), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
