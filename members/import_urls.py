"""Pages of imports of members, and of identity papers."""

from django.urls import path

from members.views import identities, imports

urlpatterns = [
    path("members/<int:pk>/identity/", identities.identity_record, name="identity_record"),
    path("identity/<int:pk>/forget/", identities.identity_forget, name="identity_forget"),
    path("members/imports/", imports.import_list, name="import_list"),
    path("members/imports/new/", imports.import_start, name="import_start"),
    path("members/imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("members/imports/<int:pk>/columns/", imports.import_mapping, name="import_mapping"),
    path("members/imports/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("members/imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("members/imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("members/imports/<int:pk>/errors/", imports.import_errors, name="import_errors"),
]
