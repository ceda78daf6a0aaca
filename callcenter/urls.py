"""The service desk: calls, cases, visits."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "callcenter"

urlpatterns: list[URLPattern | URLResolver] = [
    path("calls/", include("callcenter.call_urls")),
    path("counter/", include("callcenter.counter_urls")),
    path("", include("callcenter.case_urls")),
]
