"""Signing in with a password; permissions by role, answered without a query."""

from django.contrib.auth.backends import ModelBackend

from staff.roles import may, permissions_of


class RoleBackend(ModelBackend):
    def has_perm(self, user_obj, perm: str, obj: object = None) -> bool:
        return bool(user_obj.is_active and not user_obj.is_anonymous and may(user_obj.role, perm))

    def has_module_perms(self, user_obj, app_label: str) -> bool:
        if not user_obj.is_active or user_obj.is_anonymous:
            return False
        return user_obj.role == "admin" or any(p.startswith(f"{app_label}.") for p in permissions_of(user_obj.role))

    def get_all_permissions(self, user_obj, obj: object = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        return set(permissions_of(user_obj.role))

    def with_perm(self, perm, is_active=True, include_superusers=True, obj=None):
        from staff.models import User
        from staff.roles import roles_with

        return User.objects.filter(role__in=roles_with(perm), is_active=is_active)
