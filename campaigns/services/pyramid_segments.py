"""A segment of a cell of the pyramid, in one click."""

from django.utils.translation import gettext as _

from campaigns.exceptions import PyramidRefused
from campaigns.models import Pyramid, Segment
from campaigns.services.segments import make_segment
from staff.models import User

SCORES = ("r", "f", "m")


def segment_of_cell(*, picture: Pyramid, chosen: dict[str, object], name: str, actor: User) -> Segment:
    """Make the segment of a cell (`chosen` as in `selectors.pyramids.members_behind`). Of the chain's newest picture the
    rule follows the pictures to come; of an older one, or of one store's, it keeps to that picture. A second call returns the
    segment of the first."""
    rules = _following(chosen) if _is_newest(picture) and "before" not in chosen else _fixed(picture, chosen)
    if not rules:
        raise PyramidRefused(_("Choose a cell first."))
    key = ".".join(f"{name}-{getattr(value, 'pk', value)}" for name, value in sorted(chosen.items()))
    fixed = "" if "before" not in chosen and _is_newest(picture) else f"{picture.pk}:"
    return make_segment(
        name=_("Pyramid: %(cell)s") % {"cell": name},
        rule={"version": 1, "op": "all", "rules": rules},
        actor=actor,
        store=picture.store,
        source_key=f"pyramid:{fixed}{key}"[:120],
    )


def _is_newest(picture: Pyramid) -> bool:
    if picture.store_id:
        return False
    newest = Pyramid.objects.filter(store=None).order_by("-as_of_on", "-pk").values_list("pk", flat=True).first()
    return newest == picture.pk


def _following(chosen: dict[str, object]) -> list[dict[str, object]]:
    rules = [
        _leaf(f"pyramid.{name}", "is_one_of", [str(chosen[name])])
        for name in ("layer", *SCORES, "kind")
        if name in chosen
    ]
    if "least" in chosen:
        rules.append(_leaf("pyramid.spend", "at_least", str(chosen["least"])))
    return rules


def _fixed(picture: Pyramid, chosen: dict[str, object]) -> list[dict[str, object]]:
    if {"kind", "least", *SCORES} & set(chosen):
        raise PyramidRefused(_("Scores and spend make a segment only from the chain's newest picture."))
    if "layer" not in chosen:
        return []
    before = chosen.get("before")
    if before is None:
        return [_leaf("pyramid.stood", "is_one_of", [f"{picture.pk}.{chosen['layer']}"])]
    way = f"{picture.pk}.{before.pk}.{chosen.get('was', 0)}.{chosen['layer']}"
    return [_leaf("pyramid.moved", "is_one_of", [way])]


def _leaf(field: str, test: str, value: object) -> dict[str, object]:
    return {"field": field, "test": test, "value": value}
