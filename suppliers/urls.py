"""Suppliers from first contact to leaving, contracts and settlement, scores of counters."""

from django.urls import URLPattern

app_name = "suppliers"

urlpatterns: list[URLPattern] = []
