"""Settlement lines in words, built from the numbers stored with them: the same sentence for us and for the supplier."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

BANS = {
    "signing": gettext_noop("A charge for signing or renewing a contract is not allowed."),
    "card_handling": gettext_noop("Card handling is the store’s own cost and may not be charged to suppliers."),
    "unrelated": gettext_noop("What is not related to selling the goods, or without a service, may not be charged."),
    "barcode_needless": gettext_noop("The goods carry a national barcode: an in-store code may not be charged."),
    "barcode_above_cost": gettext_noop(
        "An in-store code may not cost more than it costs the store; give the own cost."
    ),
    "renovation_elsewhere": gettext_noop("Renovation may be charged only for the supplier’s own area."),
    "festival_without_service": gettext_noop(
        "Festivals, anniversaries and openings may be charged only with an agreed promotion service: item, content, days and consent."
    ),
    "promotion_without_service": gettext_noop(
        "A promotion fee needs prior consent and a contract with the item, its content, its days and its amount."
    ),
}
WARNINGS = {
    "tiers.cliff": gettext_noop("At a bound where the rate falls, selling more may cost the supplier less in total."),
    "tiers.first_bound": gettext_noop("The first tier does not begin at 0; below it its rate counts all the same."),
    "rent.with_guarantee": gettext_noop("Base rent is a guarantee already; another one is not possible."),
    "excess.without_guarantee": gettext_noop("A rate above the guarantee needs a sales guarantee and a plain rate."),
}


def ban_reason(code: str) -> str:
    return _(BANS[code])


def warning_text(code: str) -> str:
    return _(WARNINGS[code])


def yuan(value: Any) -> str:
    return f"{Decimal(value):,.2f}"


def percent(value: Any) -> str:
    """25 %, 12.5 %: a share as people write it."""
    number = (Decimal(value) * 100).normalize()
    return f"{number:f}%"


def months(value: Any) -> str:
    """How many months: 3, or 20/30."""
    part = Fraction(str(value))
    whole, rest = divmod(part.numerator, part.denominator)
    if not rest:
        return str(whole)
    shown = f"{rest}/{part.denominator}"
    return f"{whole} + {shown}" if whole else shown


def title_of(rule: str, inputs: dict[str, Any]) -> str:
    """What a line is called."""
    titles: dict[str, str] = {
        "rate.base": _("Commission at the contract’s rate"),
        "rate.goods": _("Commission on %(label)s"),
        "rate.promotion": _("Commission on promotion %(label)s"),
        "excess.above": _("Commission on the part above the guarantee"),
        "excess.all": _("Commission at the rate above the guarantee"),
        "tiers.marginal": _("Commission by tiers, slice by slice"),
        "tiers.whole": _("Commission at the tier reached"),
        "rent.base": _("Base rent"),
        "rent.overage": _("Share of sales above the breakpoint"),
        "guarantee.sales": _("Shortfall of the sales guarantee"),
        "guarantee.sales_tiers": _("Shortfall of the sales guarantee"),
        "guarantee.margin": _("Shortfall of the margin guarantee"),
        "cap": _("Most commission agreed"),
        "horizon.cumulative": _("True-up of the months so far"),
        "horizon.year_end": _("True-up at the end of the year"),
        "horizon.extended": _("True-up of a year cut short"),
        "late": _("Late sales included above"),
        "compensation.supplier": _("Promotion compensation owed by the supplier: %(label)s"),
        "compensation.store": _("Promotion compensation owed by the store: %(label)s"),
        "shared.points": _("Points given at the supplier’s cost: %(label)s"),
        "shared.coupons": _("Coupons given at the supplier’s cost: %(label)s"),
        "fee.tied": "%(label)s",
        "fee.service": "%(label)s",
        "deposit.top_up": _("Deposit to be topped up"),
        "carried": _("Carried on from the settlement before"),
        "adjustment": _("Adjustment"),
    }
    return titles[rule] % {"label": inputs.get("label", "")}


def explain(rule: str, inputs: dict[str, Any]) -> str:
    """How the amount of a line came about, every number in it."""
    builder = _BUILDERS.get(rule)
    return builder(inputs) if builder else ""


def _rate(inputs: dict[str, Any]) -> str:
    return f"{yuan(inputs['sales'])} × {percent(inputs['rate'])}"


def _excess(inputs: dict[str, Any]) -> str:
    return _("%(sum)s, sales above the guarantee of %(guaranteed)s") % {
        "sum": _rate(inputs),
        "guaranteed": yuan(inputs["guaranteed"]),
    }


def _tiers(inputs: dict[str, Any]) -> str:
    parts = []
    for one in inputs["slices"]:
        text = f"{yuan(one['sales'])} × {percent(one['rate'])}"
        parts.append(text + (f" + {yuan(one['fixed'])}" if Decimal(one["fixed"]) else ""))
    return " + ".join(parts)


def _rent(inputs: dict[str, Any]) -> str:
    return _("%(rent)s a month × %(months)s months") % {
        "rent": yuan(inputs["rent"]),
        "months": months(inputs["months"]),
    }


def _overage(inputs: dict[str, Any]) -> str:
    values = {
        "sales": yuan(inputs["sales"]),
        "point": yuan(inputs["breakpoint"]),
        "rate": percent(inputs["rate"]),
    }
    if Decimal(inputs["sales"]) <= Decimal(inputs["breakpoint"]):
        return _("sales of %(sales)s stay below the breakpoint of %(point)s") % values
    return _("(%(sales)s − breakpoint %(point)s) × %(rate)s") % values


def _shortfall(inputs: dict[str, Any]) -> str:
    regular, promoted = yuan(inputs["regular"]), Decimal(inputs["promotion_counted"])
    text = f"{yuan(inputs['guaranteed'])} − {regular}"
    if Decimal(inputs["promoted"]):
        text += _(" − promotion sales counted %(counted)s (of %(promoted)s, at most %(share)s of the guarantee)") % {
            "counted": yuan(promoted),
            "promoted": yuan(inputs["promoted"]),
            "share": percent(inputs["promotion_share"]),
        }
    return _("guarantee %(sum)s = %(shortfall)s short × %(rate)s") % {
        "sum": text,
        "shortfall": yuan(inputs["shortfall"]),
        "rate": percent(inputs["rate"]),
    }


def _shortfall_tiers(inputs: dict[str, Any]) -> str:
    return _("guarantee %(guaranteed)s, counted %(regular)s: the missing %(shortfall)s charged by the tiers") % {
        "guaranteed": yuan(inputs["guaranteed"]),
        "regular": yuan(inputs["regular"]),
        "shortfall": yuan(inputs["shortfall"]),
    }


def _margin(inputs: dict[str, Any]) -> str:
    return _("guaranteed %(guaranteed)s − earned %(earned)s") % {
        "guaranteed": yuan(inputs["guaranteed"]),
        "earned": yuan(inputs["earned"]),
    }


def _cap(inputs: dict[str, Any]) -> str:
    return _("at most %(cap)s, charged above %(earned)s") % {
        "cap": yuan(inputs["cap"]),
        "earned": yuan(inputs["earned"]),
    }


def _horizon(inputs: dict[str, Any]) -> str:
    return _(
        "due since %(from)s (%(months)s months, sales %(sales)s): %(whole)s − billed before %(billed)s − above %(now)s"
    ) % {
        "from": inputs["from"],
        "months": months(inputs["months"]),
        "sales": yuan(inputs["sales"]),
        "whole": yuan(inputs["whole"]),
        "billed": yuan(inputs["billed"]),
        "now": yuan(inputs["now"]),
    }


def _extended(inputs: dict[str, Any]) -> str:
    return _(
        "twelve months with sales of %(sales)s make %(year)s; %(months)s of 12 months: %(whole)s − billed before %(billed)s − above %(now)s"
    ) % {
        "sales": yuan(inputs["year_sales"]),
        "year": yuan(inputs["year"]),
        "months": months(inputs["months"]),
        "whole": yuan(inputs["whole"]),
        "billed": yuan(inputs["billed"]),
        "now": yuan(inputs["now"]),
    }


def _late(inputs: dict[str, Any]) -> str:
    return pgettext("list of late sales", ", ").join(f"{day}: {yuan(amount)}" for day, amount in inputs["late"])


def _compensation(inputs: dict[str, Any]) -> str:
    pieces = Decimal(inputs["quantity"]).normalize()
    return _("price difference of %(pieces)s pieces %(difference)s × %(part)s") % {
        "pieces": f"{pieces:f}",
        "difference": yuan(inputs["difference"]),
        "part": percent(inputs["part"]),
    }


def _points(inputs: dict[str, Any]) -> str:
    parts = [
        _("%(month)s: %(points)s points granted less taken back, worth %(amount)s")
        % {"month": month[:7], "points": f"{points:,}", "amount": yuan(amount)}
        for month, points, amount in inputs["months"]
    ]
    return pgettext("list of months", "; ").join(parts)


def _coupons(inputs: dict[str, Any]) -> str:
    parts = [
        _("%(month)s: %(count)s coupons redeemed, %(amount)s taken off")
        % {"month": month[:7], "count": count, "amount": yuan(amount)}
        for month, count, amount in inputs["months"]
    ]
    return pgettext("list of months", "; ").join(parts)


def _fee(inputs: dict[str, Any]) -> str:
    text = _("invoiced %(day)s") % {"day": inputs["invoiced_on"]}
    if period := inputs.get("period"):
        text += _(", for %(first)s – %(last)s") % {"first": period[0], "last": period[1]}
    if inputs.get("late"):
        text += _(", still open from before")
    return text


def _fee_tied(inputs: dict[str, Any]) -> str:
    return _("%(text)s; reduces input VAT by %(vat)s") % {"text": _fee(inputs), "vat": yuan(inputs["vat"])}


def _fee_service(inputs: dict[str, Any]) -> str:
    return _("%(text)s; VAT %(rate)s included: %(vat)s") % {
        "text": _fee(inputs),
        "rate": percent(inputs["vat_rate"]),
        "vat": yuan(inputs["vat"]),
    }


def _deposit(inputs: dict[str, Any]) -> str:
    return _("required %(required)s − balance %(balance)s") % {
        "required": yuan(inputs["required"]),
        "balance": yuan(inputs["balance"]),
    }


_BUILDERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "rate.base": _rate,
    "rate.goods": _rate,
    "rate.promotion": _rate,
    "excess.above": _excess,
    "excess.all": _excess,
    "tiers.marginal": _tiers,
    "tiers.whole": _tiers,
    "rent.base": _rent,
    "rent.overage": _overage,
    "guarantee.sales": _shortfall,
    "guarantee.sales_tiers": _shortfall_tiers,
    "guarantee.margin": _margin,
    "cap": _cap,
    "horizon.cumulative": _horizon,
    "horizon.year_end": _horizon,
    "horizon.extended": _extended,
    "late": _late,
    "compensation.supplier": _compensation,
    "compensation.store": _compensation,
    "shared.points": _points,
    "shared.coupons": _coupons,
    "fee.tied": _fee_tied,
    "fee.service": _fee_service,
    "deposit.top_up": _deposit,
    "adjustment": lambda inputs: str(inputs["reason"]),
}


def plain(value: Any) -> Any:
    """Inputs of a line as JSON keeps them: exact, and read back by the words above."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
        case date():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
    return str(value)
