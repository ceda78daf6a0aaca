"""The first screen as a workbook: a sheet of figures, then one sheet per table."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from crm_site.dashboard.access import Ground
from crm_site.dashboard.selectors import Overview, Row
from kit.workbooks import XLSX

MONEY, SHARE, COUNT = "#,##0.00", "0.0%", "#,##0"


def overview_workbook(seen: Overview, ground: Ground) -> HttpResponse:
    """What the screen shows, as a download."""
    book = Workbook(write_only=True)
    _figures(book, seen, ground)
    for title, rows in (
        (_("Sales by day"), seen.days),
        (_("Sales by hour"), seen.hours),
        (_("Sales by weekday"), seen.weekdays),
        (_("Sales by store"), seen.stores),
        (_("Sales by floor"), seen.floors),
        (_("Sales by counter"), seen.counters),
        (_("Sales by brand"), seen.brands),
    ):
        _table(book, title, rows)
    _tiers(book, seen)
    out = BytesIO()
    book.save(out)
    period = seen.asked.period
    name = f"atrium-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}.xlsx"
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sheet(book: Workbook, title: str, headings: Sequence[str], widths: Sequence[int]) -> WriteOnlyWorksheet:
    sheet = book.create_sheet(title[:31])
    for letter, width in zip("ABCDEFGHIJKL", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.append([_styled(sheet, heading, bold=True) for heading in headings])
    return sheet


def _styled(sheet: WriteOnlyWorksheet, value: object, shape: str = "", *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with "=" is a name
    if shape:
        cell.number_format = shape
    if bold:
        cell.font = Font(bold=True)
    return cell


def _figures(book: Workbook, seen: Overview, ground: Ground) -> None:
    sheet = _sheet(book, _("Figures"), [_("Figure"), _("Now"), _("A year before")], (30, 20, 20))
    asked = seen.asked
    stores = [ground.stores[asked.store_id]] if asked.store_id else list(ground.stores.values())
    where = ", ".join(store.label for store in stores)
    if asked.floor_id and asked.floor_id in ground.floors:
        where += f" · {ground.floors[asked.floor_id].label}"
    now, then, points, earlier = seen.now.total, seen.then.total, seen.points, seen.points_before
    rows: list[tuple[str, object, object, str]] = [
        (_("Period"), _days(asked.period), _days(seen.before), ""),
        (_("Where"), where, where, ""),
        (_("Net sales"), now.net, then.net, MONEY),
        (_("Sales before returns"), now.sales, then.sales, MONEY),
        (_("Returns"), now.returns, then.returns, MONEY),
        (_("Discounts"), now.discount, then.discount, MONEY),
        (_("Members' share of sales"), now.member_share, then.member_share, SHARE),
    ]
    if seen.whole_stores:
        rows += [
            (_("Active members"), seen.now.members, seen.then.members, COUNT),
            (_("New members"), seen.new_members, seen.new_members_before, COUNT),
            (_("Average basket"), now.basket, then.basket, MONEY),
            (_("Sale receipts"), now.receipts, then.receipts, COUNT),
        ]
    rows += [
        (_("Points issued"), points.issued, earlier.issued, COUNT),
        (_("Points used"), points.used, earlier.used, COUNT),
        (_("Points expired"), points.expired, earlier.expired, COUNT),
        (_("Points taken back"), points.taken_back, earlier.taken_back, COUNT),
        (_("Points owed at the end"), points.owed, earlier.owed, COUNT),
        (_("As of"), timezone.localtime(seen.as_of).replace(tzinfo=None), None, "yyyy-mm-dd hh:mm"),
    ]
    for label, value, before, shape in rows:
        sheet.append([label, _styled(sheet, value, shape), _styled(sheet, before, shape)])


def _days(period: object) -> str:
    return f"{period.first:%Y-%m-%d} – {period.last:%Y-%m-%d}"


def _table(book: Workbook, title: str, rows: Iterable[Row]) -> None:
    headings = [
        title, "", _("Net sales"), _("A year before"), _("Year on year"), _("Members' share of sales"), _("Return rate"),
        _("Returns"), _("Discounts"),
    ]  # fmt: skip
    sheet = _sheet(book, title, headings, (30, 34, 16, 16, 10, 14, 12, 14, 14))
    for row in rows:
        now, before = row.now, row.before
        change = (now.net - before.net) / abs(before.net) if before.net else None
        sheet.append(
            [
                _styled(sheet, row.label),
                _styled(sheet, row.sub),
                _styled(sheet, now.net, MONEY),
                _styled(sheet, before.net, MONEY),
                _styled(sheet, change, SHARE),
                _styled(sheet, now.member_share, SHARE),
                _styled(sheet, now.return_rate, SHARE),
                _styled(sheet, now.returns, MONEY),
                _styled(sheet, now.discount, MONEY),
            ]
        )


def _tiers(book: Workbook, seen: Overview) -> None:
    sheet = _sheet(book, _("Stars"), [_("Star"), _("Members")], (24, 14))
    for one in seen.tiers:
        sheet.append([_styled(sheet, one.label), _styled(sheet, one.count, COUNT)])
