"""The pages of loyalty, split by noun. Each view: access, form, service, message, redirect."""
