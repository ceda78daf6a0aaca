"""Segments and service packages."""

from django.urls import path

from campaigns.views import packages, segment_details, segments

urlpatterns = [
    path("segments/", segments.segment_list, name="segment_list"),
    path("segments/new/", segments.segment_new, name="segment_new"),
    path("segments/upload/", segment_details.segment_upload, name="segment_upload"),
    path("segments/rule/", segments.segment_rule, name="segment_rule"),
    path("segments/count/", segments.segment_count, name="segment_count"),
    path("segments/count-exact/", segments.segment_count_exact, name="segment_count_exact"),
    path("segments/reach/", segments.segment_reach, name="segment_reach"),
    path("segments/<int:pk>/", segment_details.segment_detail, name="segment_detail"),
    path("segments/<int:pk>/edit/", segments.segment_edit, name="segment_edit"),
    path("segments/<int:pk>/members/", segment_details.segment_members, name="segment_members"),
    path("segments/<int:pk>/common/", segment_details.segment_common, name="segment_common"),
    path("segments/<int:pk>/sql/", segment_details.segment_sql, name="segment_sql"),
    path("segments/<int:pk>/archive/", segment_details.segment_archive, name="segment_archive"),
    path("segments/<int:pk>/restore/", segment_details.segment_restore, name="segment_restore"),
    path("segments/<int:pk>/pin/", segment_details.segment_pin, name="segment_pin"),
    path("segments/<int:pk>/pins/<int:member_id>/remove/", segment_details.segment_unpin, name="segment_unpin"),
    path("packages/", packages.package_list, name="package_list"),
    path("packages/new/", packages.package_new, name="package_new"),
    path("packages/<int:pk>/", packages.package_detail, name="package_detail"),
    path("packages/<int:pk>/edit/", packages.package_edit, name="package_edit"),
    path("packages/<int:pk>/members/<int:member_id>/use/", packages.package_use, name="package_use"),
]
