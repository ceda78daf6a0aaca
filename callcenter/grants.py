"""What each role may do at the service desk."""

from staff.roles import Role, grant

C, A, G, M = Role.CLERK, Role.ASSOCIATE, Role.AGENT, Role.MANAGER

# Calls
grant([G, M], "callcenter.view_call", "callcenter.take_calls", "callcenter.place_call")
grant(A, "callcenter.take_calls", "callcenter.place_call")
grant([M], "callcenter.view_all_calls", "callcenter.export_call", "callcenter.hear_recording")
grant(Role.ADMIN, "callcenter.manage_lines", "callcenter.view_call_events", "callcenter.simulate_call")

# Cases, visits, knowledge, hand-overs
grant([C, A, G, M, Role.CEO], "callcenter.view_case")
grant([C, G, M], "callcenter.work_case", "callcenter.compensate", "callcenter.hand_over")
grant([C, A, G, M, Role.BUYER, Role.FINANCE], "callcenter.answer_step")
grant([M, Role.CEO], "callcenter.view_service_figures")
grant([C, G, M], "callcenter.view_visit", "callcenter.register_visit")
grant([C, A, G, M, Role.CEO], "callcenter.view_article")
grant([G, M], "callcenter.write_article")

# The associate's phone
grant([A, M], "callcenter.use_counter")

# Call lists
grant([G, M, Role.MARKETER], "callcenter.view_call_list")
grant([G, M], "callcenter.work_call_list")
grant([M, Role.MARKETER], "callcenter.make_call_list", "callcenter.export_call_list")
