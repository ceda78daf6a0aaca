"""Who may do what with suppliers."""

from staff.roles import Role, grant

DESK = [Role.BUYER, Role.FINANCE, Role.MANAGER, Role.CEO, Role.ADMIN]
grant(DESK, "suppliers.view_supplier", "suppliers.view_score")
grant([Role.BUYER, Role.MANAGER, Role.ADMIN], "suppliers.change_supplier", "suppliers.check_licence")
grant([Role.BUYER, Role.FINANCE, Role.ADMIN], "suppliers.view_bank_account")
grant([Role.MANAGER, Role.ADMIN], "suppliers.block_supplier")
