"""Segments, pyramid, campaigns, sends, journeys, surveys. Each part brings its own list of addresses."""

from django.urls import URLPattern

app_name = "campaigns"

urlpatterns: list[URLPattern] = []
