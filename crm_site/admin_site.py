"""Django admin: for administrators only, under our name."""

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AtriumAdminSite(admin.AdminSite):
    site_header = "Atrium"
    site_title = "Atrium"
    index_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not (user.is_active and getattr(user, "role", "") == "admin"):
            return False
        return user.is_verified() if settings.ADMIN_NEEDS_OTP else True


class AtriumAdminConfig(AdminConfig):
    default_site = "crm_site.admin_site.AtriumAdminSite"
