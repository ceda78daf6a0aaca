"""Calls: the log, the one that rings, lines, events."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
