"""How other parts of the product add beginnings of journeys; see `campaigns.journeys.triggers`."""

from campaigns.journeys.triggers import Trigger, register

__all__ = ["Trigger", "register"]
