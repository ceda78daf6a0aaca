"""The member's own cases."""

from django.urls import path

from callcenter.views import own_cases

app_name = "me_cases"

urlpatterns = [
    path("", own_cases.case_list, name="case_list"),
    path("new/", own_cases.case_new, name="case_new"),
    path("<int:pk>/", own_cases.case_detail, name="case_detail"),
    path("<int:pk>/answer/", own_cases.case_answer, name="case_answer"),
]
