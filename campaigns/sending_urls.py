"""What sends rest on: wordings, providers, suppressed addresses, the control group, the installation."""

from django.urls import path

from campaigns.views import control_groups, providers, suppressions, wordings

urlpatterns = [
    path("wordings/", wordings.wording_list, name="wording_list"),
    path("wordings/new/", wordings.wording_new, name="wording_new"),
    path("wordings/<int:pk>/", wordings.wording_detail, name="wording_detail"),
    path("wordings/<int:pk>/edit/", wordings.wording_edit, name="wording_edit"),
    path("wordings/<int:pk>/archive/", wordings.wording_archive, name="wording_archive"),
    path("wordings/<int:pk>/restore/", wordings.wording_restore, name="wording_restore"),
    path("providers/", providers.provider_list, name="provider_list"),
    path("providers/<int:pk>/edit/", providers.provider_edit, name="provider_edit"),
    path("providers/<int:pk>/take/", providers.provider_take, name="provider_take"),
    path("providers/<int:pk>/", providers.provider_detail, name="provider_detail"),
    path("installation/", providers.installation, name="installation"),
    path("suppressed/", suppressions.suppression_list, name="suppression_list"),
    path("suppressed/new/", suppressions.suppression_new, name="suppression_new"),
    path("suppressed/<int:pk>/lift/", suppressions.suppression_lift, name="suppression_lift"),
    path("control-group/", control_groups.control_group, name="control_group"),
    path("control-group/new/", control_groups.control_group_new, name="control_group_new"),
    path("control-group/end/", control_groups.control_group_end, name="control_group_end"),
]
