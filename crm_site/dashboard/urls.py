"""The first screen and the tables behind it."""

from django.urls import path

from crm_site.dashboard import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("tables/<slug:kind>/", views.dashboard_table, name="dashboard_table"),
    path("points/", views.dashboard_points, name="dashboard_points"),
    path("counters/<int:pk>/", views.dashboard_counter, name="dashboard_counter"),
    path("brands/<int:pk>/", views.dashboard_brand, name="dashboard_brand"),
    path("export/", views.dashboard_export, name="dashboard_export"),
]
