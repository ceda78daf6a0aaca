"""Where a figure opens to its rows."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from urllib.parse import urlencode

from django.urls import reverse

from crm_site.dashboard.forms import Asked
from crm_site.dashboard.selectors import Row
from staff.models import User


def receipts_url(asked: Asked, **more: object) -> str:
    """The receipts behind a figure of this question."""
    parts: dict[str, object] = {"since": asked.period.first, "until": asked.period.last, "store": asked.store_id}
    if asked.floor_id:
        parts["floor"] = asked.floor_id
    query = urlencode({name: value for name, value in (parts | more).items() if value not in (None, "")})
    return f"{_receipts()}?{query}"


@cache
def _receipts() -> str:
    """Asked for some two hundred times a page."""
    return reverse("sales:receipt_list")


def linked(kind: str, rows: Iterable[Row], asked: Asked) -> list[Row]:
    """The rows of a table with the address behind each."""
    return [replace(row, url=_url(kind, row, asked)) for row in rows]


def _url(kind: str, row: Row, asked: Asked) -> str:
    if kind == "days":
        return receipts_url(asked, since=row.key, until=row.key)
    if kind == "hours":
        return receipts_url(asked, hour=row.key)
    if kind == "weekdays":
        return receipts_url(asked, weekday=row.key)
    if row.key is None:
        return ""
    if kind == "stores":
        return reverse("dashboard") + asked.query(store=row.key, floor=None)
    if kind == "floors":
        return reverse("dashboard") + asked.query(floor=row.key)
    if kind == "counters":
        return reverse("dashboard_counter", args=[row.key]) + asked.query(floor=None, store=None)
    return reverse("dashboard_brand", args=[row.key]) + asked.query()


def members_url(user: User, **parts: object) -> str:
    """The members behind a figure; empty for those who may not see members."""
    if not user.has_perm("members.view_member"):
        return ""
    query = urlencode({name: value for name, value in parts.items() if value not in (None, "")})
    return f"{reverse('members:member_list')}?{query}"
