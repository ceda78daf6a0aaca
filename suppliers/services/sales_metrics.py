"""The metrics this floor can measure itself: sales, fees, people. Each asks the database once for all counters."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from sales.models import Receipt, ReceiptLine
from suppliers.models import FeeCharge, LicenceType, PartyPerson
from suppliers.selectors.papers import people_gaps
from suppliers.services.metrics import Asked, Metric, Raw, register

PER_SQM = Decimal("0.01")
SHARE = Decimal("0.0001")


def net_sales(asked: Asked) -> Raw:
    return {pk: sums.net for pk, sums in asked.sales.items()}


def per_square_metre(asked: Asked) -> Raw:
    """Net sales by the counter's area; a counter without an area has no data."""
    areas = {pk: counter.area_sqm for pk, counter in asked.counters.items() if counter.area_sqm}
    return {pk: (sums.net / areas[pk]).quantize(PER_SQM) for pk, sums in asked.sales.items() if pk in areas}


def growth(asked: Asked) -> Raw:
    """Net sales against the same month a year before; none where nothing was sold then."""
    return {
        pk: ((sums.net - sums.before) / sums.before).quantize(SHARE)
        for pk, sums in asked.sales.items()
        if sums.before > 0
    }


def return_share(asked: Asked) -> Raw:
    return {pk: (sums.returns / sums.sales).quantize(SHARE) for pk, sums in asked.sales.items() if sums.sales > 0}


def exchanges(asked: Asked) -> Raw:
    """Exchanges per sale: receipts given for a return that name the counter, by all its sales receipts."""
    swapped = Exists(Receipt.objects.filter(pk=OuterRef("receipt_id"), exchange_for__isnull=False))
    sold = ReceiptLine.objects.filter(
        sold_on__range=(asked.first, asked.last), counter__in=list(asked.counters), quantity__gt=0
    )
    rows = (
        sold.annotate(swapped_one=swapped)
        .order_by()
        .values("counter_id")
        .annotate(
            receipts=Count("receipt_id", distinct=True),
            swapped=Count("receipt_id", distinct=True, filter=Q(swapped_one=True)),
        )
    )
    return {
        row["counter_id"]: (Decimal(row["swapped"]) / row["receipts"]).quantize(SHARE)
        for row in rows
        if row["receipts"]
    }


def fees_on_time(asked: Asked) -> Raw:
    """Of the fees invoiced in the month to the supplier of a counter, the share (by amount) already deducted."""
    parties = {counter.party_id for counter in asked.counters.values() if counter.party_id}
    charges = FeeCharge.objects.filter(
        contract__party__in=parties, contract__store=asked.store_id, invoiced_on__range=(asked.first, asked.last)
    ).exclude(state__in=[FeeCharge.State.CANCELLED, FeeCharge.State.DRAFT, FeeCharge.State.SUBMITTED])
    due: dict[int, Decimal] = defaultdict(Decimal)
    paid: dict[int, Decimal] = defaultdict(Decimal)
    for party_id, state, amount in charges.values_list("contract__party_id", "state", "amount"):
        due[party_id] += amount
        paid[party_id] += amount if state == FeeCharge.State.SETTLED else 0
    return {
        pk: (paid[counter.party_id] / due[counter.party_id]).quantize(SHARE)
        for pk, counter in asked.counters.items()
        if counter.party_id in due
    }


def staff_papers(asked: Asked) -> Raw:
    """The share of a counter's people with all mandatory certificates and training on the last day of the month."""
    if not LicenceType.objects.filter(holder=LicenceType.Holder.PERSON, mandatory=True, is_active=True).exists():
        return {}
    people = list(_people(asked.counters, asked.last))
    lacking = {gap.person.pk for gap in people_gaps(people, asked.last)}
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for person in people:
        counts[person.counter_id][0] += 1
        counts[person.counter_id][1] += person.pk not in lacking
    return {pk: (Decimal(fine) / here).quantize(SHARE) for pk, (here, fine) in counts.items()}


def _people(counters: dict[int, object], on: date):
    here = PartyPerson.objects.filter(counter__in=list(counters), entered_on__lte=on)
    return here.filter(Q(left_on=None) | Q(left_on__gte=on)).select_related("counter", "party")


register(
    Metric(
        "net_sales", _("Net sales"), "money", 10,
        ((None, "0"), ("5000", "30"), ("15000", "50"), ("30000", "65"), ("60000", "80"), ("100000", "90"), ("200000", "100")),
        net_sales,
    )
)  # fmt: skip
register(
    Metric(
        "per_sqm", _("Net sales per m²"), "money", 20,
        ((None, "0"), ("100", "30"), ("300", "50"), ("600", "65"), ("1200", "80"), ("2500", "90"), ("5000", "100")),
        per_square_metre,
    )
)  # fmt: skip
register(
    Metric(
        "growth", _("Growth on the year before"), "percent", 30,
        ((None, "20"), ("-0.2", "40"), ("-0.05", "60"), ("0.05", "75"), ("0.15", "90"), ("0.3", "100")), growth,
    )
)  # fmt: skip
register(
    Metric(
        "returns", _("Share of returns"), "percent", 40,
        ((None, "100"), ("0.02", "90"), ("0.05", "70"), ("0.1", "40"), ("0.2", "0")), return_share,
    )
)  # fmt: skip
register(
    Metric(
        "exchanges", _("Share of exchanges"), "percent", 50,
        ((None, "100"), ("0.01", "90"), ("0.03", "70"), ("0.06", "40"), ("0.1", "0")), exchanges,
    )
)  # fmt: skip
register(
    Metric(
        "complaints", _("Complaints and their handling"), "number", 60,
        ((None, "100"), ("1", "80"), ("2", "60"), ("4", "30"), ("6", "0")),
    )
)  # fmt: skip
register(
    Metric(
        "fees", _("Fees paid"), "percent", 70,
        ((None, "0"), ("0.5", "40"), ("0.8", "70"), ("1", "100")), fees_on_time,
    )
)  # fmt: skip
register(
    Metric(
        "promotions", _("Promotions taken part in"), "percent", 80,
        ((None, "0"), ("0.3", "50"), ("0.6", "80"), ("0.9", "100")),
    )
)  # fmt: skip
register(
    Metric(
        "staff", _("People: certificates and training"), "percent", 90,
        ((None, "0"), ("0.5", "40"), ("0.8", "70"), ("1", "100")), staff_papers,
    )
)  # fmt: skip
