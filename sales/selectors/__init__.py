"""Reading what was sold: roll-ups for dashboards, receipts and their lines, a member's purchases."""
