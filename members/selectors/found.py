"""Members as lists show them: masked where they are out of scope, with badges (the tier …) from the apps above."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import get_language

from kit import names, phones
from members import access
from members.models import Member
from staff.models import User

# badges(user, member_ids) -> {member_id: short text}: one query for any number of rows.
Badges = Callable[[User, list[int]], dict[int, str | Promise]]

_badges: dict[str, tuple[int, Badges]] = {}


def register_row_badge(name: str, badges: Badges, *, order: int = 50) -> None:
    """Let an app above add a word to each row of member lists (the tier). Registering a name again replaces it."""
    _badges[name] = (order, badges)


@dataclass(frozen=True)
class FoundMember:
    """One member as a list may show them to one person: `name` and `phone` are masked already where they must be."""

    pk: int
    member_no: str
    name: str
    phone: str
    card: str
    store: str
    status: str
    category: str
    in_scope: bool
    enrolled_on: object = None
    badges: tuple[str, ...] = ()

    @property
    def status_label(self) -> str:
        return str(Member.Status(self.status).label)

    @property
    def category_label(self) -> str:
        return str(Member.Category(self.category).label)


def shown_name(name: str, *, in_scope: bool) -> str:
    """A name as this person may see it."""
    return name if in_scope else names.mask(name)


def as_found(user: User, raw: Iterable[dict[str, object]]) -> list[FoundMember]:
    """Turn rows of the search or of a list into what this person may see. Two queries, plus one per badge."""
    rows = list(raw)
    clear = access.unmasked_ids(user, [(row["id"], row["home_store_id"]) for row in rows])
    chinese = (get_language() or "zh").startswith("zh")
    found = []
    for row in rows:
        in_scope = row["id"] in clear
        name = row["name"] or row["name_en"] or row["external_no"] or row["member_no"]
        card = row["card"] or ""
        found.append(
            FoundMember(
                pk=row["id"],
                member_no=row["member_no"],
                name=shown_name(name, in_scope=in_scope),
                phone=phones.mask(row["phone"]),
                card=f"{card[:4]} **** {card[-4:]}" if len(card) > 8 else card,
                store=(row["store"] if chinese else row["store_en"] or row["store"]) or "",
                status=row["status"],
                category=row["category"],
                in_scope=in_scope,
                enrolled_on=row.get("enrolled_on"),
            )
        )
    return with_badges(user, found)


def with_badges(user: User, found: list[FoundMember]) -> list[FoundMember]:
    """Add what the apps above say about the rows."""
    ids = [one.pk for one in found]
    if not ids or not _badges:
        return found
    said = [badges(user, ids) for _order, badges in sorted(_badges.values(), key=lambda entry: entry[0])]
    return [replace(one, badges=tuple(str(b[one.pk]) for b in said if b.get(one.pk))) for one in found]
