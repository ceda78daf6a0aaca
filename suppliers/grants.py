"""Who may do what with suppliers."""

from staff.roles import Role, grant

DESK = [Role.BUYER, Role.FINANCE, Role.MANAGER, Role.CEO, Role.ADMIN]
grant(DESK, "suppliers.view_supplier", "suppliers.view_score")
grant([Role.BUYER, Role.MANAGER, Role.ADMIN], "suppliers.change_supplier")
grant([Role.BUYER, Role.FINANCE, Role.ADMIN], "suppliers.view_bank_account")
grant([Role.MANAGER, Role.ADMIN], "suppliers.block_supplier")
grant([Role.FINANCE, Role.ADMIN], "suppliers.finish_leaving_step")
grant([Role.MANAGER, Role.ADMIN], "suppliers.change_scheme", "suppliers.close_scores")
grant([Role.BUYER, Role.MANAGER, Role.ADMIN], "suppliers.calculate_scores")
grant(DESK, "suppliers.view_contract", "suppliers.view_settlement")
grant([Role.BUYER, Role.MANAGER, Role.ADMIN], "suppliers.change_contract", "suppliers.change_promotion")
grant([Role.BUYER, Role.FINANCE, Role.MANAGER, Role.ADMIN], "suppliers.change_fee")
grant([Role.MANAGER, Role.ADMIN], "suppliers.terminate_contract")
grant([Role.FINANCE, Role.ADMIN], "suppliers.run_settlement", "suppliers.pay_settlement", "suppliers.enter_deposit")
grant([Role.FINANCE, Role.ADMIN], "suppliers.change_fee_type")
