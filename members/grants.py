"""What each role may do with members."""

from staff.roles import Role, grant

C, A, G, K, M = Role.CLERK, Role.ASSOCIATE, Role.AGENT, Role.MARKETER, Role.MANAGER

grant([C, A, G, K, M, Role.CEO], "members.view_member", "members.view_household")
grant([C, A, G, M], "members.enrol_member", "members.add_note", "members.record_consent", "members.view_phone")
grant([C, G, M], "members.change_member", "members.change_card")
grant([C, A, G, M], "members.view_contact", "members.change_contact")
grant([A, C, M], "members.view_care")
grant([C, M], "members.assign_care", "members.change_group", "members.change_household")
grant([C, M], "members.merge_member")
grant([K, M, Role.CEO], "members.export_member", "members.view_contact")
grant([C, G, M], "members.record_identity")
grant([M], "members.import_member", "members.erase_member")
grant([M, Role.CEO], "members.export_unmasked")
grant([M], "members.close_member", "members.categorise_member")
# Whoever talks to members may write down what they learnt; the scope still decides about whom.
grant([C, A, G, K, M, Role.CEO], "members.learn_facts")
grant(Role.ADMIN, "members.change_member")
