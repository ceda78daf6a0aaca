"""Addresses of journeys."""

from django.urls import path

from campaigns.views import journeys

urlpatterns = [
    path("journeys/", journeys.journey_list, name="journey_list"),
    path("journeys/new/", journeys.journey_new, name="journey_new"),
    path("journeys/<int:pk>/", journeys.journey_detail, name="journey_detail"),
    path("journeys/<int:pk>/edit/", journeys.journey_edit, name="journey_edit"),
    path("journeys/<int:pk>/members/", journeys.journey_members, name="journey_members"),
    path("journeys/<int:pk>/start/", journeys.journey_start, name="journey_start"),
    path("journeys/<int:pk>/pause/", journeys.journey_pause, name="journey_pause"),
    path("journeys/<int:pk>/end/", journeys.journey_end, name="journey_end"),
    path("journeys/<int:pk>/steps/new/<slug:kind>/", journeys.step_new, name="journey_step_new"),
    path("journeys/<int:pk>/steps/<slug:key>/", journeys.step_edit, name="journey_step_edit"),
    path("journeys/<int:pk>/steps/<slug:key>/up/", journeys.step_up, name="journey_step_up"),
    path("journeys/<int:pk>/steps/<slug:key>/down/", journeys.step_down, name="journey_step_down"),
    path("journeys/<int:pk>/steps/<slug:key>/remove/", journeys.step_remove, name="journey_step_remove"),
]
