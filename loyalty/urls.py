"""Points, gifts, the till in the browser, imports of receipts, the rules in words."""

from django.urls import path

from loyalty.views import accounts, corrections, gifts, imports, line_returns, rules, till, till_returns

app_name = "loyalty"

urlpatterns = [
    path("members/<int:pk>/", accounts.account_detail, name="account_detail"),
    path("receipts/<int:pk>/", accounts.receipt_points, name="receipt_points"),
    path("members/<int:pk>/redeem/", gifts.points_redeem, name="points_redeem"),
    path("members/<int:pk>/rewards/<int:reward_id>/redeem/", gifts.reward_redeem, name="reward_redeem"),
    path("members/<int:pk>/coupons/issue/", gifts.coupon_issue, name="coupon_issue"),
    path("members/<int:pk>/adjust/", corrections.adjustment_ask, name="adjustment_ask"),
    path("members/<int:pk>/grant-star/", corrections.tier_grant, name="tier_grant"),
    path("granted-stars/<int:pk>/end/", corrections.tier_grant_end, name="tier_grant_end"),
    path("rewards/", gifts.reward_list, name="reward_list"),
    path("redemptions/", gifts.redemption_list, name="redemption_list"),
    path("redemptions/<int:pk>/cancel/", gifts.redemption_cancel, name="redemption_cancel"),
    path("coupons/<int:pk>/", gifts.coupon_detail, name="coupon_detail"),
    path("awards/<int:pk>/hand-out/", gifts.award_hand_out, name="award_hand_out"),
    path("adjustments/", corrections.adjustment_list, name="adjustment_list"),
    path("till/", till.till, name="till"),
    path("till/quote/", till.till_quote, name="till_quote"),
    path("till/post/", till.till_post, name="till_post"),
    path("till/done/<int:pk>/", till.till_done, name="till_done"),
    path("till/return/", till_returns.till_return, name="till_return"),
    path("till/return/<int:pk>/", till_returns.return_choose, name="return_choose"),
    path("receipts/<int:pk>/lines/<int:line_no>/return/", line_returns.line_return, name="line_return"),
    path("till/return/<int:pk>/preview/", till_returns.return_preview, name="return_preview"),
    path("till/return/<int:pk>/post/", till_returns.return_post, name="return_post"),
    path("rules/", rules.rule_list, name="rule_list"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_start, name="import_start"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("import-profiles/new/", imports.profile_upload, name="profile_upload"),
    path("import-profiles/map/", imports.profile_save, name="profile_save"),
]
