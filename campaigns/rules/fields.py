"""The fields of this product's own floors; importing it registers them."""

from campaigns.rules import fields_loyalty, fields_member, fields_pyramid, fields_sales, fields_segments  # noqa: F401
