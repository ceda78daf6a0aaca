"""Who may do what with points."""

from staff.roles import Role, grant

EVERYBODY = [
    Role.CLERK,
    Role.ASSOCIATE,
    Role.AGENT,
    Role.MARKETER,
    Role.FINANCE,
    Role.MANAGER,
    Role.CEO,
    Role.ADMIN,
]
grant(EVERYBODY, "loyalty.view_account")
grant([Role.CLERK, Role.MANAGER, Role.ADMIN], "loyalty.redeem_reward", "loyalty.use_till", "loyalty.issue_coupon")
grant([Role.CLERK, Role.AGENT, Role.MANAGER, Role.FINANCE, Role.ADMIN], "loyalty.ask_adjustment")
grant([Role.CLERK, Role.ASSOCIATE, Role.AGENT, Role.MANAGER, Role.ADMIN], "loyalty.preview_return")
grant([Role.MANAGER, Role.FINANCE, Role.ADMIN], "loyalty.confirm_adjustment")
grant([Role.MANAGER, Role.ADMIN], "loyalty.grant_tier", "loyalty.cancel_redemption")
grant([Role.MARKETER, Role.MANAGER, Role.CEO, Role.FINANCE, Role.ADMIN], "loyalty.view_rules")
grant([Role.MANAGER, Role.FINANCE, Role.ADMIN], "loyalty.import_receipts")
