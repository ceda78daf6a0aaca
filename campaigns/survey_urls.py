"""Surveys: written, asked at the desk, read."""

from django.urls import path

from campaigns.views import surveys

urlpatterns = [
    path("", surveys.survey_list, name="survey_list"),
    path("new/", surveys.survey_new, name="survey_new"),
    path("<int:pk>/", surveys.survey_detail, name="survey_detail"),
    path("<int:pk>/edit/", surveys.survey_edit, name="survey_edit"),
    path("<int:pk>/open/", surveys.survey_open, name="survey_open"),
    path("<int:pk>/close/", surveys.survey_close, name="survey_close"),
    path("<int:pk>/take/<int:member_id>/", surveys.survey_take, name="survey_take"),
]
