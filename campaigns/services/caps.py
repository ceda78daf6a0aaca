"""How often a member may be contacted: so many times over a channel within so many days, the present one included."""

from dataclasses import dataclass

from stores.models import Chain

STANDARD = {
    "sms": [{"days": 1, "most": 1}, {"days": 7, "most": 3}],
    "email": [{"days": 1, "most": 1}, {"days": 7, "most": 4}],
    "phone": [{"days": 7, "most": 1}],
    "post": [{"days": 30, "most": 2}],
    "site": [],
}


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many contacts within so many calendar days."""

    days: int
    most: int


def caps_for(channel: str) -> list[Cap]:
    """The caps of a channel: the chain's setting `contact_caps`, else the standard ones."""
    chosen = Chain.get().setting("contact_caps", {}).get(channel, STANDARD[channel])
    return [Cap(int(one["days"]), int(one["most"])) for one in chosen]
