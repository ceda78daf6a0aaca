"""Opening balances in an import of members: dated lots, booked once per member and source, reconciled to the file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from loyalty.locks import lock_accounts
from loyalty.models import Account, PointsLot, PointsTxn
from loyalty.services.book import AVAILABLE, HOUSE, Book, Grant, Kind, Use
from loyalty.services.rules import current_rules, expiry_of
from loyalty.services.tiers import midnight
from members.models import MemberImport
from members.services.imports.days import read_day, read_past_day
from members.services.imports.dictionary import Target
from members.services.imports.extensions import ExtensionRow, Said, Undone, register_extension, register_life
from staff.models import User

MOST_POINTS = 10**9
OPENED, TAKEN_BACK = "open", "open-undone"


def source_of(batch: MemberImport) -> str:
    """The ledger's source for what files of one source system open."""
    return f"opening:{batch.spec['source']}"[:40]


class OpeningBalances:
    """Points that members bring along. The lot has the file's date and expiry (or that of the programme); the booking
    has the day of the import, so figures of past days stay as they were."""

    name = "points"
    label = lazy("Points")
    targets = (
        Target("points", lazy("Points balance"), ("积分", "积分余额", "可用积分", "当前积分", "points", "pointsbalance")),
        Target("points_on", lazy("Points earned on"), ("积分日期", "积分时间", "pointsdate", "pointson")),
        Target("points_expire_on", lazy("Points valid until"), ("积分有效期", "积分到期日", "pointsexpiry", "pointsexpireon")),
    )  # fmt: skip
    figures = {
        "points_file": lazy("Points in the file"),
        "points_booked": lazy("Points booked"),
        "points_there": lazy("Points opened before"),
        "points_refused": lazy("Points of rows not taken"),
    }

    def read(self, texts: Mapping[str, str], spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """Points as a whole number, with the day they were earned and the last day they are valid."""
        raw = texts.get("points", "").replace(",", "").replace("，", "")
        whole = raw.removesuffix(".0").removesuffix(".00")
        if not whole:
            return None
        if not (whole.isascii() and whole.isdigit() and int(whole) <= MOST_POINTS):
            raise ValueError(_("Points are a whole number, 0 or more."))
        order = spec.get("dates", "year")
        on = read_past_day(texts["points_on"], order) if "points_on" in texts else None
        until = read_day(texts["points_expire_on"], order) if "points_expire_on" in texts else None
        if on and until and until < on:
            raise ValueError(_("The points would end before they begin."))
        if int(whole) == 0:
            return None
        return {
            "points": int(whole),
            "on": on.isoformat() if on else None,
            "until": until.isoformat() if until else None,
        }

    def judge(self, batch: MemberImport, rows: Sequence[ExtensionRow]) -> Said:
        """Points already opened from this source stay; another amount is refused."""
        known = _standing(source_of(batch), [row.member_id for row in rows if row.member_id])
        changes, reasons = {}, {}
        for row in rows:
            opened = known.get(row.member_id)
            if opened is None:
                changes[row.row_no] = f"+{row.value['points']:,}"
            elif opened != row.value["points"]:
                reasons[row.row_no] = _("%(points)s points were opened from this source before.") % {"points": opened}
        return Said(changes, reasons)

    def apply(self, batch: MemberImport, rows: Sequence[ExtensionRow], actor: User | None) -> dict[str, int]:
        """Book one lot a row. Members are locked by the import; accounts are locked here."""
        source = source_of(batch)
        ids = [row.member_id for row in rows if row.member_id]
        accounts = lock_accounts(ids)
        generations = _generations(source, ids)
        book = Book(booked_by_id=actor.pk if actor else None)
        programme = current_rules().programme_at(book.booked_at)
        total = 0
        for row in rows:
            on = date.fromisoformat(row.value["on"]) if row.value["on"] else timezone.localdate(book.booked_at)
            until = date.fromisoformat(row.value["until"]) if row.value["until"] else None
            ends_on = until + timezone.timedelta(days=1) if until else expiry_of(programme, on)
            txn = book.begin(
                accounts[row.member_id],
                Kind.OPEN,
                source=source,
                document=str(row.member_id),
                line=generations[row.member_id],
                event=OPENED,
                business_at=book.booked_at,
                programme_id=programme.pk,
            )
            book.grant(
                txn,
                [Grant(row.value["points"])],
                active_from=min(midnight(on), book.booked_at),
                expires_at=midnight(ends_on) if ends_on else None,
            )
            total += row.value["points"]
        book.write()
        return {"points_booked": total}

    def undo(self, batch: MemberImport, member_ids: Sequence[int], actor: User | None) -> Undone:
        """Book the reverse of what was opened where the lot is whole; what was used since stays and is named."""
        with_account = set(Account.objects.filter(member_id__in=member_ids).values_list("member_id", flat=True))
        if not with_account:
            return Undone()
        source = source_of(batch)
        accounts = lock_accounts(with_account)
        by_account = {account.pk: account for account in accounts.values()}
        open_txns = _open_txns(source, with_account)
        book = Book(booked_by_id=actor.pk if actor else None)
        lot_ids = PointsLot.objects.filter(txn__in=open_txns).values_list("pk", "txn_id", "account_id")
        pending = list(lot_ids)
        lots = book.load_lots([pk for pk, _txn, _account in pending], by_account)
        txns = {txn.pk: txn for txn in open_txns}
        left: dict[int, str] = {}
        for lot_id, txn_id, account_id in pending:
            lot, account = lots[lot_id], by_account[account_id]
            if lot.free < lot.granted:
                left[account.member_id] = _("points were used since")
                continue
            txn = book.begin(
                account,
                Kind.ADJUST,
                source=source,
                document=txns[txn_id].document,
                line=txns[txn_id].line,
                event=TAKEN_BACK,
                business_at=book.booked_at,
                reason="import undone",
            )
            points = lot.granted
            book.use(txn, lot, Use.ADJUST.value, points)
            book.move(txn, AVAILABLE, -points)
            book.move(txn, HOUSE[Kind.ADJUST], points, lot.brand_id)
        book.write()
        return Undone(left, frozenset(with_account))

    def reconcile(self, batch: MemberImport, results: Mapping[str, int]) -> dict[str, int]:
        """The file's total, and what of it was not taken or was there before: together with what was booked it is all."""
        if "points" not in batch.spec["columns"]:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(points), 0), coalesce(sum(points) FILTER (WHERE NOT taken), 0)"
                " FROM (SELECT (data -> 'extensions' -> 'points' ->> 'points')::bigint AS points,"
                "              verdict IN ('new', 'update', 'unchanged') AS taken"
                "         FROM members_stagedmember WHERE batch_id = %s AND data -> 'extensions' ? 'points') p",
                [batch.pk],
            )
            total, refused = map(int, cursor.fetchone())
        figures = {"points_file": total, "points_refused": refused}
        if results:
            figures["points_booked"] = results.get("points_booked", 0)
            figures["points_there"] = total - refused - figures["points_booked"]
        return figures


