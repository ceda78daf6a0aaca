"""Who sells here, on what terms, and how well."""

from suppliers.models.parties import Party

__all__ = ["Party"]
