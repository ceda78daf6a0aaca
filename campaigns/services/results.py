"""What a send, a campaign or a journey truly earned: members as they were assigned, treated against holdout, at the tills.

Both arms share one window, which opens on the day of the (first) send. Who was assigned to a message counts as treated
whether or not it arrived: those who could not be reached differ from those who could, and the holdout holds both kinds.
"""

import logging
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.exceptions import NothingToMeasure
from campaigns.models import Campaign, Journey, JourneyEnrolment, ResultSheet, Send
from campaigns.selectors.result_places import places_of
from campaigns.services import result_sql as sql
from kit.errors import DomainError
from stores.models import Chain
from suppliers.selectors.margins import margin_rates, usual_margin

logger = logging.getLogger(__name__)

WINDOW_DAYS, FOLLOW_UP_DAYS, BEFORE_DAYS = 14, 14, 90
# Of a journey the members of the last year count, each over a month from the day of entering.
JOURNEY_WINDOW_DAYS = 30
WORK_MEM = "256MB"


@transaction.atomic
def measure_send(*, send_id: int) -> ResultSheet:
    """Compute the sheet of a send. Again: computed anew, until it is final; then nothing changes any more."""
    send = Send.objects.select_related("campaign").get(pk=send_id)
    if send.started_at is None:
        raise NothingToMeasure(_("Nothing has been sent yet."))
    first_on = timezone.localdate(send.started_at)
    days = (first_on, first_on + timedelta(days=window_of(send) - 1))
    return _measure({"send": send}, days, sql.OF_SEND, {"send": send.pk, "sends": [send.pk]}, campaign=send.campaign)


@transaction.atomic
def measure_campaign(*, campaign_id: int) -> ResultSheet:
    """Compute the sheet of a campaign over all its sends: from its first day (or an earlier send) to its last day. Again:
    as with a send."""
    campaign = Campaign.objects.get(pk=campaign_id)
    started = Send.objects.filter(campaign=campaign, started_at__isnull=False)
    sends = list(started.order_by("started_at").values_list("pk", "started_at"))
    if not sends:
        raise NothingToMeasure(_("Nothing has been sent for this campaign yet."))
    first_on = min(campaign.from_on, timezone.localdate(sends[0][1]))
    days = (first_on, max(campaign.until_on, timezone.localdate(sends[-1][1])))
    return _measure(
        {"campaign": campaign}, days, sql.OF_CAMPAIGN, {"sends": [pk for pk, _at in sends]}, campaign=campaign
    )


@transaction.atomic
def measure_journey(*, journey_id: int) -> ResultSheet:
    """Compute the sheet of a journey: each member from the day of entering. Again: computed anew, as long as it runs and
    for two months after."""
    entered = JourneyEnrolment.objects.filter(journey_id=journey_id).aggregate(
        first=Min("entered_at"), last=Max("entered_at")
    )
    if entered["first"] is None:
        raise NothingToMeasure(_("Nobody has entered yet."))
    first_on = timezone.localdate(entered["first"])
    last_on = timezone.localdate(entered["last"]) + timedelta(days=JOURNEY_WINDOW_DAYS - 1)
    prefix = f"journey:{journey_id}:"
    sends = list(Send.objects.filter(source_key__startswith=prefix).values_list("pk", flat=True))
    subject = {"journey": Journey.objects.get(pk=journey_id)}
    return _measure(
        subject, (first_on, last_on), sql.OF_JOURNEY, {"journey": journey_id, "sends": sends}, JOURNEY_WINDOW_DAYS
    )


def measure_open_sheets(*, today: date) -> int:
    """Every night: the sheets of sends and campaigns whose window or follow-up was still open. One that fails does not
    stop the rest. Returns how many were computed."""
    sends = Send.objects.filter(started_at__isnull=False).exclude(sheets__is_final=True)
    # Sends of journeys are measured with their journey.
    own = sends.exclude(source_key__startswith="journey:")
    campaigns = Campaign.objects.filter(sends__started_at__isnull=False).exclude(sheets__is_final=True).distinct()
    journeys = Journey.objects.filter(enrolments__isnull=False).exclude(sheets__is_final=True).distinct()
    deeds = [partial(measure_send, send_id=pk) for pk in _ids(own)]
    deeds += [partial(measure_campaign, campaign_id=pk) for pk in _ids(campaigns)]
    deeds += [partial(measure_journey, journey_id=pk) for pk in _ids(journeys)]
    return sum(_measured(deed) for deed in deeds)


def _ids(rows: QuerySet) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _measured(deed: Callable[[], ResultSheet]) -> bool:
    try:
        deed()
    except (DatabaseError, DomainError):
        logger.exception("a result sheet could not be computed")
        return False
    return True


