"""The pyramid in words and as data for its charts."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.models import Layer, Pyramid
from campaigns.models.pyramids import BUYERS
from campaigns.selectors.pyramids import Band, Movement


def layer_words(layer: Layer | None) -> str:
    """A layer's name; the empty one is of those who were no members then."""
    return str(layer.label) if layer else pgettext("pyramid", "Not a member yet")


def summary_of_layers(bands: list[Band]) -> str:
    """One sentence for those who do not see the chart."""
    parts = [
        _("%(layer)s: %(members)s members, %(share)s of net spend")
        % {"layer": band.label, "members": f"{band.members:,}", "share": f"{band.spend_share or 0:.1%}"}
        for band in bands
        if band.key in BUYERS
    ]
    return "; ".join(parts)


def chart_of_layers(picture: Pyramid, bands: list[Band]) -> dict[str, object]:
    """For the chart `layers`: each layer's share of buyers, of net spend and of margin, and where its members are."""
    buyers = [band for band in bands if band.key in BUYERS]
    page = reverse("campaigns:pyramid_members", args=[picture.pk])
    return {
        "labels": [band.label for band in buyers],
        "series": [
            {"name": _("Share of buyers"), "values": [_percent(band.member_share) for band in buyers]},
            {"name": _("Share of net spend"), "values": [_percent(band.spend_share) for band in buyers]},
            {"name": _("Share of margin"), "values": [_percent(band.profit_share) for band in buyers]},
        ],
        "urls": [f"{page}?layer={int(band.key)}" for band in buyers],
    }


def _percent(share: object) -> str:
    return f"{100 * (share or 0):.1f}"


def chart_of_moves(rows: list[tuple[Layer | None, int, list[Movement]]]) -> dict[str, object]:
    """For the chart `flow`: from the earlier layers on the left to those of today on the right."""
    before, after = _("before"), _("now")
    links = [
        {
            "source": f"{layer_words(origin)} · {before}",
            "target": f"{layer_words(cell.to_layer)} · {after}",
            "value": cell.members,
        }
        for origin, _total, cells in rows
        for cell in cells
        if cell.members
    ]
    names = list(dict.fromkeys([one["source"] for one in links] + [one["target"] for one in links]))
    return {"names": names, "links": links}
