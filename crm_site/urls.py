"""The map of the site. Each app brings its own `urls`."""

from django.contrib import admin
from django.urls import include, path

from crm_site import errors, health
from crm_site.api import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("crm_site.site_urls")),
    path("dashboard/", include("crm_site.dashboard.urls")),
    path("", include("staff.urls")),
    path("", include("members.urls")),
    path("me/", include("members.self_urls")),
    path("me/cases/", include("callcenter.self_urls")),
    path("me/surveys/", include("campaigns.survey_self_urls")),
    path("approvals/", include("workflow.urls")),
    path("sales/", include("sales.urls")),
    path("loyalty/", include("loyalty.urls")),
    path("suppliers/", include("suppliers.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("t/", include("campaigns.track_urls")),
    path("", include("callcenter.urls")),
    path("s/", include("suppliers.link_urls")),
    path("m/case/", include("callcenter.link_urls")),
    path("m/survey/", include("campaigns.survey_link_urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
