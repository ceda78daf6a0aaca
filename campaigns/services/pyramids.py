"""Taking a picture of the customer pyramid: every member's layer, rank and scores as of the end of a day, set-wise.

Buyers are the members whose net spend in the period is above zero. They are ranked by net spend; of equal spend the
later last purchase comes first, then more purchases, then who has been a member longer (the lower number). The first
ceil(1 %), ceil(5 %) and ceil(20 %) of the ranks end the upper three layers, so each buyer is in exactly one.
"""

import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import ceil

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.exceptions import PyramidRefused
from campaigns.models import Pyramid, PyramidCell, PyramidMove, RfmScheme
from campaigns.rules.fields_pyramid import forget_pictures
from campaigns.services import pyramid_sql as sql
from staff.audit import record
from staff.models import User
from stores.models import Store
from suppliers.selectors.margins import margin_rates, usual_margin

MONTHS = 12
WORK_MEM = "256MB"
CELL = ["pyramid_id", "layer", "r", "f", "m", "tenth", "members", "receipts", "spend", "profit", "lowest", "highest"]
MOVE = ["before_id", "after_id", "from_layer", "to_layer", "members", "spend_before", "spend_after"]


@transaction.atomic
def take_pyramid(
    *, as_of_on: date, months: int = MONTHS, store: Store | None = None, actor: User | None = None
) -> Pyramid:
    """Take the picture of the months that end with a day. A second call for the same days and store returns the first
    picture: what was seen then does not change, whatever is posted later."""
    if as_of_on > timezone.localdate():
        raise PyramidRefused(_("This day is still to come."), fields={"as_of_on": True})
    if not 1 <= months <= 36:
        raise PyramidRefused(_("A period has 1 to 36 months."), fields={"months": True})
    began = time.perf_counter()
    scheme = current_scheme()
    if scheme.pk is None:
        scheme.save()
    from_on = as_of_on - relativedelta(months=months) + relativedelta(days=1)
    picture, is_new = Pyramid.objects.get_or_create(
        as_of_on=as_of_on,
        from_on=from_on,
        store=store,
        defaults={"scheme": scheme, "margin_rate": usual_margin(), "made_by": actor},
    )
    if not is_new:
        return picture
    _paint(picture)
    picture.built_at = timezone.now()
    picture.build_ms = round((time.perf_counter() - began) * 1000)
    picture.save(update_fields=["buyers", "built_at", "build_ms"])
    for before in _worth_comparing(picture):
        _compare(before, picture)
    forget_pictures()
    record(actor, "campaigns.pyramid_taken", picture, store=store, as_of_on=as_of_on, buyers=picture.buyers)
    return picture


@transaction.atomic
def compare_pyramids(*, before_id: int, after_id: int, actor: User | None) -> None:
    """Count who went from which layer to which. A second call finds it counted."""
    before, after = Pyramid.objects.get(pk=before_id), Pyramid.objects.get(pk=after_id)
    if before.as_of_on >= after.as_of_on or before.store_id != after.store_id:
        raise PyramidRefused(_("Compare two pictures of the same stores, the earlier one first."))
    if PyramidMove.objects.filter(before=before, after=after).exists():
        return
    _compare(before, after)
    forget_pictures()
    record(actor, "campaigns.pyramids_compared", after, store=after.store_id, before=before.pk)


@transaction.atomic
def change_scheme(
    *,
    mode: str,
    transaction_share: Decimal,
    actor: User,
    recency: Sequence[int] = (),
    frequency: Sequence[int] = (),
    spend: Sequence[Decimal] = (),
) -> RfmScheme:
    """Choose how scores are made from now on; pictures taken keep theirs. Each call with other values is a version, the
    same values again return the standing one."""
    chosen = {"mode": mode, "transaction_share": transaction_share, "recency": [], "frequency": [], "spend": []}
    if mode == RfmScheme.Mode.CUTS:
        chosen |= {
            "recency": _limits("recency", recency),
            "frequency": _limits("frequency", frequency),
            "spend": [str(one) for one in _limits("spend", spend)],
        }
    standing = current_scheme()
    if all(getattr(standing, name) == value for name, value in chosen.items()):
        return standing
    scheme = RfmScheme.objects.create(**chosen, made_by=actor)
    record(actor, "campaigns.rfm_scheme_changed", scheme, **chosen)
    return scheme


