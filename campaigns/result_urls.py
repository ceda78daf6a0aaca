"""Addresses of result sheets."""

from django.urls import path

from campaigns.views import results

urlpatterns = [
    path("results/sends/<int:pk>/", results.send_result, name="send_result"),
    path("results/sends/<int:pk>/measure/", results.send_measure, name="send_measure"),
    path("results/sends/<int:pk>/members/", results.result_members, name="result_members"),
    path("results/campaigns/<int:pk>/", results.campaign_result, name="campaign_result"),
    path("results/campaigns/<int:pk>/measure/", results.campaign_measure, name="campaign_measure"),
    path("results/journeys/<int:pk>/", results.journey_result, name="journey_result"),
    path("results/journeys/<int:pk>/measure/", results.journey_measure, name="journey_measure"),
]
