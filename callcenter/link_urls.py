"""The pages members open by a signed link, without a login."""

from django.urls import path

from callcenter.views import links

app_name = "callcenter_link"

urlpatterns = [
    path("<str:token>/", links.case_answer, name="case_answer"),
    path("<str:token>/rate/", links.case_rate, name="case_rate"),
    path("<str:token>/unsettled/", links.case_unsettled, name="case_unsettled"),
]
