"""Approvals: in-tray, requests, flows."""

from django.urls import path

from workflow.views import requests, trays

app_name = "workflow"

urlpatterns = [
    path("", trays.in_tray, name="in_tray"),
    path("requests/<int:pk>/", requests.request_detail, name="request_detail"),
    path("open/<str:token>/", requests.request_open, name="request_open"),
]
