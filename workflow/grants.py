"""Who may do what with approvals."""

from staff.roles import ALL_ROLES, Role, grant

grant(ALL_ROLES, "workflow.view_own_tasks", "workflow.manage_own_delegations")
grant([Role.MANAGER, Role.CEO, Role.FINANCE, Role.ADMIN], "workflow.view_flows")
grant([Role.CEO, Role.ADMIN], "workflow.view_all_requests")
grant(Role.ADMIN, "workflow.manage_flows", "workflow.manage_requests")