def _open_txns(source: str, member_ids: Sequence[int] | set[int]) -> list[PointsTxn]:
    """What was opened from a source for these members and not taken back."""
    documents = [str(pk) for pk in member_ids]
    txns = PointsTxn.objects.filter(source=source, document__in=documents, event__in=[OPENED, TAKEN_BACK])
    standing: dict[tuple[str, int], PointsTxn] = {}
    gone = set()
    for txn in txns:
        if txn.event == OPENED:
            standing[txn.document, txn.line] = txn
        else:
            gone.add((txn.document, txn.line))
    return [txn for key, txn in standing.items() if key not in gone]


def _standing(source: str, member_ids: Sequence[int]) -> dict[int | None, int]:
    txns = {txn.pk: int(txn.document) for txn in _open_txns(source, member_ids)}
    granted = PointsLot.objects.filter(txn_id__in=list(txns)).values("txn_id").annotate(points=Sum("granted"))
    return {txns[row["txn_id"]]: row["points"] for row in granted}


def _generations(source: str, member_ids: Sequence[int]) -> dict[int, int]:
    """How often these members' balances were opened and taken back: the line of the next opening."""
    found: dict[int, int] = defaultdict(int)
    documents = [str(pk) for pk in member_ids]
    for document in PointsTxn.objects.filter(source=source, document__in=documents, event=TAKEN_BACK).values_list(
        "document", flat=True
    ):
        found[int(document)] += 1
    return found


def lived(member_ids: Sequence[int], since: datetime) -> dict[int, str]:
    """Members with points that no import opened."""
    others = PointsTxn.objects.filter(account__member_id__in=member_ids).exclude(source__startswith="opening:")
    return {pk: _("points were earned or used since") for pk in others.values_list("account__member_id", flat=True)}


def register() -> None:
    """Say to imports of members what loyalty adds to them."""
    register_extension(OpeningBalances())
    register_life("loyalty", lived, answers_for=["loyalty.Account"])
