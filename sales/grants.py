"""What each role may do with receipts and figures."""

from staff.roles import ALL_ROLES, Role, grant

grant(ALL_ROLES, "sales.view_receipt")
grant([Role.MANAGER, Role.CEO, Role.FINANCE, Role.MARKETER], "sales.view_figures")
grant([Role.CLERK, Role.FINANCE, Role.MANAGER], "sales.view_unmatchedreturn")
grant([Role.FINANCE, Role.MANAGER, Role.CEO], "sales.export_receipt")
grant(Role.ADMIN, "sales.import_sales")
