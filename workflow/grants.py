"""Who may do what with approvals."""

from staff.roles import ALL_ROLES, Role, grant

grant(ALL_ROLES, "workflow.view_own_tasks", "workflow.manage_own_delegations")
grant([Role.MANAGER, Role.CEO, Role.FINANCE, Role.ADMIN], "workflow.view_flows")
grant([Role.CEO, Role.ADMIN], "workflow.view_all_requests")
grant(Role.ADMIN, "workflow.manage_flows", "workflow.manage_requests")

grant(ALL_ROLES, "workflow.claim_expense", "workflow.view_office", "workflow.give_task", "workflow.circulate")
grant([Role.FINANCE, Role.MANAGER, Role.CEO, Role.ADMIN], "workflow.view_expenses", "workflow.view_budgets")
grant([Role.FINANCE, Role.ADMIN], "workflow.pay_expense", "workflow.manage_budgets", "workflow.manage_terms")
grant([Role.MANAGER, Role.CEO, Role.ADMIN], "workflow.publish_bulletin")
grant([Role.FINANCE, Role.MANAGER, Role.CEO, Role.ADMIN], "workflow.view_documents", "workflow.register_document")
grant([Role.CEO, Role.ADMIN], "workflow.view_confidential")