def _measure(
    subject: dict[str, object],
    days: tuple[date, date],
    assigned: str,
    who: dict[str, object],
    window: int | None = None,
    campaign: Campaign | None = None,
) -> ResultSheet:
    sheet = ResultSheet.objects.select_for_update(no_key=True).filter(**subject).first() or ResultSheet(**subject)
    if sheet.is_final:
        return sheet
    fill_sheet(sheet, days, assigned, who, window, campaign)
    sheet.save()
    return sheet


def window_of(_send: Send) -> int:
    """Days of the window of a send: the chain's `result_window_days`."""
    return int(Chain.get().setting("result_window_days", WINDOW_DAYS))


def fill_sheet(
    sheet: ResultSheet,
    days: tuple[date, date],
    assigned: str,
    who: dict[str, object],
    window: int | None = None,
    campaign: Campaign | None = None,
    *,
    attributes: bool = True,
) -> None:
    """Compute the sums of a sheet, without keeping it. `attributes`: what bought whom a message had reached as well."""
    began = time.perf_counter()
    sheet.first_on, sheet.last_on = days
    sheet.window_days = window or (sheet.last_on - sheet.first_on).days + 1
    sheet.later_on = sheet.last_on + timedelta(days=FOLLOW_UP_DAYS)
    sheet.before_on = sheet.first_on - timedelta(days=BEFORE_DAYS)
    rates = margin_rates(sheet.first_on)
    params: dict[str, object] = {
        **who, "first": sheet.first_on, "last": sheet.last_on, "later": sheet.later_on, "before": sheet.before_on,
        "window": sheet.window_days, "follow": FOLLOW_UP_DAYS, "known": BEFORE_DAYS, "counters": list(rates), "rates": list(rates.values()), "usual": usual_margin(),
    }  # fmt: skip
    lines, receipts, where = _places(campaign)
    params |= where
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true), set_config('jit', 'off', true)", [WORK_MEM])
        cursor.execute("DROP TABLE IF EXISTS result_unit, result_deed")
        cursor.execute(sql.UNITS.format(assigned=assigned), params)
        cursor.execute("ANALYZE result_unit")
        cursor.execute(sql.DEEDS.format(taking_part=lines), params)
        cursor.execute(sql.CAPS)
        caps = cursor.fetchone()
        names = ("spend_cap", "kept_cap", "before_cap", "kept_before_cap", "later_cap")
        params |= dict(zip(names, caps, strict=True))
        cursor.execute(sql.ARMS, params)
        sheet.arms = {str(arm): _arm(n, sums) for arm, n, *sums in cursor.fetchall()}
        cursor.execute(sql.GOODS.format(taking_part=lines), params)
        sheet.goods = _goods(cursor.fetchall())
        bought, members, amount = 0, 0, 0
        if attributes:
            cursor.execute(sql.ATTRIBUTED.format(receipts=receipts), params)
            bought, members, amount = cursor.fetchone()
        cursor.execute("DROP TABLE result_unit, result_deed")
    sheet.attributed = {"receipts": bought, "members": members, "amount": str(amount)}
    sheet.spend_cap = caps[0]
    sheet.is_final = timezone.localdate() > sheet.later_on
    sheet.computed_at = timezone.now()
    sheet.compute_ms = round((time.perf_counter() - began) * 1000)


def _places(campaign: Campaign | None) -> tuple[str, str, dict[str, object]]:
    """Which lines and receipts count, as SQL: all, or those where a campaign of brands or counters takes part."""
    places = places_of(campaign)
    if places.is_anywhere:
        return sql.EVERYWHERE, sql.ALL_RECEIPTS, {}
    where = {"at_counters": list(places.counters), "of_brands": list(places.brands), "in_stores": list(places.stores)}
    return sql.TAKING_PART, sql.RECEIPTS_TAKING_PART, where


def _arm(n: int, sums: list) -> dict[str, object]:
    each = len(sums) // len(sql.METRICS)
    return {
        "n": n,
        **{metric: sums[place * each : (place + 1) * each] for place, metric in enumerate(sql.METRICS)},
    }


def _goods(rows: list[tuple]) -> list[dict[str, object]]:
    """By category: net sales and buyers of the treated and of the holdout."""
    found: dict[int, dict[str, object]] = {}
    for category_id, treated, amount, members in rows:
        row = found.setdefault(category_id, {"category": category_id, "treated": ["0", 0], "holdout": ["0", 0]})
        row["treated" if treated else "holdout"] = [str(amount), members]
    return [found[key] for key in sorted(found)]
