"""How a call is placed: what a phone system must be able to do, and the systems that can.

An adapter rings the agent's extension and then the number; everything that happens comes back as events.
"""

from dataclasses import dataclass
from typing import Protocol

from django.utils.module_loading import import_string

from callcenter.models import PhoneSystem


class DialRefused(Exception):
    """The phone system did not take the call; the text is for the log."""


@dataclass(frozen=True)
class Order:
    """A call to place. The number goes to the phone system and nowhere else."""

    external_id: str
    extension: str
    number: str


class Adapter(Protocol):
    """What places calls for one kind of phone system."""

    def dial(self, system: PhoneSystem, order: Order) -> None:
        """Ring the extension, then the number. Raises `DialRefused`."""


ADAPTERS = {
    PhoneSystem.Kind.SIMULATOR: "callcenter.services.simulator.PaperPhone",
    PhoneSystem.Kind.ASTERISK: "callcenter.asterisk.Manager",
}


def adapter_of(system: PhoneSystem) -> Adapter | None:
    """What places calls for this kind of system; None where nothing does."""
    path = ADAPTERS.get(system.kind)
    return import_string(path)() if path else None
