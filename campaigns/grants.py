"""Who may do what with segments, campaigns and sends."""

from staff.roles import Role, grant

K, M = Role.MARKETER, Role.MANAGER

# Segments and the pyramid
grant([K, M, Role.CEO], "campaigns.view_segment", "campaigns.view_pyramid")
grant([K, M], "campaigns.change_segment")
grant(Role.ADMIN, "campaigns.view_segment_sql")
grant([Role.CLERK, Role.ASSOCIATE, Role.AGENT, M], "campaigns.use_package")

# Campaigns as projects, gifts at the desk
grant([K, M, Role.CEO, Role.FINANCE, Role.BUYER], "campaigns.view_campaign")
grant([K, M], "campaigns.change_campaign")
grant([Role.CLERK, K, M], "campaigns.hand_out_gift")

# Sends and their results
grant([K, M, Role.CEO], "campaigns.view_send", "campaigns.view_result")
grant([K, M], "campaigns.change_send", "campaigns.start_send")
grant(Role.ADMIN, "campaigns.manage_providers")
grant([K, M, Role.CEO, Role.ADMIN], "campaigns.view_provider")
grant([K, M], "campaigns.view_suppression", "campaigns.change_suppression")
grant(M, "campaigns.manage_control_group", "campaigns.write_service_message")

# Journeys and surveys
grant([K, M, Role.CEO], "campaigns.view_journey", "campaigns.view_survey")
grant([K, M], "campaigns.change_journey", "campaigns.change_survey")
grant([Role.CLERK, Role.AGENT, M], "campaigns.take_survey")

# What members' own pages and colleagues who talk to them see
grant([Role.CLERK, Role.ASSOCIATE, Role.AGENT, K, M, Role.CEO], "campaigns.view_offers")
