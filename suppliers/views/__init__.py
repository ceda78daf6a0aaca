"""The pages of suppliers, split by noun. Each view: access, form, service, message, redirect."""
