"""Who works here, what they did, and what is still to be done for them."""

from staff.models.audit import AuditEntry
from staff.models.devices import ApiCall, Device
from staff.models.jobs import Job
from staff.models.notices import Notice
from staff.models.outbox import Outbox
from staff.models.people import DepartmentHead, User
from staff.models.profiles import ImportProfile

__all__ = ["ApiCall", "AuditEntry", "DepartmentHead", "Device", "ImportProfile", "Job", "Notice", "Outbox", "User"]
