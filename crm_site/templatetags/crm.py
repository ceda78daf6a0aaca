"""Tags and filters every template has without loading: icons, money, dates, panels, sort links."""

from django import template

register = template.Library()