def _limits(name: str, given: Sequence) -> list:
    limits = list(given)
    if len(limits) != 4 or limits != sorted(set(limits)) or limits[0] < 0:
        raise PyramidRefused(_("Give four limits, each greater than the one before."), fields={name: True})
    return limits


def current_scheme() -> RfmScheme:
    """The scheme for new pictures; quintiles before anybody chose."""
    return RfmScheme.objects.order_by("-pk").first() or RfmScheme()


def _paint(picture: Pyramid) -> None:
    rates = margin_rates(picture.as_of_on)
    params: dict[str, object] = {
        "pyramid": picture.pk,
        "first": picture.from_on,
        "last": picture.as_of_on,
        "store": picture.store_id,
        "usual": _ten_thousandths(picture.margin_rate),
        "counters": list(rates),
        "rates": [_ten_thousandths(rate) for rate in rates.values()],
        "recency": picture.scheme.recency,
        "frequency": picture.scheme.frequency,
        "spend": picture.scheme.spend,
    }
    scope = sql.SCOPES if picture.store_id else dict.fromkeys(sql.SCOPES, "")
    table, bought = f"campaigns_pyramidmember_{picture.pk}", f"campaigns_pyramidbought_{picture.pk}"
    scores, spend_score = sql.BY_QUINTILES, sql.SPEND_BY_QUINTILES
    if picture.scheme.mode == RfmScheme.Mode.CUTS:
        scores, spend_score = sql.BY_CUTS, sql.SPEND_BY_CUTS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('work_mem', %(mem)s, true), set_config('maintenance_work_mem', %(mem)s, true),"
            " set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true),"
            " set_config('parallel_tuple_cost', '0.01', true)",
            {"mem": WORK_MEM},
        )
        cursor.execute(sql.BOUGHT.format(bought=bought, **scope), params)
        picture.buyers = n = cursor.rowcount
        params |= {"n": n, "top": ceil(n / 100), "large": ceil(n / 20), "medium": ceil(n / 5)}
        cursor.execute(f"ANALYZE {bought}")
        fill = sql.FILL.format(
            table=table, bought=bought, scores=scores.format(bought=bought), spend_score=spend_score, **scope
        )
        cursor.execute(fill, params)
        for statement in sql.ATTACH:
            cursor.execute(statement.format(table=table, pyramid=picture.pk))
        cursor.execute(f"ANALYZE {table}")
        cursor.execute(sql.CELLS.format(table=table))
        PyramidCell.objects.bulk_create(PyramidCell(**dict(zip(CELL, row, strict=True))) for row in cursor.fetchall())
        cursor.execute(sql.ONLOOKERS.format(**scope), params)
        cursor.execute(sql.STEPS.format(table=table), params)
        cursor.execute(f"DROP TABLE {bought}")


def _ten_thousandths(rate: Decimal) -> int:
    return int(rate * 10_000)


def _worth_comparing(picture: Pyramid) -> list[Pyramid]:
    """The picture before this one and the last one at least eleven months older, of the same stores."""
    earlier = Pyramid.objects.filter(store=picture.store_id, as_of_on__lt=picture.as_of_on).order_by("-as_of_on")
    chosen = [earlier.first(), earlier.filter(as_of_on__lte=picture.as_of_on - relativedelta(months=11)).first()]
    return list({one.pk: one for one in chosen if one}.values())


def _compare(before: Pyramid, after: Pyramid) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.MOVES, {"before": before.pk, "after": after.pk})
        moves = [PyramidMove(**dict(zip(MOVE, row, strict=True))) for row in cursor.fetchall()]
    PyramidMove.objects.bulk_create(moves, ignore_conflicts=True)
