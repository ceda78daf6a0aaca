"""Addresses of the customer pyramid."""

from django.urls import path

from campaigns.views import pyramids

urlpatterns = [
    path("pyramid/", pyramids.pyramid_latest, name="pyramid_latest"),
    path("pyramid/take/", pyramids.pyramid_take, name="pyramid_take"),
    path("pyramid/scores/", pyramids.pyramid_scheme, name="pyramid_scheme"),
    path("pyramid/<int:pk>/", pyramids.pyramid_detail, name="pyramid_detail"),
    path("pyramid/<int:pk>/rfm/", pyramids.pyramid_scores, name="pyramid_scores"),
    path("pyramid/<int:pk>/members/", pyramids.pyramid_members, name="pyramid_members"),
    path("pyramid/<int:pk>/segment/", pyramids.pyramid_segment, name="pyramid_segment"),
    path("pyramid/<int:pk>/compare/", pyramids.pyramid_compare, name="pyramid_compare"),
    path("pyramid/<int:pk>/since/<int:before_pk>/", pyramids.pyramid_moves, name="pyramid_moves"),
]
