"""The printed statement and the printed contract, in Chinese; the statement as a workbook in the reader's language."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from kit.workbooks import Column, workbook
from stores.models import Chain
from suppliers.models import ContractVersion, Settlement, SettlementLine
from suppliers.selectors.contract_page import terms_in_words
from suppliers.services.printing import gap, pdf, signatures, table, text
from suppliers.settling.words import explain, percent, title_of, yuan


def statement_rows(settlement: Settlement) -> list[tuple[str, Decimal]]:
    """The sums of a settlement from sales to payable, those that are zero left out."""
    s = settlement
    rows = [(_("Sales"), s.sales), (_("Commission"), -s.commission), (_("Share of the supplier"), s.share)]
    optional = [
        (_("Promotion compensation"), -s.compensation),
        (_("Points and coupons"), -s.shared),
        (_("Fees"), -s.fees),
        (_("Deposit top-up"), -s.top_up),
        (_("Carried from before"), s.carried),
        (pgettext("settlement", "Adjustments"), s.adjusted),
    ]
    return rows + [row for row in optional if row[1]] + [(_("Payable"), s.payable)]


def told_lines(lines: Sequence[SettlementLine]) -> list[tuple[SettlementLine, str, str]]:
    """Each line with its title and its explanation, in the language of the reader."""
    return [(line, title_of(line.rule, line.inputs), explain(line.rule, line.inputs)) for line in lines]


def statement_pdf(settlement: Settlement, lines: Sequence[SettlementLine] | None = None) -> bytes:
    """The statement as it goes to the supplier: always in Chinese."""
    lines = list(settlement.lines.all()) if lines is None else lines
    with override("zh-hans"):
        chain = Chain.get().name
        head = [
            (_("Supplier"), settlement.party.name),
            (_("Contract"), settlement.contract.number),
            (_("Store"), settlement.store.name),
            (_("Period"), f"{settlement.first_on} – {settlement.last_on}"),
        ]
        if settlement.answer_by_on:
            head.append((_("To be answered by"), f"{settlement.answer_by_on}"))
        rows = [[text(_("Item"), "soft"), text(_("How it came about"), "soft"), text(_("Amount (yuan)"), "soft_num")]]
        for line, title, why in told_lines(lines):
            amount = yuan(line.amount) if line.section != SettlementLine.Section.NOTE else ""
            rows.append([text(title), text(why, "soft"), text(amount, "num")])
        sums = statement_rows(settlement)
        totals = [[text(label), text(yuan(amount), "num")] for label, amount in sums[:-1]]
        totals.append([text(sums[-1][0], "strong"), text(yuan(sums[-1][1]), "strong_num")])
        story = [
            text(_("Settlement %(number)s") % {"number": settlement.number}, "title"),
            table([[text(label, "soft"), text(value)] for label, value in head], (0.18, 0.82)),
            text(_("From sales to the payable amount"), "head"),
            table(totals, (0.7, 0.3), ruled=1),
            gap(2),
            text(_invoice_words(settlement), "soft"),
            text(_("Line by line"), "head"),
            table(rows, (0.32, 0.48, 0.2), heading=1),
            gap(8),
            signatures(_("For the store"), _("For the supplier"), _("Date")),
        ]
        return pdf(story, title=settlement.number, foot=chain)


def _invoice_words(settlement: Settlement) -> str:
    words = _("The supplier invoices %(share)s: %(net)s and VAT of %(rate)s, %(vat)s.") % {
        "share": yuan(settlement.share),
        "net": yuan(settlement.net_amount),
        "rate": percent(settlement.vat_rate),
        "vat": yuan(settlement.vat_amount),
    }
    if settlement.payable < 0 and not settlement.after.get("carries_negative"):
        words += " " + _("The negative balance is to be paid within 14 days of this notice.")
    return words


def statement_workbook(settlement: Settlement) -> bytes:
    """The statement line by line as XLSX."""
    columns = [
        Column(_("Item"), lambda row: row[0], 34),
        Column(_("How it came about"), lambda row: row[1], 70),
        Column(_("Amount (yuan)"), lambda row: row[2], 16),
    ]
    rows: list[tuple[Any, ...]] = [(_("Sales"), "", settlement.sales)]
    rows += [(title, why, line.amount) for line, title, why in told_lines(settlement.lines.all())]
    rows.append((_("Payable"), "", settlement.payable))
    return workbook(columns, rows, title=settlement.number)


def contract_pdf(version: ContractVersion) -> bytes:
    """The printed contract, or the printed amendment."""
    contract = version.contract
    with override("zh-hans"):
        chain = Chain.get().name
        parties = [
            (_("Party A (store)"), f"{chain} {contract.store.name}"),
            (_("Party B (supplier)"), contract.party.name),
            (_("Credit code"), contract.party.uscc or "—"),
            (_("Kind"), contract.get_kind_display()),
            (_("In force"), f"{version.effective_on} – {version.until_on}"),
            (_("Notice"), _("%(months)s months before the end") % {"months": contract.notice_months}),
        ]
        counters = contract.counters.select_related("counter__floor").order_by("counter__code")
        places = [
            [
                text(row.counter.code),
                text(row.counter.name),
                text(row.counter.floor.name if row.counter.floor else "—"),
                text(f"{row.counter.area_sqm} m²" if row.counter.area_sqm else "—", "num"),
            ]
            for row in counters
        ]
        words = [[text(label, "soft"), text(sentence)] for label, sentence in terms_in_words(version)]
        story = [
            text(f"{contract.get_kind_display()}{version.get_kind_display()} {contract.number}", "title"),
            table([[text(label, "soft"), text(value)] for label, value in parties], (0.22, 0.78)),
            text(_("Counters"), "head"),
            table(places or [[text("—")] * 4], (0.16, 0.44, 0.22, 0.18)),
            text(_("Terms"), "head"),
            table(words, (0.3, 0.7)),
        ]
        if version.note:
            story += [text(_("Special agreements"), "head"), text(version.note)]
        story += [
            text(_("General"), "head"),
            text(
                _(
                    "The store’s till records decide. Both sides reconcile from the 5th to the 15th of the next month; the store pays by the 20th. Returns reduce sales on the day of the return."
                )
            ),
            gap(12),
            signatures(_("Party A (seal)"), _("Party B (seal)")),
            table([[text(_("Date")), text(_("Date"))]], (0.5, 0.5)),
        ]
        return pdf(story, title=f"{contract.number}-v{version.number}", foot=chain)
