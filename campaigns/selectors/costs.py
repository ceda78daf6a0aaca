"""What campaigns cost, told by whoever knows: each source gives the deeds behind a kind of cost.

@costs.register("messages", name="sends")
def cost_of_sends(campaign): yield Deed(label, amount, url)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from campaigns.models import Campaign


@dataclass(frozen=True)
class Deed:
    """Something that cost money: what, how much, where it is written, and on which day (None: over the whole time)."""

    label: str
    amount: Decimal
    url: str = ""
    on: date | None = None


Source = Callable[[Campaign], Iterable[Deed]]
_sources: dict[tuple[str, str], Source] = {}


def register(kind: str, *, name: str) -> Callable[[Source], Source]:
    """Decorator: where the cost of a kind (`BudgetLine.Kind`) comes from; a name again replaces the first. Asked for one
    campaign at a time, in at most two statements."""

    def decorate(source: Source) -> Source:
        _sources[kind, name] = source
        return source

    return decorate


def deeds_of(campaign: Campaign) -> dict[str, list[Deed]]:
    """All deeds of a campaign by kind."""
    found: dict[str, list[Deed]] = {}
    for (kind, _name), source in sorted(_sources.items(), key=lambda item: item[0]):
        found.setdefault(kind, []).extend(deed for deed in source(campaign) if deed.amount)
    return found
