"""The first screen, its tables one by one, and the rows behind them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm_site.dashboard.access import PERMISSION, Ground, brand_for, counter_for, ground_for
from crm_site.dashboard.export import overview_workbook
from crm_site.dashboard.forms import Asked, DashboardForm
from crm_site.dashboard.links import linked, members_url, receipts_url
from crm_site.dashboard.points import points_days
from crm_site.dashboard.selectors import Overview, Row, brand_rows, counter_view, heat, overview, weekday_names
from crm_site.dashboard.summaries import chart_of_days, summary_of_days, summary_of_hours
from kit.errors import NotFound
from staff.access import needs

TOP, TOP_BRANDS = 10, 16
TABLES: dict[str, Callable[[], str]] = {
    "days": lambda: _("Sales by day"),
    "hours": lambda: _("Sales by hour"),
    "weekdays": lambda: _("Sales by weekday"),
    "stores": lambda: _("Sales by store"),
    "floors": lambda: _("Sales by floor"),
    "counters": lambda: _("Sales by counter"),
    "brands": lambda: _("Sales by brand"),
}


def _question(request: HttpRequest) -> tuple[Ground, DashboardForm, Asked]:
    ground = ground_for(request.user)
    form = DashboardForm(request.GET, ground=ground, today=timezone.localdate())
    return ground, form, form.asked()


def _frame(form: DashboardForm, asked: Asked, **more: object) -> dict[str, object]:
    return {"form": form, "asked": asked, "query": asked.query(), "before": asked.period.year_before, **more}


@login_required
@require_safe
@needs(PERMISSION)
def dashboard(request: HttpRequest) -> HttpResponse:
    ground, form, asked = _question(request)
    seen = overview(asked, ground)
    context = _frame(
        form,
        asked,
        seen=seen,
        tables={
            "stores": linked("stores", seen.stores, asked),
            "floors": linked("floors", _few(seen.floors), asked),
            "counters": linked("counters", seen.counters[:TOP], asked),
            "brands": linked("brands", seen.brands[:TOP_BRANDS], asked),
        },
        heat=_heat(seen, asked),
        chart=chart_of_days(linked("days", seen.days, asked), asked.period, seen.before),
        days_summary=summary_of_days(seen.days),
        hours_summary=summary_of_hours(seen.now),
        links={
            "sales": receipts_url(asked),
            "members": receipts_url(asked, who="member"),
            "baskets": receipts_url(asked, kind="sale"),
            "enrolled": members_url(
                request.user, since=asked.period.first, until=asked.period.last, home_store=asked.store_id
            ),
            "all_members": members_url(request.user),
        },
        share_change=_points_of_change(seen),
        tier_rows=[
            {"tier": one, "share": Decimal(one.count) / seen.tier_total if seen.tier_total else None}
            for one in seen.tiers
        ],
    )
    return render(request, "crm_site/dashboard.html", context)


def _few(rows: list[Row]) -> list[Row]:
    """All floors of a store in their order; of several stores the ones that sell most."""
    return rows if len(rows) <= TOP else sorted(rows, key=lambda row: -row.now.net)[:TOP]


def _points_of_change(seen: Overview) -> Decimal | None:
    now, then = seen.now.total.member_share, seen.then.total.member_share
    return None if now is None or then is None else (now - then) * 100


def _heat(seen: Overview, asked: Asked) -> dict[str, object]:
    rows = heat(seen.now)
    return {
        "hours": [cell.hour for cell in rows[0]] if rows else [],
        "rows": [
            {
                "name": name,
                "cells": [
                    {"cell": cell, "url": receipts_url(asked, weekday=cell.weekday, hour=cell.hour)} for cell in cells
                ],
            }
            for name, cells in zip(weekday_names(), rows, strict=False)
        ],
    }


@login_required
@require_safe
@needs(PERMISSION)
def dashboard_table(request: HttpRequest, kind: str) -> HttpResponse:
    """One table in full: the twin of a chart."""
    ground, form, asked = _question(request)
    if kind not in TABLES:
        raise NotFound(_("There is no such table."))
    seen = overview(asked, ground)
    rows = linked(kind, getattr(seen, kind), asked)
    context = _frame(form, asked, seen=seen, rows=rows, kind=kind, title=TABLES[kind]())
    return render(request, "crm_site/dashboard_table.html", context)


@login_required
@require_safe
@needs(PERMISSION)
def dashboard_points(request: HttpRequest) -> HttpResponse:
    """Points issued, used, expired and taken back, day by day."""
    _ground, form, asked = _question(request)
    days = points_days(asked.period)
    context = _frame(form, asked, days=days, title=_("Points by day"), as_of=timezone.now())
    return render(request, "crm_site/dashboard_points.html", context)


@login_required
@require_safe
@needs(PERMISSION)
def dashboard_counter(request: HttpRequest, pk: int) -> HttpResponse:
    """One counter: its days and hours, each open to its receipts."""
    ground, form, asked = _question(request)
    counter = counter_for(ground, pk)
    asked = replace(asked, store_id=counter.store_id, floor_id=None)
    seen = counter_view(asked, ground, pk)

    def days(rows: list[Row]) -> list[Row]:
        return [replace(row, url=receipts_url(asked, counter=pk, since=row.key, until=row.key)) for row in rows]

    context = _frame(
        form,
        asked,
        counter=counter,
        seen=seen,
        days=days(seen.days),
        hours=[replace(row, url=receipts_url(asked, counter=pk, hour=row.key)) for row in seen.hours],
        receipts=receipts_url(asked, counter=pk),
        title=counter.label,
        chart=chart_of_days(days(seen.all_days), asked.period, asked.period.year_before),
        days_summary=summary_of_days(seen.all_days),
        as_of=timezone.now(),
    )
    return render(request, "crm_site/dashboard_counter.html", context)


@login_required
@require_safe
@needs(PERMISSION)
def dashboard_brand(request: HttpRequest, pk: int) -> HttpResponse:
    """One brand: the counters that sold it."""
    ground, form, asked = _question(request)
    brand = brand_for(pk)
    rows, total = brand_rows(asked, ground, pk)
    rows = linked("counters", rows, asked)
    context = _frame(form, asked, brand=brand, rows=rows, total=total, title=brand.label, as_of=timezone.now())
    return render(request, "crm_site/dashboard_brand.html", context)


@login_required
@require_safe
@needs(PERMISSION)
def dashboard_export(request: HttpRequest) -> HttpResponse:
    """What is shown, as a workbook."""
    ground, _form, asked = _question(request)
    return overview_workbook(overview(asked, ground), ground)
