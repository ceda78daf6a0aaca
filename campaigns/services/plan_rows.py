"""The rows of a campaign's plan: told apart by their number, checked as a whole, replaced together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext as _

from campaigns.campaign_exceptions import CampaignRefused
from campaigns.models import Campaign, Offer

HUNDRED: Final = Decimal(100)
Row = dict[str, Any]


@dataclass(frozen=True)
class PlanRows:
    """The rows of a plan, each a dict of fields; one with `id` is changed, one without is new, those left out go."""

    shares: Sequence[Row] = field(default_factory=tuple)
    offers: Sequence[Row] = field(default_factory=tuple)
    budget: Sequence[Row] = field(default_factory=tuple)


@dataclass(frozen=True)
class WorkRows:
    """The rows that go on changing while a campaign runs: tasks, hours, resources."""

    tasks: Sequence[Row] = field(default_factory=tuple)
    hours: Sequence[Row] = field(default_factory=tuple)
    resources: Sequence[Row] = field(default_factory=tuple)


def check_shares(rows: Iterable[Row]) -> None:
    """Who pays: together exactly 100 %, nobody twice. No rows: the store pays all."""
    rows = list(rows)
    payers = [(_key(row.get("brand")), _key(row.get("party"))) for row in rows]
    if any(brand and party for brand, party in payers):
        raise CampaignRefused(_("Each share has one payer: the brand or the supplier."))
    if len(set(payers)) < len(payers):
        raise CampaignRefused(_("Each payer has one share."))
    total = sum((row["percent"] for row in rows), Decimal(0))
    if rows and total != HUNDRED:
        raise CampaignRefused(_("The shares sum to %(total)s %%; they must sum to exactly 100 %%.") % {"total": total})


def check_offers(campaign: Campaign, rows: Iterable[Row]) -> None:
    """Every offer says what it gives, and coupons say to whom."""
    for row in rows:
        kind, name = row["kind"], row["name"]
        if kind == Offer.Kind.MULTIPLIER and not (row.get("times") and row["times"] > 1):
            raise CampaignRefused(_("%(offer)s: say how many times the points, more than 1.") % {"offer": name})
        if kind in (Offer.Kind.COUPON, Offer.Kind.DISCOUNT):
            if bool(row.get("amount")) == bool(row.get("rate")):
                raise CampaignRefused(_("%(offer)s: give either an amount off or a rate off.") % {"offer": name})
            if campaign.segment_id is None:
                said = _("%(offer)s: coupons are given to a segment. Choose for whom the campaign is.")
                raise CampaignRefused(said % {"offer": name}, fields={"segment": True})
        if row.get("is_funded") and not row.get("brand"):
            raise CampaignRefused(_("%(offer)s: say which brand pays.") % {"offer": name})


def cleaned_offer(row: Row) -> Row:
    """An offer's fields, without those its kind has no use for."""
    kind = row["kind"]
    if kind != Offer.Kind.MULTIPLIER:
        row = {**row, "times": None}
    if kind not in (Offer.Kind.COUPON, Offer.Kind.DISCOUNT):
        row = {**row, "amount": None, "rate": None}
    if kind != Offer.Kind.GIFT:
        row = {**row, "unit_cost": Decimal(0)}
    return {**row, "amount": row.get("amount") or None, "rate": row.get("rate") or None}


def replace_rows(campaign: Campaign, manager: models.Manager, rows: Iterable[Row]) -> None:
    """Let a campaign have exactly these rows. Numbers of other campaigns' rows are taken as new."""
    known = {row.pk: row for row in manager.filter(campaign=campaign)}
    kept = set()
    for row in rows:
        values = {name: value for name, value in row.items() if name != "id"}
        found = known.get(row.get("id") or 0)
        if found is None:
            manager.create(campaign=campaign, **values)
            continue
        kept.add(found.pk)
        changed = [name for name, value in values.items() if getattr(found, name) != value]
        for name in changed:
            setattr(found, name, values[name])
        if changed:
            found.save(update_fields=changed)
    manager.filter(campaign=campaign, pk__in=set(known) - kept).delete()


def _key(row: models.Model | None) -> int | None:
    return row.pk if row is not None else None
