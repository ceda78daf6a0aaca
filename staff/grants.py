"""What each role may do with staff's own pages."""

from staff.roles import ALL_ROLES, Role, grant

grant(ALL_ROLES, "staff.view_own_notices", "staff.view_own_jobs")
grant([Role.MANAGER, Role.CEO], "staff.view_all_jobs", "staff.view_audit")
grant(
    Role.ADMIN,
    "staff.view_outbox",
    "staff.change_outbox",
    "staff.manage_devices",
    "staff.view_audit",
    "staff.view_all_jobs",
)
