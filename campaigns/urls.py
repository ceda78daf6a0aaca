"""Segments, pyramid, campaigns, sends, journeys, surveys. Each part brings its own list of addresses."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "campaigns"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("campaigns.campaign_urls")),
    path("surveys/", include("campaigns.survey_urls")),
    path("", include("campaigns.pyramid_urls")),
    path("", include("campaigns.segment_urls")),
    path("", include("campaigns.result_urls")),
    path("", include("campaigns.journey_urls")),
    path("", include("campaigns.send_urls")),
    path("sends/", include("campaigns.sending_urls")),
]
