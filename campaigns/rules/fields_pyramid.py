"""Fields of the customer pyramid: where a member stands in the chain's newest picture, or stood in a given one."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.models import Layer, Pyramid, PyramidMove
from campaigns.rules.kinds import Choice, Kind, Number
from campaigns.rules.registry import Cost, Field, register
from campaigns.rules.sql import Clock, Sql
from kit.remembered import Remembered

GROUP = gettext_lazy("Customer pyramid")
NEWEST = "(SELECT id FROM campaigns_pyramid WHERE store_id IS NULL ORDER BY as_of_on DESC, id DESC LIMIT 1)"
BEFORE = (
    f"(SELECT v.before_id FROM campaigns_pyramidmove v JOIN campaigns_pyramid b ON b.id = v.before_id"
    f" WHERE v.after_id = {NEWEST} ORDER BY b.as_of_on DESC LIMIT 1)"
)
STANDS = f"SELECT member_id FROM campaigns_pyramidmember WHERE pyramid_id = {NEWEST} AND "
# Ways from the picture before to the newest one; b is where the member stood, p where they stand.
WAYS = {
    "up": "p.layer < b.layer AND p.layer <= 4",
    "down": "p.layer > b.layer AND p.layer <= 4",
    "quiet": "b.layer <= 4 AND p.layer > 4",
    "back": "b.layer = 5 AND p.layer <= 4",
}
WAY_WORDS = [
    ("up", pgettext_lazy("pyramid", "climbed")),
    ("down", pgettext_lazy("pyramid", "fell")),
    ("quiet", pgettext_lazy("pyramid", "went quiet")),
    ("back", pgettext_lazy("pyramid", "came back")),
]
KIND_WORDS = [
    ("transaction", pgettext_lazy("customers", "Transaction customers")),
    ("relationship", pgettext_lazy("customers", "Relationship customers")),
]


def layers() -> Iterable[tuple[str, str]]:
    """The layers members can stand in."""
    return [(str(layer.value), str(layer.label)) for layer in Layer if layer != Layer.ONLOOKER]


def scores() -> Iterable[tuple[str, str]]:
    return [(str(score), str(score)) for score in (5, 4, 3, 2, 1)]


_pictures: Remembered[list[Pyramid]] = Remembered(
    lambda: list(Pyramid.objects.select_related("store").order_by("-as_of_on")[:36])
)
_moves: Remembered[list[PyramidMove]] = Remembered(
    lambda: list(
        PyramidMove.objects.filter(to_layer__isnull=False)
        .select_related("before", "after__store")
        .order_by("-after__as_of_on", "-before__as_of_on", "from_layer", "to_layer")[:1000]
    )
)


def forget_pictures() -> None:
    """A picture was taken or compared: offer it to rules at once."""
    _pictures.forget()
    _moves.forget()


def places() -> Iterable[tuple[str, str]]:
    """A layer of a picture, as `picture.layer`."""
    return [
        (
            f"{one.pk}.{value}",
            f"{one.as_of_on:%Y-%m-%d} {one.store.label if one.store else ''} {label}".replace("  ", " "),
        )
        for one in _pictures.get()
        for value, label in layers()
    ]


def moves() -> Iterable[tuple[str, str]]:
    """A way between two pictures, as `after.before.was.layer`; `was` 0: no member then."""
    found = []
    for one in _moves.get():
        was = str(Layer(one.from_layer).label) if one.from_layer else _("not a member yet")
        words = f"{one.before.as_of_on:%Y-%m-%d} {was} → {one.after.as_of_on:%Y-%m-%d} {Layer(one.to_layer).label}"
        found.append((f"{one.after_id}.{one.before_id}.{one.from_layer or 0}.{one.to_layer}", words))
    return found


def _stands(column: str) -> Callable[[str, Any, Clock], Sql]:
    return lambda test, value, clock: Sql(f"{STANDS} {column} = ANY(%s)", [[int(one) for one in value]])


def _spends(test: str, value: Any, clock: Clock) -> Sql:
    return yuan.condition(test, value, "spend", clock).around(f"{STANDS} rank IS NOT NULL AND ")


def _buys(_test: str, value: Any, _clock: Clock) -> Sql:
    # The share is that of the scheme the picture was made with.
    share = "(SELECT c.transaction_share FROM campaigns_pyramid y JOIN campaigns_rfmscheme c ON c.id = y.scheme_id" \
        f" WHERE y.id = {NEWEST})"  # fmt: skip
    return Sql(
        f"{STANDS} rank IS NOT NULL AND CASE WHEN discounted >= spend * {share} THEN 'transaction' ELSE 'relationship' END"
        " = ANY(%s)",
        [list(value)],
    )


def _went(_test: str, value: Any, _clock: Clock) -> Sql:
    ways = " OR ".join(f"({WAYS[one]})" for one in value)
    return Sql(
        "SELECT p.member_id FROM campaigns_pyramidmember p JOIN campaigns_pyramidmember b ON b.member_id = p.member_id"
        f" AND b.pyramid_id = {BEFORE} WHERE p.pyramid_id = {NEWEST} AND ({ways})"
    )


def _stood(_test: str, value: Any, _clock: Clock) -> Sql:
    pairs = [one.split(".") for one in value]
    return Sql(
        "SELECT member_id FROM campaigns_pyramidmember WHERE (pyramid_id, layer) IN"
        " (SELECT * FROM unnest(%s::bigint[], %s::smallint[]))",
        [[int(picture) for picture, _layer in pairs], [int(layer) for _picture, layer in pairs]],
    )


def _moved(_test: str, value: Any, _clock: Clock) -> Sql:
    rows = [[int(part) for part in one.split(".")] for one in value]
    return Sql(
        "SELECT p.member_id FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[]) AS w (after_id, before_id, was, now)"
        " JOIN campaigns_pyramidmember p ON p.pyramid_id = w.after_id AND p.layer = w.now"
        " LEFT JOIN campaigns_pyramidmember b ON b.pyramid_id = w.before_id AND b.member_id = p.member_id"
        " WHERE coalesce(b.layer, 0) = w.was",
        [list(column) for column in zip(*rows, strict=True)],
    )


def _field(name: str, label: object, kind: Kind, members: Callable, hint: object = "") -> None:
    register(Field(name=name, label=label, group=GROUP, kind=kind, members=members, cost=Cost.SET, hint=hint))


yuan = Number("¥")
_field(
    "pyramid.layer",
    gettext_lazy("Layer of the pyramid"),
    Choice(layers),
    _stands("layer"),
    gettext_lazy("in the chain's newest picture"),
)
_field("pyramid.spend", gettext_lazy("Net spend in the pyramid's period"), yuan, _spends)
_field("pyramid.r", gettext_lazy("Recency score"), Choice(scores), _stands("r"))
_field("pyramid.f", gettext_lazy("Frequency score"), Choice(scores), _stands("f"))
_field("pyramid.m", gettext_lazy("Spend score"), Choice(scores), _stands("m"))
_field("pyramid.kind", gettext_lazy("Kind of customer"), Choice(lambda: KIND_WORDS), _buys)
_field(
    "pyramid.way",
    gettext_lazy("Way in the pyramid"),
    Choice(lambda: WAY_WORDS),
    _went,
    gettext_lazy("since the picture before the newest"),
)
_field("pyramid.stood", gettext_lazy("Stood in a picture of the pyramid"), Choice(places), _stood)
_field("pyramid.moved", gettext_lazy("Went from layer to layer"), Choice(moves), _moved)
