"""The base of every form of members is the house's."""

from kit.forms import StaffForm, carried_out, day_field

__all__ = ["StaffForm", "carried_out", "day_field"]
