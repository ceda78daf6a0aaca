"""What floors above offer for a while: rules that multiply points, kinds of coupons, and coupons for many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.exceptions import CouponRefused
from loyalty.models import Coupon, CouponKind, EarningRule
from loyalty.services.coupons import ALPHABET
from members.models import Member
from staff.audit import record
from staff.models import User


@dataclass(frozen=True, slots=True)
class MultiplierFacts:
    """A multiplier of points: how many times, when, and for which goods, stores and members (empty: all)."""

    name: str
    name_en: str
    times: Decimal
    valid_from: datetime
    valid_until: datetime
    group: str
    stores: tuple[int, ...] = ()
    counters: tuple[int, ...] = ()
    brands: tuple[int, ...] = ()
    tiers: tuple[int, ...] = ()
    minimum_spend: Decimal | None = None
    audience: int | None = None
    funded_by_id: int | None = None


@transaction.atomic
def make_multiplier(*, facts: MultiplierFacts, actor: User | None) -> EarningRule:
    """Put a multiplier in force for its time. Each call makes another rule; who calls keeps its number."""
    rule = EarningRule.objects.create(
        kind=EarningRule.Kind.MULTIPLY,
        name=facts.name[:80],
        name_en=facts.name_en[:80],
        value=facts.times,
        group=facts.group,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        stores=list(facts.stores),
        counters=list(facts.counters),
        brands=list(facts.brands),
        tiers=list(facts.tiers),
        minimum_spend=facts.minimum_spend or None,
        audience=facts.audience,
        funded_by_id=facts.funded_by_id,
    )
    record(actor, "loyalty.multiplier_made", rule, times=facts.times, until=facts.valid_until)
    return rule


@transaction.atomic
def end_multiplier(*, rule_id: int, actor: User | None) -> EarningRule:
    """Let a multiplier end now; what was earned stays. One that has ended stays as it is; one that has not begun never
    holds. A second call changes nothing."""
    rule = EarningRule.objects.select_for_update(no_key=True).get(pk=rule_id, kind=EarningRule.Kind.MULTIPLY)
    end = max(timezone.now(), rule.valid_from + timedelta(microseconds=1))
    if rule.valid_until is None or rule.valid_until > end:
        rule.valid_until = end
        rule.save(update_fields=["valid_until"])
        record(actor, "loyalty.multiplier_ended", rule, until=end)
    return rule


@transaction.atomic
def make_coupon_kind(*, code: str, actor: User | None, **facts: object) -> CouponKind:
    """Make a kind of coupon (fields of `CouponKind`). The same code again returns the kind it named the first time."""
    kind, is_new = CouponKind.objects.get_or_create(code=code, defaults=facts)
    if is_new:
        record(actor, "loyalty.coupon_kind_made", kind, code=code)
    return kind


@transaction.atomic
def end_coupon_kind(*, kind_id: int, actor: User | None, cancel: bool = False) -> int:
    """Issue no more of a kind; with `cancel`, coupons not used yet are void. Returns how many were. Twice is once."""
    kind = CouponKind.objects.select_for_update(no_key=True).get(pk=kind_id)
    if kind.is_active:
        kind.is_active = False
        kind.save(update_fields=["is_active"])
        record(actor, "loyalty.coupon_kind_ended", kind, cancelled=cancel)
    if not cancel:
        return 0
    return Coupon.objects.filter(kind=kind, state=Coupon.State.ISSUED).update(state=Coupon.State.CANCELLED)


# Sixty random bits of a version 4 UUID, five to a letter; its bytes 6 and 8 to 15 hold fixed bits in their upper half.
_NUMBER = " || ".join(
    f"substr(%(letters)s, 1 + (get_byte(b, {place}) & 31), 1)" for place in (*range(6), *range(8, 14))
)


@transaction.atomic
def issue_coupons(
    *,
    kind_id: int,
    members: "QuerySet[Member] | Iterable[int]",
    source: str,
    key_prefix: str,
    expires_at: datetime,
    actor: User | None,
) -> int:
    """Give many members a coupon each in one statement; returns how many are new.

    The cause is `<key_prefix>:<member id>`: who has that coupon already gets no second one, so it may run again. Members
    who were merged, closed or erased get none.
    """
    kind = CouponKind.objects.get(pk=kind_id)
    if not kind.is_active:
        raise CouponRefused(_("This kind of coupon is no longer issued."))
    given: dict[str, object] = {
        "letters": ALPHABET, "kind": kind.pk, "now": timezone.now(), "until": expires_at, "source": source,
        "prefix": f"{key_prefix}:",
    }  # fmt: skip
    if isinstance(members, QuerySet):
        compiled, params = members.order_by().values("pk").query.sql_with_params()
        names = [f"w{place}" for place in range(len(params))]
        given |= dict(zip(names, params, strict=True))
        wanted = compiled % tuple(f"%({name})s" for name in names)
    else:
        given["ids"] = [int(pk) for pk in members]
        wanted = "SELECT unnest(%(ids)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH chosen AS MATERIALIZED (
              SELECT m.id, uuid_send(gen_random_uuid()) AS b FROM members_member m
              JOIN (SELECT DISTINCT id FROM ({wanted}) AS asked (id)) AS wanted ON wanted.id = m.id
              WHERE m.merged_into_id IS NULL AND m.status <> 'closed' AND m.erased_at IS NULL)
            INSERT INTO loyalty_coupon (number, kind_id, member_id, state, issued_at, expires_at, source, source_key)
            SELECT {_NUMBER}, %(kind)s, id, 'issued', %(now)s, %(until)s, %(source)s, %(prefix)s || id
            FROM chosen ORDER BY id ON CONFLICT (source_key) DO NOTHING
            """,
            given,
        )
        issued = cursor.rowcount
    if issued:
        record(actor, "loyalty.coupons_issued", kind, kind=kind.code, issued=issued, source=source)
    return issued
