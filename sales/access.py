"""Whose receipts a person may see: those of the own stores, an associate's of the own counters."""

from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import NotFound
from members.access import sees_unmasked
from sales.models import Receipt, ReceiptLine, UnmatchedReturn
from staff.access import counters_for, require, stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Chain

# An associate's customers are those who bought at the own counters within this time.
SCOPE_DAYS = 730


def receipts_for(user: User, first: date | None = None) -> QuerySet[Receipt]:
    """Receipts in scope; an associate's are those with a line at the own counters (since a day, if given)."""
    require(user, "sales.view_receipt")
    if user.role == Role.ASSOCIATE:
        return Receipt.objects.filter(pk__in=_lines_at_own_counters(user, first).values("receipt_id"))
    if user.all_stores or user.role == Role.ADMIN:
        return Receipt.objects.all()
    return Receipt.objects.filter(store__in=stores_for(user).values("pk"))


def receipt_for(user: User, pk: int) -> Receipt:
    """One receipt in scope, or of a member the person may see where the stores share their members."""
    require(user, "sales.view_receipt")
    related = ("store", "member", "posted_by", "original", "exchange_for", "reverses", "batch")
    receipt = Receipt.objects.select_related(*related).filter(pk=pk).first()
    if receipt is None or not _may_see(user, receipt):
        raise NotFound(_("There is no such receipt, or it belongs to another store."))
    return receipt


def _may_see(user: User, receipt: Receipt) -> bool:
    if user.role == Role.ASSOCIATE:
        lines = ReceiptLine.objects.filter(sold_on=receipt.sold_on, receipt_id=receipt.pk)
        return lines.filter(counter__in=counters_for(user).values("pk")).exists()
    if user.all_stores or user.role == Role.ADMIN or stores_for(user).filter(pk=receipt.store_id).exists():
        return True
    if receipt.member is None or not Chain.get().shares_member_base or not user.has_perm("members.view_member"):
        return False
    return sees_unmasked(user, receipt.member)


def unmatched_for(user: User) -> QuerySet[UnmatchedReturn]:
    """Returns without a sale, of the stores in scope."""
    require(user, "sales.view_unmatchedreturn")
    if user.all_stores or user.role == Role.ADMIN:
        return UnmatchedReturn.objects.all()
    return UnmatchedReturn.objects.filter(store__in=stores_for(user).values("pk"))


def lines_visible(user: User, lines: QuerySet[ReceiptLine]) -> QuerySet[ReceiptLine]:
    """Of a member's lines those the person may see: an associate sees what was bought at the own counters."""
    if user.role == Role.ASSOCIATE:
        return lines.filter(counter__in=counters_for(user).values("pk"))
    return lines


def buyers_at_own_counters(user: User, member_ids: set[int]) -> set[int]:
    """Of these members, those who bought at the associate's counters: they are the associate's customers."""
    lines = _lines_at_own_counters(user).filter(member_id__in=member_ids)
    return set(lines.values_list("member_id", flat=True).distinct())


def buyers_of_own_counters(user: User) -> QuerySet:
    """Everybody who bought at the associate's counters, as a column of member ids."""
    return _lines_at_own_counters(user).filter(member__isnull=False).values("member_id")


def _lines_at_own_counters(user: User, first: date | None = None) -> QuerySet[ReceiptLine]:
    since = first or timezone.localdate() - timedelta(days=SCOPE_DAYS)
    return ReceiptLine.objects.filter(counter__in=counters_for(user).values("pk"), sold_on__gte=since)
