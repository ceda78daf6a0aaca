"""The pages of members, split by noun. Each view: access, form, service, message, redirect."""
