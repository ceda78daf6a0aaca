"""Surveys in the member's own pages."""

from django.urls import path

from campaigns.views import survey_links

app_name = "me_surveys"

urlpatterns = [path("<int:pk>/", survey_links.own_answer, name="answer")]
